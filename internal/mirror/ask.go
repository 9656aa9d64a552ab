package mirror

import (
	"bytes"
	"slices"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/wire"
)

// Ask is a client event that changes the conversation or the settings, from its
// acceptance for sending until the server's answer.
type Ask struct {
	Kind  Kind
	Seq   uint64 // its place in the send queue
	Event string // its event id
	Name  string // its type
	Item  string // the id of its item; "" for settings
	Data  []byte // of Create and Update: the event as it is sent
	Key   string // see AnswerKey, of the new item

	previous string        // where a new item goes: an item's id, root, or "" for the end
	call     string        // the call id of a new function call
	part     int           // of Truncate: the content part
	end      time.Duration // and where its audio ends
	since    time.Time
	doubted  bool // an error without an event id may have refused it
	applied  bool // a truncation that a new link does not need
}

// Patience is how long an answer may take. What was not answered by then may never be.
const Patience = 30 * time.Second

// root is the place at the front of the conversation.
const root = "root"

// Kind is what an ask changes.
type Kind int

// The kinds of asks.
const (
	Update Kind = iota + 1
	Create
	Delete
	Truncate
)

// Changes returns what kind of ask an event is, or 0.
func Changes(e api.ClientEvent) Kind {
	switch e.(type) {
	case *api.SessionUpdate:
		return Update
	case *api.ConversationItemCreate:
		return Create
	case *api.ConversationItemDelete:
		return Delete
	case *api.ConversationItemTruncate:
		return Truncate
	default:
		return 0
	}
}

// ChangesByName reports whether events of a type are asks.
func ChangesByName(eventType string) bool {
	switch eventType {
	case "session.update", "conversation.item.create", "conversation.item.delete", "conversation.item.truncate":
		return true
	default:
		return false
	}
}

// NewAsk returns the ask of an event that changes something. Message is the event as
// it is sent, which is copied.
func NewAsk(id string, seq uint64, e api.ClientEvent, message []byte) Ask {
	a := Ask{Kind: Changes(e), Seq: seq, Event: id, Name: e.EventType(), since: time.Now()}
	switch e := e.(type) {
	case *api.SessionUpdate:
		a.Data = bytes.Clone(message)
	case *api.ConversationItemCreate:
		a.Item, a.previous, a.Data = api.ItemID(e.Item), wire.Deref(e.PreviousItemID), bytes.Clone(message)
		a.Key = AnswerKey(e.Item)
		if call, ok := e.Item.(*api.FunctionCall); ok {
			a.call = call.CallID
		}
	case *api.ConversationItemDelete:
		a.Item = e.ItemID
	case *api.ConversationItemTruncate:
		a.Item, a.part, a.end = e.ItemID, e.ContentIndex, e.AudioEnd()
	default:
	}
	return a
}

// AnswerKey returns the id of the function call that an item is an output of, or of the
// request for an approval that it answers; "" for other items.
func AnswerKey(item api.Item) string {
	switch x := item.(type) {
	case *api.FunctionCallOutput:
		if x != nil {
			return x.CallID
		}
	case *api.MCPApprovalResponse:
		if x != nil {
			return x.ApprovalRequestID
		}
	default:
	}
	return ""
}

// asks are the asks without an answer, in the order of the wire.
type asks struct {
	list  []Ask
	bytes int // of their data
}

func (l *asks) add(a Ask) {
	l.list = append(l.list, a)
	l.bytes += len(a.Data)
}

// first returns the index of the oldest ask of a kind, of an item unless that is "";
// -1 when there is none.
func (l *asks) first(kind Kind, item string) int {
	return slices.IndexFunc(l.list, func(a Ask) bool { return a.Kind == kind && (item == "" || a.Item == item) })
}

// take removes the ask at an index and returns it.
func (l *asks) take(i int) Ask {
	a := l.list[i]
	l.bytes -= len(a.Data)
	if l.list = slices.Delete(l.list, i, i+1); len(l.list) == 0 {
		l.list = nil // An idle session keeps no memory for it.
	}
	return a
}

// drop removes the asks that f picks.
func (l *asks) drop(f func(a *Ask) bool) {
	for i := 0; i < len(l.list); i++ {
		if f(&l.list[i]) {
			l.take(i)
			i--
		}
	}
}

// answered removes the oldest ask of a kind about an item. Some servers confirm
// without the item's id: that is the oldest ask of all.
func (l *asks) answered(kind Kind, item string) (a Ask, ok bool) {
	if i := l.first(kind, item); i >= 0 {
		return l.take(i), true
	}
	return Ask{}, false
}

// NamesEvent reports whether the event_id of an error names an event. LocalAI has a
// constant for most errors.
func NamesEvent(id string) bool { return id != "" && id != "event_TODO" }

// refused removes the ask that an error names. An error that names no event may have
// refused any.
func (l *asks) refused(event string) {
	if !NamesEvent(event) {
		for i := range l.list {
			l.list[i].doubted = true
		}
		return
	}
	l.drop(func(a *Ask) bool { return a.Event == event })
}

// updated removes the oldest session.update and returns its data. One that an error
// may have refused counts only if the session has its settings.
func (l *asks) updated(session api.Session) []byte {
	for {
		i := l.first(Update, "")
		if i < 0 {
			return nil
		}
		if a := l.take(i); !a.doubted || reflects(session, a.Data) {
			return a.Data
		}
	}
}

// recent reports whether an answer may still be on its way.
func (l *asks) recent() bool {
	return slices.ContainsFunc(l.list, func(a Ask) bool { return time.Since(a.since) < Patience })
}

// aimed returns the event of a creation with its place as previous says.
func (a *Ask) aimed(e *api.ConversationItemCreate) []byte {
	if wire.Deref(e.PreviousItemID) == a.previous {
		return a.Data
	}
	cp := *e
	if cp.PreviousItemID = nil; a.previous != "" {
		cp.PreviousItemID = &a.previous
	}
	data, err := cp.AppendJSON(nil)
	if err != nil {
		return a.Data // The server says what is wrong with it.
	}
	return data
}

// view returns the item of a creation.
func (a *Ask) view() (View, bool) {
	event, err := api.DecodeClientEvent(a.Data)
	e, ok := event.(*api.ConversationItemCreate)
	if err != nil || !ok {
		return View{}, false
	}
	return View{Item: withoutAudio(e.Item, nil), State: Asked}, true
}
