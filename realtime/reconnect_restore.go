package realtime

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/mirror"
	"github.com/voicelane/realtime-go/internal/text"
	"github.com/voicelane/realtime-go/socket"
)

// restoreWindow bounds the unanswered events while a conversation is sent again, so
// that neither side fills the other's buffers.
const restoreWindow = 32

// restoring is one attempt to give a new link the settings and the conversation.
type restoring struct {
	b      *recovery
	t      link.Link
	out    *link.Outbox    // writes beside the reading: a server may answer before it reads on
	owed   []debt          // without an answer, in the order of the wire
	sent   map[string]debt // by the item's id
	report *Reconnected
	server *ServerError
	began  bool         // the server has greeted
	back   []link.Frame // items for a server that confirms none: to be sent without waiting
}

// debt is an event of the restoration that the server has to answer.
type debt struct {
	event string
	item  string // "" for settings
	again bool   // it is the caller's own event: requests, mirror and receiver get the answer
}

// restore gives a new link the settings and the conversation, and fills in the report.
// A call needs neither: it has continued at the server. Last is the place of the last
// event that the old link took.
func (b *recovery) restore(ctx context.Context, t link.Link, last uint64, report *Reconnected) error {
	report.Restored, report.Lost, report.Settings = nil, nil, false
	if b.isCall() {
		return nil
	}
	r := &restoring{b: b, t: t, report: report, sent: map[string]debt{}}
	r.out = b.c.conn.Side(t)
	err := r.run(ctx, last)
	if err != nil {
		t.Abort() // A write under way ends with it.
		b.mute = b.mute || r.isMute(ctx)
	}
	_ = r.out.Abandon(ErrReplaced) // The mirror has what it held.
	if cause := ctxerr.Of(ctx); cause != nil && err != nil {
		return &socket.TransportError{Op: "restore", Err: cause} // Its end aborted the link.
	}
	if err == nil {
		report.Uncertain += len(r.back)
		b.c.conn.Out.PutBack(r.back)
		b.carriedOver(last, report)
	}
	return err
}

// run sends everything and waits for the answers: first what the old link's server had
// accepted, then what it had taken without an answer.
func (r *restoring) run(ctx context.Context, last uint64) error {
	for !r.began {
		if err := r.read(); err != nil {
			return err
		}
		if r.server != nil {
			return r.server
		}
	}
	if err := r.settings(ctx); err != nil {
		return err
	}
	r.b.mu.Lock()
	plan := r.b.past.Plan(last)
	r.b.mu.Unlock()
	if r.b.transcribes() {
		plan.Items, plan.Lost = nil, nil // Nothing follows from them.
	}
	for _, l := range plan.Lost {
		r.report.Lost = append(r.report.Lost, LostItem{ID: l.ID, Reason: l.Reason})
	}
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
	// An answer can arrive before the write of its event has returned, and no other
	// writer may start before that.
	select {
	case <-r.out.Settled():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// await reads until at most that many answers are missing.
func (r *restoring) await(missing int) error {
	for len(r.owed) > missing {
		if err := r.read(); err != nil {
			return err
		}
	}
	return nil
}

// isMute reports whether the attempt failed because the server confirms no item.
func (r *restoring) isMute(ctx context.Context) bool {
	return ctx.Err() != nil && len(r.owed) > 0 && r.report.Restored == nil &&
		!slices.ContainsFunc(r.owed, func(d debt) bool { return !d.again || d.item == "" })
}

// read reads one message. Answers to the restoration stay here; every other message
// is handled as usual.
func (r *restoring) read() error {
	return link.Read(r.t, func(data []byte) error {
		e, err := api.DecodeServerEvent(data)
		if err == nil && reportsFailure(e) {
			if clean, repeated := withoutSecrets(data, r.t.Secrets()); repeated {
				data = clean
				e, err = api.DecodeServerEvent(data)
			}
		}
		if err != nil {
			return r.b.owner.take(data)
		}
		r.began = r.began || greets(e)
		switch e := e.(type) {
		case *api.SessionUpdated:
			if i := slices.IndexFunc(r.owed, func(d debt) bool { return d.item == "" }); i >= 0 {
				if !r.paid(i).again {
					r.report.Settings = true
					return r.b.owner.show(e, data)
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
		return r.b.owner.take(data)
	})
}

// paid removes a debt and returns it.
func (r *restoring) paid(i int) debt {
	d := r.owed[i]
	r.owed = slices.Delete(r.owed, i, i+1)
	return d
}

func (r *restoring) owes(event string) int {
	return slices.IndexFunc(r.owed, func(d debt) bool { return d.event == event })
}

// added handles an event that shows an item.
func (r *restoring) added(e api.ServerEvent, item api.Item, data []byte) error {
	id := api.ItemID(item)
	d, ours := r.sent[id]
	if !ours {
		return r.b.owner.take(data)
	}
	if i := r.owes(d.event); i >= 0 {
		r.paid(i)
		r.report.Restored = append(r.report.Restored, id)
	}
	if d.again {
		return r.b.owner.take(data)
	}
	r.b.c.o.taps.received(e, nil, data)
	return nil
}

// refused handles an error. One that names no event is about the oldest that has no
// answer: the server handles them in their order. It is given that name, and without one
// stays away from the requests, since it can refuse none of what waits to be sent.
func (r *restoring) refused(e *api.ErrorEvent, data []byte) error {
	if !r.began {
		r.server = NewServerError(e)
		return r.b.owner.show(e, data)
	}
	id := orEmpty(e.Error.EventID)
	named := mirror.NamesEvent(id)
	i := r.owes(id)
	switch {
	case !named && len(r.owed) == 0:
		return r.b.owner.show(e, data)
	case !named:
		i = 0
	case i < 0:
		return r.b.owner.take(data)
	}
	d := r.paid(i)
	if d.item != "" {
		r.report.Lost = append(r.report.Lost, LostItem{ID: d.item, Reason: "the server refused it: " + text.Printable(NewServerError(e).Detail.Message)})
		if !d.again {
			r.b.c.o.taps.received(e, nil, data)
			return nil
		}
	}
	if !named {
		e.Error.EventID = api.Value(d.event)
		if whole, err := e.AppendJSON(nil); err == nil {
			data = whole
		}
	}
	return r.b.owner.take(data)
}

const settingsID = "restore_settings"

// settings sends what the old link's server has accepted, as one change. What it has
// not answered follows by itself, so that one refusal cannot undo the rest.
func (r *restoring) settings(ctx context.Context) error {
	r.b.mu.Lock()
	set := r.b.past.Settings()
	r.b.mu.Unlock()
	if set == nil {
		return nil
	}
	r.owed = append(r.owed, debt{event: settingsID})
	return r.write(ctx, fmt.Appendf(nil, `{"type":"session.update","event_id":%q,"session":%s}`, settingsID, set), "session.update")
}

func (r *restoring) create(ctx context.Context, item api.Item) error {
	id := api.ItemID(item)
	event := "restore_" + strconv.Itoa(len(r.sent)+1)
	e := &api.ConversationItemCreate{EventID: &event, Item: item}
	data, err := e.AppendJSON(nil)
	if err != nil {
		r.report.Lost = append(r.report.Lost, LostItem{ID: id, Reason: "it cannot be encoded"})
		return nil //nolint:nilerr // The other items are restored.
	}
	return r.owe(ctx, debt{event: event, item: id}, data, e.EventType())
}

// repeat sends an event again that the old link took without an answer.
func (r *restoring) repeat(ctx context.Context, a mirror.Ask) error {
	d := debt{event: a.Event, item: a.Item, again: true}
	if a.Kind == mirror.Create && r.b.mute {
		f := newFrameOf(a.Data, a.Name)
		f.Seq = a.Seq
		r.back = append(r.back, f)
		return nil
	}
	return r.owe(ctx, d, a.Data, a.Name)
}

// owe writes an event that has to be answered, once few answers are missing.
func (r *restoring) owe(ctx context.Context, d debt, data []byte, kind string) error {
	if err := r.await(restoreWindow - 1); err != nil {
		return err
	}
	r.owed = append(r.owed, d)
	if d.item != "" {
		r.sent[d.item] = d
	}
	return r.write(ctx, data, kind)
}

func (r *restoring) write(ctx context.Context, data []byte, kind string) error {
	return r.out.Put(ctx, newFrameOf(data, kind), nil)
}

func newFrameOf(data []byte, kind string) link.Frame {
	buf := link.GetFrame()
	*buf = append(*buf, data...)
	return link.Frame{Buf: buf, Kind: kind}
}

// carriedOver completes the report, and makes the mirror what the new link's
// conversation holds. Last is the place of the last event that the old link took.
func (b *recovery) carriedOver(last uint64, report *Reconnected) {
	b.mu.Lock()
	defer b.c.desk.unlock()
	report.UncommittedAudio = int(b.past.Audio.Swap(0))
	report.AudioSent = b.audio.Load()
	lost := map[string]bool{}
	for _, l := range report.Lost {
		lost[l.ID] = true
	}
	for _, id := range report.Restored {
		delete(lost, id)
	}
	if b.transcribes() {
		for _, id := range b.c.owed.Lose() {
			report.Lost = append(report.Lost, LostItem{ID: id, Reason: "its transcript had not arrived"})
		}
	}
	asks := b.past.Forget(lost, last)
	b.c.desk.refuse(func(seq uint64) bool { return slices.Contains(asks, seq) }, ErrReplaced)
}
