// Package restore gives a new link the settings and the conversation of a session whose
// link was lost. It knows what to send from a [mirror.Plan], and waits for the answers.
package restore

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/failure"
	"github.com/voicelane/realtime-go/internal/greeting"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/mirror"
	"github.com/voicelane/realtime-go/internal/text"
)

// window bounds the unanswered events while a conversation is sent again, so that
// neither side fills the other's buffers.
const window = 32

// Session is the session that continues over the new link.
type Session interface {
	// Take handles a message as for any link.
	Take(data []byte) error
	// Show is Take without the requests and the mirror.
	Show(e api.ServerEvent, data []byte) error
	// Observe passes an event to the taps alone.
	Observe(e api.ServerEvent, data []byte)
	// Refusal returns the error of a server that refuses the link.
	Refusal(e *api.ErrorEvent) error
}

// Restoration is one attempt. Its methods run on the reader's goroutine.
type Restoration struct {
	Link    link.Link
	Out     *link.Outbox // writes beside the reading: a server may answer before it reads on
	Session Session
	// Content returns what to send: settings, or nil, and the conversation. It runs once,
	// after the greeting.
	Content func() (settings []byte, plan mirror.Plan)
	// Mute is set for a server that confirms no item: those that the old link's server
	// has not confirmed are not waited for.
	Mute bool
	// Refused are the caller's own items that the server refused in this attempt or in an
	// earlier one of the same outage: the mirror drops them, so that no plan lists them.
	Refused []mirror.Lost

	// The results: the items that the server confirmed, those that it does not hold,
	// whether it accepted the settings, and the items for a server that confirms none,
	// to be sent without waiting.
	Restored []string
	Lost     []mirror.Lost
	Settings bool
	Back     []link.Frame

	owed    []debt          // without an answer, in the order of the wire
	sent    map[string]debt // by the item's id
	refusal error           // of the link
	began   bool            // the server has greeted
}

// debt is an event of the restoration that the server has to answer.
type debt struct {
	event string
	item  string // "" for settings
	again bool   // it is the caller's own event: requests, mirror and receiver get the answer
}

// Run sends everything and waits for the answers: first what the old link's server had
// accepted, then what it had taken without an answer.
func (r *Restoration) Run(ctx context.Context) error {
	r.sent = map[string]debt{}
	for !r.began {
		if err := r.read(); err != nil {
			return err
		}
		if r.refusal != nil {
			return r.refusal
		}
	}
	settings, plan := r.Content()
	if err := r.configure(ctx, settings); err != nil {
		return err
	}
	r.Lost = plan.Lost
	for _, item := range plan.Items {
		if err := r.create(ctx, item); err != nil {
			return err
		}
	}
	for _, a := range plan.Again {
		if err := r.repeat(ctx, a); err != nil {
			return err
		}
	}
	if err := r.await(0); err != nil {
		return err
	}
	r.addRefused()
	// An answer can arrive before the write of its event has returned, and no other
	// writer may start before that.
	select {
	case <-r.Out.Settled():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// addRefused adds what earlier attempts were refused to Lost, unless this one has it.
func (r *Restoration) addRefused() {
	for _, l := range r.Refused {
		known := slices.ContainsFunc(r.Lost, func(m mirror.Lost) bool { return m.ID == l.ID })
		if !known && !slices.Contains(r.Restored, l.ID) {
			r.Lost = append(r.Lost, l)
		}
	}
}

// await reads until at most that many answers are missing.
func (r *Restoration) await(missing int) error {
	for len(r.owed) > missing {
		if err := r.read(); err != nil {
			return err
		}
	}
	return nil
}

// IsMute reports whether the attempt failed because the server confirms no item.
func (r *Restoration) IsMute(ctx context.Context) bool {
	return ctx.Err() != nil && len(r.owed) > 0 && r.Restored == nil &&
		!slices.ContainsFunc(r.owed, func(d debt) bool { return !d.again || d.item == "" })
}

// read reads one message. Answers to the restoration stay here; every other message
// is handled as usual.
func (r *Restoration) read() error {
	return link.Read(r.Link, func(data []byte) error {
		e, err := api.DecodeServerEvent(data)
		if err == nil && failure.Reports(e) {
			if clean, repeated := failure.Clean(data, r.Link.Secrets()); repeated {
				data = clean
				e, err = api.DecodeServerEvent(data)
			}
		}
		if err != nil {
			return r.Session.Take(data)
		}
		r.began = r.began || greeting.Greets(e)
		switch e := e.(type) {
		case *api.SessionUpdated:
			if i := slices.IndexFunc(r.owed, func(d debt) bool { return d.item == "" }); i >= 0 {
				if !r.paid(i).again {
					r.Settings = true
					return r.Session.Show(e, data)
				}
			}
		case *api.ConversationItemAdded:
			return r.added(e, e.Item, data)
		case *api.ConversationItemCreated:
			return r.added(e, e.Item, data)
		case *api.ConversationItemDone:
			return r.added(e, e.Item, data)
		case *api.ErrorEvent:
			return r.refused(e, data)
		default:
		}
		return r.Session.Take(data)
	})
}

// paid removes a debt and returns it.
func (r *Restoration) paid(i int) debt {
	d := r.owed[i]
	r.owed = slices.Delete(r.owed, i, i+1)
	return d
}

func (r *Restoration) owes(event string) int {
	return slices.IndexFunc(r.owed, func(d debt) bool { return d.event == event })
}

// added handles an event that shows an item.
func (r *Restoration) added(e api.ServerEvent, item api.Item, data []byte) error {
	id := api.ItemID(item)
	d, ours := r.sent[id]
	if !ours {
		return r.Session.Take(data)
	}
	if i := r.owes(d.event); i >= 0 {
		r.paid(i)
		r.Restored = append(r.Restored, id)
	}
	if d.again {
		return r.Session.Take(data)
	}
	r.Session.Observe(e, data)
	return nil
}

// refused handles an error. One that names no event is about the oldest that has no
// answer: the server handles them in their order. It is given that name, and without one
// stays away from the requests, since it can refuse none of what waits to be sent.
func (r *Restoration) refused(e *api.ErrorEvent, data []byte) error {
	if !r.began {
		r.refusal = r.Session.Refusal(e)
		return r.Session.Show(e, data)
	}
	id, _ := e.Error.EventID.Get()
	named := mirror.NamesEvent(id)
	i := r.owes(id)
	switch {
	case !named && len(r.owed) == 0:
		return r.Session.Show(e, data)
	case !named:
		i = 0
	case i < 0:
		return r.Session.Take(data)
	}
	d := r.paid(i)
	if d.item != "" {
		lost := mirror.Lost{ID: d.item, Reason: "the server refused it: " + text.Printable(failure.Of(e).Message)}
		r.Lost = append(r.Lost, lost)
		if d.again {
			r.Refused = append(r.Refused, lost)
		} else {
			r.Session.Observe(e, data)
			return nil
		}
	}
	if !named {
		e.Error.EventID = api.Value(d.event)
		if whole, err := e.AppendJSON(nil); err == nil {
			data = whole
		}
	}
	return r.Session.Take(data)
}

// SettingsID is the id of the event that gives a new link the settings.
const SettingsID = "restore_settings"

// configure sends what the old link's server has accepted, as one change. What it has
// not answered follows by itself, so that one refusal cannot undo the rest.
func (r *Restoration) configure(ctx context.Context, set []byte) error {
	if set == nil {
		return nil
	}
	r.owed = append(r.owed, debt{event: SettingsID})
	return r.write(ctx, fmt.Appendf(nil, `{"type":"session.update","event_id":%q,"session":%s}`, SettingsID, set), "session.update")
}

func (r *Restoration) create(ctx context.Context, item api.Item) error {
	id := api.ItemID(item)
	event := "restore_" + strconv.Itoa(len(r.sent)+1)
	e := &api.ConversationItemCreate{EventID: &event, Item: item}
	data, err := e.AppendJSON(nil)
	if err != nil {
		r.Lost = append(r.Lost, mirror.Lost{ID: id, Reason: "it cannot be encoded"})
		return nil //nolint:nilerr // The other items are restored.
	}
	return r.owe(ctx, debt{event: event, item: id}, data, e.EventType())
}

// repeat sends an event again that the old link took without an answer.
func (r *Restoration) repeat(ctx context.Context, a mirror.Ask) error {
	d := debt{event: a.Event, item: a.Item, again: true}
	if a.Kind == mirror.Create && r.Mute {
		f := frameOf(a.Data, a.Name)
		f.Seq, f.Key = a.Seq, a.Key
		r.Back = append(r.Back, f)
		return nil
	}
	return r.owe(ctx, d, a.Data, a.Name)
}

// owe writes an event that has to be answered, once few answers are missing.
func (r *Restoration) owe(ctx context.Context, d debt, data []byte, kind string) error {
	if err := r.await(window - 1); err != nil {
		return err
	}
	r.owed = append(r.owed, d)
	if d.item != "" {
		r.sent[d.item] = d
	}
	return r.write(ctx, data, kind)
}

func (r *Restoration) write(ctx context.Context, data []byte, kind string) error {
	return r.Out.Put(ctx, frameOf(data, kind), nil)
}

func frameOf(data []byte, kind string) link.Frame {
	buf := link.GetFrame()
	*buf = append(*buf, data...)
	return link.Frame{Buf: buf, Kind: kind}
}
