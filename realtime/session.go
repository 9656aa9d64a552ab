package realtime

import (
	"context"
	"iter"
	"log/slog"
	"net/url"
	"slices"
	"sync/atomic"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audiorun"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/eventid"
	"github.com/voicelane/realtime-go/internal/eventloop"
	"github.com/voicelane/realtime-go/internal/failure"
	"github.com/voicelane/realtime-go/internal/greeting"
	"github.com/voicelane/realtime-go/internal/headroom"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/mirror"
	"github.com/voicelane/realtime-go/internal/monotonic"
	"github.com/voicelane/realtime-go/internal/pending"
	"github.com/voicelane/realtime-go/socket"
)

// Session is one live conversation. Any number of goroutines may send, one receives
// with Recv, Events or a [Mux], and Close may be called from anywhere, any number of
// times.
type Session struct {
	core

	ids  eventid.Source
	back *recovery // nil without Options.Reconnect; set before the reader starts

	// The reader's own.
	events  api.ServerEventDecoder
	greeted bool // the first event was decoded
	warned  bool // that the receive queue stays full
	deltas  bool // some tap wants each piece of audio; set once

	lends atomic.Bool // the receiver gives audio back: see audioEvents

	last atomic.Pointer[string] // the message that last described the session
}

// Connect opens a session. It returns when the session is usable: once the server has
// greeted it, or for a [Call] when the WebSocket is open. A greeting is session.created;
// transcription_session.created and conversation.created, which some servers send
// instead, count as one. Config.DialTimeout bounds the wait for it, after which the error
// is a [*socket.TransportError] that names what came instead. A key, model or protocol
// that the server refuses after the handshake is a [*ServerError], one that it refuses in
// the handshake an [*APIError]. The context bounds connecting only.
func (c *Client) Connect(ctx context.Context, target Target, opts *Options) (*Session, error) {
	o, err := resolved(opts)
	if err != nil {
		return nil, err
	}
	r, err := c.set.route(target, o)
	if err != nil {
		return nil, err
	}
	return opened(ctx, r, func(l link.Link, u *url.URL) (*Session, error) { return startSession(ctx, r, l, u) })
}

// startSession opens a session over its first link.
func startSession(ctx context.Context, r *route, l link.Link, u *url.URL) (*Session, error) {
	s := newSession(r.o, r.log)
	r.log = s.log
	s.moved(u, l)
	if r.target.kind() == kindTranscription {
		s.owed = mirror.NewTranscripts()
	}
	if r.o.Reconnect != nil {
		s.back = newRecovery(ctx, &s.core, r, (*owner)(s))
		s.back.schedule()
	}
	s.conn.Start(l)
	if r.target.kind() == kindCall {
		s.first.Ready()
		return s, nil
	}
	if err := s.first.Wait(ctx, &s.conn, r.set.dialer.Timeout); err != nil {
		return nil, err
	}
	return s, nil
}

func newSession(o *options, log *slog.Logger) *Session {
	s := &Session{}
	watch := o.taps.watcher()
	if o.Reconnect != nil {
		watch = (*owner)(s)
	}
	s.init(o, log, (*owner)(s), &s.in, watch)
	s.in.Init(&o.link, s.conn.Quit())
	s.in.Dropped, s.in.Unwanted, s.in.Stalled = s.dropped, delivery.free, s.stalled
	s.audio.Init(o.taps.audio())
	s.deltas = slices.ContainsFunc(o.taps, Tap.wantsDeltas)
	s.events.LendResponseOutputAudioDelta = s.lendAudio
	s.first.Init()
	s.ids.Init()
	return s
}

// take handles one message on the reader's goroutine.
func (s *Session) take(data []byte) error {
	merges := s.audio.Merges()
	e, err := s.decode(data)
	if err == nil && failure.Reports(e) {
		if clean, repeated := failure.Clean(data, s.secrets()); repeated {
			data = clean
			e, err = s.decode(data)
		}
	}
	if err != nil {
		s.audio.End()
		s.malformed(data, err)
		return s.in.Push(link.Arrival[delivery]{Err: err, Size: len(data)})
	}
	s.note(e, data)
	told := s.observe(e)
	piece := audiorun.Of(e, len(data))
	err = s.deliver(delivery{event: e, told: told}, len(data))
	if merges { // At last: after its lock, the processor fetches no memory ahead.
		s.audio.Add(piece, s.conn.Arrived())
	}
	s.owe(e)
	return err
}

// owe notes what an event means for the transcripts. It runs after the delivery, since
// Finish closes when nothing is owed.
func (s *Session) owe(e api.ServerEvent) {
	if s.owed.Observe(e) && s.back != nil {
		s.back.leaveIfQuiet()
	}
}

// note passes an event to the taps, and keeps a description of the session.
func (s *Session) note(e api.ServerEvent, data []byte) {
	s.show(e, data)
	switch e.(type) {
	case *api.SessionCreated, *api.SessionUpdated:
		last := string(data)
		s.last.Store(&last)
	default:
	}
}

// show passes an event to the taps, but for what is counted in runs.
func (s *Session) show(e api.ServerEvent, data []byte) {
	switch e := e.(type) {
	case *api.ResponseOutputAudioDelta:
		if s.deltas {
			s.o.taps.delta(e, data)
		}
		return
	case *api.ResponseOutputAudioTranscriptDelta: // Comes between the pieces of a run.
		s.audio.Beside(func() { s.o.taps.received(e, nil, data) })
		return
	default:
		s.audio.End()
	}
	s.o.taps.received(e, nil, data)
}

// decode uses a decoder without memory for the first event: a session that stays idle
// after it then keeps none.
func (s *Session) decode(data []byte) (api.ServerEvent, error) {
	if !s.greeted {
		s.greeted = true
		return api.DecodeServerEvent(data)
	}
	return s.events.Decode(data)
}

// observe shows an event to the session's own parts, before the receiver gets
// it. It reports whether a call returns the error that the event holds.
func (s *Session) observe(e api.ServerEvent) (told bool) {
	if refused, ok := e.(*api.ErrorEvent); ok {
		s.first.Refused(refusedError{NewServerError(refused)})
	} else if greeting.Greets(e) {
		s.first.Ready()
	} else {
		s.first.Saw(e)
	}
	h := s.past.Load()
	if h == nil && s.desk.idle() {
		return false
	}
	s.desk.mu.Lock()
	told, unwanted := s.desk.observe(e)
	if h != nil {
		h.observe(e)
	}
	due := s.back != nil && s.back.isDue()
	s.desk.unlock()
	if unwanted != "" {
		s.cancelUnwanted(unwanted)
	}
	if due {
		s.back.leaveIfQuiet()
	}
	return told
}

// dropped runs for each event that a full receive queue dropped.
func (s *Session) dropped(d delivery) {
	if d.event != nil {
		s.o.taps.dropped(d.event.EventType())
	}
	d.free()
}

// stalled runs each time that the receive queue has been full for
// Options.ReceiveStall. It fails pending requests and streams, whose answers are
// stuck behind the queue. When nothing is pending, a slow receiver is no fault.
func (s *Session) stalled() {
	n := s.desk.stall(socket.ErrReceiveQueueFull)
	if n > 0 && !s.warned {
		s.warned = true
		s.log.Warn("realtime receive queue is full and nothing is received: call Discard if the events are not needed", "failed", n)
	}
}

// owner is the Session as its connection sees it. It is a type of its own, so that
// its methods are not the Session's. It watches the outbox of a session that
// reconnects; for others the taps do.
type owner Session

// Take handles one message.
func (o *owner) Take(data []byte) error { return (*Session)(o).take(data) }

// Show is Take without the requests and the mirror.
func (o *owner) Show(e api.ServerEvent, data []byte) error {
	s := (*Session)(o)
	s.note(e, data)
	err := s.deliver(delivery{event: e}, len(data))
	s.owe(e)
	return err
}

// Observe passes an event to the taps alone.
func (o *owner) Observe(e api.ServerEvent, data []byte) {
	(*Session)(o).show(e, data)
	o.audio.Add(audiorun.Of(e, len(data)), monotonic.Now())
}

// Refusal returns the error that an event holds.
func (o *owner) Refusal(e *api.ErrorEvent) error { return NewServerError(e) }

func (o *owner) sessionID() string { return api.SessionID((*Session)(o).Current()) }

// Redial replaces a link, if the session reconnects.
func (o *owner) Redial(err error) (link.Link, error) {
	o.audio.End()
	if o.back == nil {
		return nil, err
	}
	return o.back.recover(err)
}

// Over ends everything that waits for the session.
func (o *owner) Over(end *link.Ending) {
	o.audio.Close()
	o.over(end)
	o.first.Over()
	o.desk.fail(end.Refusal, end.Received)
	if o.back != nil {
		o.back.stop()
	}
	if h := o.past.Load(); h != nil {
		h.close(end.Received)
	}
	o.in.Close(end.Received)
}

// Identify returns the id of an event.
func (*owner) Identify(message []byte) string { return eventid.Of(message) }

// Sending passes a message to the taps.
func (o *owner) Sending(f link.Frame) { o.o.taps.Sending(f) }

// Sent passes the fate of a message to the taps and to the recovery.
func (o *owner) Sent(f link.Frame, size int, fate socket.Fate) {
	o.o.taps.Sent(f, size, fate)
	if o.back != nil && fate == socket.Written {
		o.back.wrote(f)
	}
}

// Send accepts an event for the server and returns; the event is written by then or
// soon after, in the order of acceptance. An event without an event_id is sent with
// one; the value itself is not changed. The context bounds the wait for room in the
// send queue, and never harms the connection. The event and its bytes are the caller's
// again when Send returns.
//
// The error is that of the event's Validate, [socket.ErrClosed] after Close, the
// session's end (Send returns the [*socket.CloseError] where Recv returns [io.EOF]),
// [socket.ErrSendQueueFull], or the context's.
func (s *Session) Send(ctx context.Context, e api.ClientEvent) error { return s.accept(ctx, e, nil) }

// accept is Send. It fills in the receipt, unless that is nil.
func (s *Session) accept(ctx context.Context, e api.ClientEvent, r *Receipt) error {
	if s.owed.Ended() {
		return socket.ErrClosed
	}
	if isNil(e) {
		return errNilEvent
	}
	if s.past.Load() != nil {
		e = s.named(e) // So that it can be told from others.
	}
	return s.send(ctx, e, pending.New(e), r)
}

// send encodes and accepts an event, and enters its call, unless that is nil, in the
// order of the wire. It fills in the receipt, unless that is nil.
func (s *Session) send(ctx context.Context, e api.ClientEvent, c *pending.Call, r *Receipt) error {
	if err := ctx.Err(); err != nil {
		return ctxerr.Of(ctx)
	}
	if !s.o.SkipValidation {
		if err := eventid.Validate(e); err != nil {
			return err
		}
	}
	buf := link.GetFrame()
	id, err := s.ids.Encode(buf, e, c != nil || r != nil)
	if err != nil {
		link.PutFrame(buf)
		return err
	}
	f := newFrame(buf, e)
	f.Urgent = c != nil && c.Own
	err = s.conn.Out.Put(ctx, f, func(seq uint64) {
		if r != nil {
			r.ID, r.seq = id, seq
		}
		if c != nil {
			c.ID, c.Seq = id, seq
			s.desk.add(c)
		}
		s.sent(id, seq, e, link.Message(*buf))
	})
	if err != nil {
		link.PutFrame(buf)
		return err
	}
	return nil
}

// named returns a copy of an event with an id for the item that it creates, or the
// event itself.
func (s *Session) named(e api.ClientEvent) api.ClientEvent {
	x, ok := e.(*api.ConversationItemCreate)
	if !ok || isNil(x.Item) || api.ItemID(x.Item) != "" {
		return e
	}
	cp := *x
	cp.Item = api.WithItemID(x.Item, s.ids.Item())
	return &cp
}

// Recv waits for the next event. Once every event was received, it returns [io.EOF]
// after an end in good order and the cause after any other. It returns
// [socket.ErrDiscarded] after Discard, and an [*api.DecodeError] for a frame that was
// no event: that one does not end the session, and the next call continues. When the
// context has ended, Recv returns its cause at once, and events stay for the next
// call; errors.Is finds the errors of contexts in nothing else that Recv returns, unless
// they were the cause of an Abort, so that a loop over deadlines ends with the session.
// Repeated calls with one context take no memory; a new context for each call
// takes some.
func (s *Session) Recv(ctx context.Context) (api.ServerEvent, error) {
	d, err := s.receive(ctx, false)
	return d.event, err
}

// Events is Recv as a loop. A pair holds an event or an error. More pairs follow the
// error of a malformed frame; any other error is the last pair, and after an end in
// good order there is none. An error of the server is an event, an
// [*api.ErrorEvent], that [NewServerError] makes an error of. Leaving the loop leaves
// the session open.
func (s *Session) Events(ctx context.Context) iter.Seq2[api.ServerEvent, error] {
	return eventloop.Of(ctx, s.Recv)
}

// Discard drops received events, now and later. Only requests, streams and taps get
// them, the receive queue stays empty, and Recv, Events and a [Mux] return
// [socket.ErrDiscarded]. The server's errors about events of Send, AppendAudio and the
// like are lost then; use Request to get them.
func (s *Session) Discard() {
	s.lends.Store(true)
	s.in.Discard()
}

// Current returns the session as the server last described it; nil before. The value
// is decoded for each call and belongs to the caller.
func (s *Session) Current() api.Session {
	last := s.last.Load()
	if last == nil {
		return nil
	}
	// The text alone is kept: decoded it is twice as large, for the whole of an idle
	// session's life. It was decoded when it arrived, so that it decodes again.
	e, _ := api.DecodeServerEvent([]byte(*last))
	switch e := e.(type) {
	case *api.SessionCreated:
		return e.Session
	case *api.SessionUpdated:
		return e.Session
	default:
		return nil
	}
}

// Stats is a snapshot of a session's queues.
type Stats struct {
	// SendQueueEvents and SendQueueBytes count what was accepted and not written.
	SendQueueEvents, SendQueueBytes int
	// ReceiveQueueEvents and ReceiveQueueBytes count what arrived and was not received.
	ReceiveQueueEvents, ReceiveQueueBytes int
	// Dropped counts events that a full receive queue dropped.
	Dropped int64
}

// Stats returns the state of the queues.
func (s *Session) Stats() Stats {
	var st Stats
	st.SendQueueEvents, st.SendQueueBytes = s.conn.Out.Stats()
	st.ReceiveQueueEvents, st.ReceiveQueueBytes, st.Dropped = s.in.Stats()
	return st
}

// lendAudio returns the event to decode the next audio into, or nil when the receiver
// owns its events.
func (s *Session) lendAudio() *api.ResponseOutputAudioDelta {
	if !s.lends.Load() {
		headroom.Reserve()
		return nil
	}
	return audioEvents.Get()
}

// receive is Recv for a receiver that may give audio back.
func (s *Session) receive(ctx context.Context, givesBack bool) (delivery, error) {
	if s.lends.Load() != givesBack {
		s.lends.Store(givesBack)
	}
	d, err := s.in.Pop(ctx)
	if d.version > 0 {
		s.past.Load().received.Store(d.version)
	}
	return d, err
}
