package schedule

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/socket"
)

// call is one step that is done.
type call struct {
	*run
	step  step
	ctx   context.Context
	bound time.Duration
	sent  *sent
}

func (r *run) step(s step) {
	bound := longest
	if s.Patience > 0 {
		bound = time.Duration(s.Patience) * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	c := &call{run: r, step: s, ctx: ctx, bound: bound, sent: &sent{id: "e_" + s.ID, step: s}}
	switch s.Do {
	case "close", "abort", "close with", "close and abort":
		r.end(s)
	case "audio":
		c.speak()
	case "take":
		r.takeOut()
	case "flush":
		c.judge(r.within("Flush", bound, func() error { return r.s.Flush(ctx) }))
	case "look":
		if st := r.s.Stats(); st.SendQueueBytes < 0 || st.ReceiveQueueEvents < 0 || st.Dropped != 0 {
			r.violate("%+v", st)
		}
		_, _ = fmt.Sprint(r.s, r.s.URL(), r.s.RequestID()), r.s.Current()
	case "respond", "stream":
		c.respond()
	default:
		c.send()
	}
}

// end ends the session.
func (r *run) end(s step) {
	r.over.Store(true)
	abort := func() { _ = r.within("Abort", 0, func() error { return r.s.Abort(errAborted) }) }
	shut := func() { _ = r.within("Close", closeTimeout, r.s.Close) }
	switch s.Do {
	case "close":
		shut()
	case "abort":
		abort()
	case "close with":
		_ = r.within("CloseWith", closeTimeout, func() error { return r.s.CloseWith(4000, "enough") })
	default:
		var wg sync.WaitGroup
		wg.Go(shut)
		time.Sleep(time.Duration(s.N) * time.Millisecond)
		abort()
		wg.Wait()
	}
}

var errAborted = errors.New("aborted")

// event returns the event of a step, and what its answer must be.
func (c *call) event() (e api.ClientEvent, check func(api.ServerEvent) bool) {
	id, s := &c.sent.id, c.step
	switch s.Do {
	case "update":
		c.sent.text = s.ID
		return &api.SessionUpdate{EventID: id, Session: &api.RealtimeSessionConfig{Instructions: &s.ID}}, func(e api.ServerEvent) bool {
			x, ok := e.(*api.SessionUpdated)
			if !ok {
				return false
			}
			session, ok := x.Session.(*api.RealtimeSession)
			return ok && session.Instructions != nil && *session.Instructions == s.ID
		}
	case "bad update": // The server serves one rate alone.
		return &api.SessionUpdate{EventID: id, Session: &api.RealtimeSessionConfig{Audio: &api.SessionAudio{
			Input: &api.AudioInput{Format: &api.UnknownAudioFormat{Type: "audio/pcm", Raw: []byte(`{"type":"audio/pcm","rate":8000}`)}},
		}}}, func(api.ServerEvent) bool { return false }
	case "create":
		return c.asks(), nil
	case "cancel":
		return &api.ResponseCancel{EventID: id}, func(e api.ServerEvent) bool { _, ok := e.(*api.ResponseDone); return ok }
	case "commit":
		return &api.InputAudioBufferCommit{EventID: id}, func(e api.ServerEvent) bool { _, ok := e.(*api.InputAudioBufferCommitted); return ok }
	case "delete":
		return &api.ConversationItemDelete{EventID: id, ItemID: s.Ref}, func(e api.ServerEvent) bool {
			x, ok := e.(*api.ConversationItemDeleted)
			return ok && x.ItemID == s.Ref
		}
	case "retrieve":
		return &api.ConversationItemRetrieve{EventID: id, ItemID: s.Ref}, func(e api.ServerEvent) bool {
			x, ok := e.(*api.ConversationItemRetrieved)
			return ok && api.ItemID(x.Item) == s.Ref
		}
	default:
		c.sent.item, c.sent.text = s.ID, s.ID
		if s.Do == "tool" {
			c.sent.text += " tool"
		}
		item := api.UserText(c.sent.text)
		item.ID = &c.sent.item
		create := &api.ConversationItemCreate{EventID: id, Item: item}
		if s.Ref != "" {
			create.PreviousItemID = &s.Ref
		}
		return create, func(e api.ServerEvent) bool {
			x, ok := e.(*api.ConversationItemAdded)
			return ok && api.ItemID(x.Item) == s.ID
		}
	}
}

// asks returns a response.create, which the book follows to its end.
func (c *call) asks() *api.ResponseCreate {
	return &api.ResponseCreate{EventID: &c.sent.id, Response: &api.ResponseParams{Metadata: api.Value(api.Metadata{"mark": c.sent.id})}}
}

// send sends the event of a step in the way of the step.
func (c *call) send() {
	e, check := c.event()
	c.keep(e)
	how, s := c.how(), c.s
	var answer api.ServerEvent
	err := c.within(how+" "+e.EventType(), c.bound, func() (err error) {
		switch how {
		case "Request":
			answer, err = s.Request(c.ctx, e)
		case "StartRequest":
			var r *realtime.PendingRequest
			if r, err = s.StartRequest(c.ctx, e); err == nil {
				answer, err = r.Wait(c.ctx)
			}
		case "SendReceipt":
			var r realtime.Receipt
			if r, err = s.SendReceipt(c.ctx, e); err == nil {
				c.mu.Lock()
				c.receipts[r.ID] = r
				c.mu.Unlock()
			}
		default:
			err = s.Send(c.ctx, e)
		}
		return err
	})
	if err == nil && answer != nil && (check == nil || !check(answer)) {
		c.violate("%s: the answer to another: %s %s", c.step.ID, answer.EventType(), api.ServerEventID(answer))
	}
	c.outcome(err, how == "Send" || how == "SendReceipt")
}

// how returns the method of a step.
func (c *call) how() string {
	switch c.step.Do {
	case "text", "tool", "create":
		return "Send"
	case "receipt":
		return "SendReceipt"
	case "request", "retrieve":
		return "Request"
	case "start":
		return "StartRequest"
	default:
		return [...]string{"Send", "Request"}[c.step.N]
	}
}

// keep notes an event before it is sent: answers may come before the call returns.
func (c *call) keep(e api.ClientEvent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := &c.book
	b.sent[c.sent.id] = c.sent
	switch e.(type) {
	case *api.SessionUpdate:
		b.updates = append(b.updates, c.sent)
	case *api.ResponseCreate:
		b.responses = append(b.responses, c.sent)
	case *api.ConversationItemCreate:
		b.made = append(b.made, c.sent.item)
	case *api.ConversationItemDelete:
		b.deleted[c.step.Ref] = true
		created, ours := b.find(c.step.Ref)
		c.sent.after = ours && created.accepted
	default:
	}
}

// outcome notes what the call of an event returned.
func (c *call) outcome(err error, plain bool) {
	c.judge(err)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent.accepted = err == nil || !plain
	c.sent.told = err != nil && !errors.Is(err, context.DeadlineExceeded)
	if errors.Is(err, realtime.ErrReplaced) {
		if _, creates := c.book.find(c.sent.item); creates && c.step.Ref == "" && !c.book.deleted[c.sent.item] && c.book.lost[c.sent.item] == "" {
			c.note("%s: an item that can be sent again: %v", c.step.ID, err)
		}
		if c.step.Do == "update" || c.step.Do == "bad update" {
			c.note("%s: settings that can be sent again: %v", c.step.ID, err)
		}
	}
}

func (b *book) find(item string) (*sent, bool) {
	if item == "" {
		return nil, false
	}
	s, ok := b.sent["e_"+item]
	return s, ok
}

// judge holds that an error of a call is due to it.
func (c *call) judge(err error) {
	var refused *realtime.ServerError
	switch {
	case err == nil:
	case errors.Is(err, context.DeadlineExceeded):
		if c.step.Patience == 0 {
			c.violate("%s %s was never answered", c.step.Do, c.step.ID)
		}
	case errors.Is(err, socket.ErrTaken):
		c.mu.Lock()
		defer c.mu.Unlock()
		c.claims = append(c.claims, c.sent.id)
	case errors.As(err, &refused):
		if refused.EventID() != c.sent.id {
			c.violate("%s %s has the refusal of another: %v", c.step.Do, c.step.ID, err)
		}
	case errors.Is(err, realtime.ErrReplaced):
		if !c.plan.Session.Reconnect || len(c.plan.Faults) == 0 {
			c.violate("%s %s: there was no outage: %v", c.step.Do, c.step.ID, err)
		}
	case c.s.Err() != nil, c.over.Load(): // The end is judged at the end.
	default:
		c.violate("%s %s: %v", c.step.Do, c.step.ID, err)
	}
}

// respond asks for a response as a stream. A stream is given up after a part of it.
func (c *call) respond() {
	e := c.asks()
	c.keep(e)
	var stream *realtime.ResponseStream
	err := c.within("Respond", c.bound, func() (err error) { stream, err = c.s.Respond(c.ctx, e); return err })
	c.outcome(err, false)
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	if c.step.Do == "stream" {
		var b [1000]byte
		err := c.within("reading a stream", longest, func() error { _, err := stream.Audio(ctx).Read(b[:]); return err })
		if !errors.Is(err, io.EOF) {
			c.ended(err)
		}
		return
	}
	var answer *realtime.Answer
	c.ended(c.within("Answer", longest, func() (err error) { answer, err = stream.Answer(ctx); return err }))
	if answer != nil {
		if m, _ := answer.Response.Metadata.Get(); m["mark"] != c.sent.id {
			c.violate("%s: the response of another: %q", c.step.ID, m["mark"])
		}
	}
}

// ended holds that a stream ends as its response does, which the receiver notices.
func (c *call) ended(err error) {
	if err != nil && !errors.Is(err, realtime.ErrReplaced) && c.s.Err() == nil {
		if _, failed := errors.AsType[*realtime.ResponseError](err); !failed {
			c.violate("%s: the stream ended with %v", c.step.ID, err)
		}
	}
}

// speak appends audio in which every four bytes are their number.
func (c *call) speak() {
	c.mu.Lock()
	var audio []byte
	for range 100 + 100*c.step.N {
		audio = binary.LittleEndian.AppendUint32(audio, c.audio)
		c.audio++
	}
	defer c.mu.Unlock() // The order of the numbers is that of the calls.
	_ = c.s.AppendAudio(context.Background(), audio)
}

// takeOut takes the unsent events.
func (r *run) takeOut() {
	list := r.s.TakeUnsent()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range list {
		r.taken[e.ID] = true
		var piece struct{ Audio []byte }
		if err := json.Unmarshal(e.Message, &piece); err != nil {
			continue
		}
		for b := piece.Audio; len(b) >= 4; b = b[4:] {
			r.skipped[binary.LittleEndian.Uint32(b)] = true
		}
	}
}
