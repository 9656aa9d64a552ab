package realtime

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/link"
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
	out    *link.Outbox      // writes beside the reading: a server may answer before it reads on
	last   uint64            // the place of the last event that the old link took
	owed   map[string]string // event id: item id, "" for the settings
	items  map[string]string // item id: event id
	report *Reconnected
	server *ServerError
	began  bool // the server has greeted
}

// restore gives a new link the settings and the conversation, and fills in the report.
// A call needs neither: it has continued at the server. Last is the place of the last
// event that the old link took.
func (b *recovery) restore(ctx context.Context, t link.Link, last uint64, report *Reconnected) error {
	report.Restored, report.Lost, report.Settings = nil, nil, false
	if b.isCall() {
		return nil
	}
	r := &restoring{b: b, t: t, last: last, report: report, owed: map[string]string{}, items: map[string]string{}}
	r.out = b.c.conn.Side(t)
	defer func() { _ = r.out.Abandon(ErrReplaced) }() // The history has what it held.
	for !r.began {
		if err := r.read(); err != nil {
			return r.because(ctx, err)
		}
		if r.server != nil {
			return r.server
		}
	}
	if err := r.settings(ctx); err != nil {
		return r.because(ctx, err)
	}
	for _, e := range b.plan(report) {
		for len(r.owed) >= restoreWindow {
			if err := r.read(); err != nil {
				return r.because(ctx, err)
			}
		}
		if err := r.create(ctx, e); err != nil {
			return r.because(ctx, err)
		}
	}
	for len(r.owed) > 0 {
		if err := r.read(); err != nil {
			return r.because(ctx, err)
		}
	}
	// An answer can arrive before the write of its event has returned, and no other
	// writer may start before that.
	select {
	case <-r.out.Settled():
	case <-ctx.Done():
		return r.because(ctx, ctx.Err())
	}
	b.carriedOver(report)
	return nil
}

// because returns the context's reason if there is one, since its end aborts the link.
func (r *restoring) because(ctx context.Context, err error) error {
	if cause := ctxerr.Of(ctx); cause != nil {
		return &socket.TransportError{Op: "restore", Err: cause}
	}
	return err
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
		if err != nil || !r.mine(e) {
			return r.b.take(data)
		}
		r.b.c.o.taps.received(e, nil, data)
		return nil
	})
}

// mine handles an event and reports whether it answers the restoration alone.
func (r *restoring) mine(e api.ServerEvent) bool {
	if greets(e) {
		r.began = true
	}
	switch e := e.(type) {
	case *api.SessionUpdated:
		if _, ok := r.owed[settingsID]; ok {
			delete(r.owed, settingsID)
			r.report.Settings = true
		}
	case *api.ConversationItemAdded:
		return r.added(e.Item)
	case *api.ConversationItemCreated:
		return r.added(e.Item)
	case *api.ConversationItemDone:
		_, ok := r.items[api.ItemID(e.Item)]
		return ok
	case *api.ErrorEvent:
		id := orEmpty(e.Error.EventID)
		item, ok := r.owed[id]
		if !ok {
			if !r.began {
				r.server = NewServerError(e)
			}
			return false
		}
		delete(r.owed, id)
		if item != "" {
			r.report.Lost = append(r.report.Lost, LostItem{ID: item, Reason: "the server refused it: " + text.Printable(NewServerError(e).Detail.Message)})
			return true
		}
	default:
	}
	return false
}

func (r *restoring) added(item api.Item) bool {
	id := api.ItemID(item)
	event, ok := r.items[id]
	if !ok {
		return false
	}
	if _, first := r.owed[event]; first {
		delete(r.owed, event)
		r.report.Restored = append(r.report.Restored, id)
	}
	return true
}

const settingsID = "restore_settings"

func (r *restoring) settings(ctx context.Context) error {
	r.b.mu.Lock()
	// It is unknown whether the old link's server applied unanswered changes, so that
	// they count as wanted. Changes in the send queue follow by themselves.
	waiting := r.b.past.updates[:0]
	for _, u := range r.b.past.updates {
		if u.seq > r.last {
			waiting = append(waiting, u)
			continue
		}
		r.b.past.accept(u.set)
	}
	r.b.past.updates = waiting
	set, err := json.Marshal(r.b.past.settings)
	empty := len(r.b.past.settings) == 0
	r.b.mu.Unlock()
	if err != nil || empty {
		return err
	}
	r.owed[settingsID] = ""
	return r.write(ctx, fmt.Appendf(nil, `{"type":"session.update","event_id":%q,"session":%s}`, settingsID, set), "session.update")
}

func (r *restoring) create(ctx context.Context, item api.Item) error {
	id := api.ItemID(item)
	event := "restore_" + strconv.Itoa(len(r.items)+1)
	e := &api.ConversationItemCreate{EventID: &event, Item: item}
	data, err := e.AppendJSON(nil)
	if err != nil {
		r.report.Lost = append(r.report.Lost, LostItem{ID: id, Reason: "it cannot be encoded"})
		return nil //nolint:nilerr // The other items are restored.
	}
	r.owed[event], r.items[id] = id, event
	return r.write(ctx, data, e.EventType())
}

func (r *restoring) write(ctx context.Context, data []byte, kind string) error {
	buf := link.GetFrame()
	*buf = append(*buf, data...)
	return r.out.Put(ctx, link.Frame{Buf: buf, Kind: kind}, nil)
}

// plan returns the items to send again, and adds the others to the report.
func (b *recovery) plan(report *Reconnected) []api.Item {
	b.mu.Lock()
	defer b.mu.Unlock()
	report.Lost = slices.Clone(b.past.dropped)
	var list []api.Item
	calls := map[string]bool{}
	for _, p := range b.past.items {
		item, reason := p.restorable(calls)
		if reason != "" {
			report.Lost = append(report.Lost, LostItem{ID: p.id, Reason: reason})
			continue
		}
		list = append(list, item)
	}
	return list
}

// restorable returns the item as a client may create it, or why it cannot be. The
// cases are about what a conversation loses with its audio and its connection; a kind
// of item without a case is sent as it was.
func (p *pastItem) restorable(calls map[string]bool) (api.Item, string) {
	switch x := p.item.(type) {
	case *api.UserMessage:
		return restorableUser(x)
	case *api.AssistantMessage:
		return p.restorableAssistant(x)
	case *api.FunctionCall:
		if x.CallID == "" || x.Name == "" {
			return nil, "the function call was not complete"
		}
		calls[x.CallID] = true
	case *api.FunctionCallOutput:
		if !calls[x.CallID] {
			return nil, "its function call was not restored"
		}
	case *api.MCPApprovalResponse:
		return nil, "its approval request was not restored"
	default: // As it is.
	}
	if item := api.WritableItem(p.item); item != nil {
		return item, ""
	}
	return nil, "only the server can make this kind of item"
}

func restorableUser(x *api.UserMessage) (api.Item, string) {
	c := &api.UserMessage{ID: x.ID}
	for i := range x.Content {
		part := &x.Content[i]
		switch {
		case part.Text != nil:
			c.Content = append(c.Content, api.UserContent{Type: api.UserContentTypeInputText, Text: part.Text})
		case orEmpty(part.Transcript) != "":
			c.Content = append(c.Content, api.UserContent{Type: api.UserContentTypeInputText, Text: new(orEmpty(part.Transcript))})
		case part.ImageURL != nil:
			c.Content = append(c.Content, api.UserContent{Type: api.UserContentTypeInputImage, ImageURL: part.ImageURL, Detail: part.Detail})
		}
	}
	if len(c.Content) == 0 {
		return nil, "its audio has no transcript"
	}
	return c, ""
}

func (p *pastItem) restorableAssistant(x *api.AssistantMessage) (api.Item, string) {
	c := &api.AssistantMessage{ID: x.ID}
	for i := range x.Content {
		part := &x.Content[i]
		text := part.Text
		if text == nil && !p.truncated {
			text = part.Transcript
		}
		if deref(text) != "" {
			c.Content = append(c.Content, api.AssistantContent{Type: api.AssistantContentTypeOutputText, Text: text})
		}
	}
	switch {
	case len(c.Content) > 0:
		return c, ""
	case p.truncated:
		return nil, "its audio was truncated, and the transcript with it"
	default:
		return nil, "it was not finished"
	}
}

// carriedOver adds to the report what the old link had begun, and makes the history
// what the new link's conversation holds.
func (b *recovery) carriedOver(report *Reconnected) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id := range b.past.active {
		report.Interrupted = append(report.Interrupted, id)
	}
	slices.Sort(report.Interrupted)
	report.UncommittedAudio = int(b.past.audio.Swap(0))
	for _, lost := range report.Lost {
		b.past.remove(lost.ID)
	}
	b.past.active, b.past.speaking, b.past.dropped = nil, false, nil
}
