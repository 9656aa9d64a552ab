package schedule

import (
	"slices"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// book is what a program knows.
type book struct {
	sent      map[string]*sent  // by event id
	made      []string          // ids of the items that it may have created, in order of the calls
	deleted   map[string]bool   // ids of the items that it may have deleted
	updates   []*sent           // in the order of acceptance
	responses []*sent           // that it asked for
	outputs   map[string]string // call id by the output's id

	order       []string // of the items that it saw added
	seen        []string // ids of server events
	failed      map[string]int
	created     map[string]string // mark by response id
	done        map[string]int    // by response id
	interrupted map[string]int    // by response id
	unanswered  map[string]int    // by event id
	uncertain   map[string]int    // by event id
	lost        map[string]string // reason by item id
	removed     int               // outputs that a reconnection took out of the queue
	outages     int
	end         string // the id of the item of the last request
}

// sent is an event of the program.
type sent struct {
	id, item, text string
	step           step
	accepted       bool // Send was successful, or a request may have been accepted.
	told           bool // A call has returned what became of it.
	after          bool // A deletion of what had been accepted before.
}

func newBook() book {
	return book{
		sent: map[string]*sent{}, deleted: map[string]bool{}, outputs: map[string]string{},
		failed: map[string]int{}, created: map[string]string{}, done: map[string]int{}, interrupted: map[string]int{},
		unanswered: map[string]int{}, uncertain: map[string]int{}, lost: map[string]string{},
	}
}

// take1 notes an event. The lock is held.
func (r *run) take1(e api.ServerEvent) {
	b := &r.book
	switch e := e.(type) {
	case *realtime.Reconnecting:
		return
	case *realtime.Reconnected:
		b.reconnected(e)
		return
	case *api.ConversationItemAdded:
		id := api.ItemID(e.Item)
		if slices.Contains(b.order, id) {
			r.note("the receiver saw %s added twice", id)
		}
		at := 0
		if previous, ok := e.PreviousItemID.Get(); ok {
			at = slices.Index(b.order, previous) + 1
		}
		b.order = slices.Insert(b.order, at, id)
	case *api.ConversationItemDeleted:
		b.order = slices.DeleteFunc(b.order, func(id string) bool { return id == e.ItemID })
	case *api.ResponseCreated:
		metadata, _ := e.Response.Metadata.Get()
		b.created[e.Response.ID] = metadata["mark"]
	case *api.ResponseDone:
		b.done[e.Response.ID]++
	case *api.ErrorEvent:
		if id, ok := e.Error.EventID.Get(); ok {
			b.failed[id]++
		}
	default:
	}
	b.seen = append(b.seen, api.ServerEventID(e))
}

func (b *book) reconnected(e *realtime.Reconnected) {
	b.outages++
	for _, id := range e.Interrupted {
		b.interrupted[id]++
	}
	for _, u := range e.Unanswered {
		b.unanswered[u.EventID]++
	}
	for _, o := range e.Uncertain {
		b.uncertain[o.ID]++
	}
	for _, l := range e.Lost {
		if l.ID == "" {
			b.removed++
			b.lost["out_"+l.CallID] = l.Reason
			continue
		}
		b.lost[l.ID] = l.Reason
	}
	for _, id := range e.Restored {
		delete(b.lost, id) // Only a part of it was lost.
	}
}
