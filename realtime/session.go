package realtime

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// Session is one live conversation. Any number of goroutines may send, one
// receives with Recv, Events or a [Mux], and Close may be called from anywhere,
// any number of times.
type Session struct {
	engine
	in   inbox[delivery]
	ids  idSource
	ask  requests
	feed streams
	back *recovery // nil without Options.Reconnect

	first opening

	// The reader's own.
	events  api.ServerEventDecoder
	greeted bool // the first event was decoded
	warned  bool // of a queue that nobody empties

	lends atomic.Bool // the receiver gives audio back: see audioEvents

	mu   sync.Mutex
	last string // the frame that last described the session
}

// Connect opens a session. It returns when the session is usable: once
// session.created has arrived, or for a [Call] when the socket is open. A key,
// model or protocol that the server refuses after the handshake is a
// [*ServerError], one that it refuses in the handshake a [*HandshakeError].
// The context bounds connecting only.
func (c *Client) Connect(ctx context.Context, target Target, opts *Options) (*Session, error) {
	o, err := resolved(opts)
	if err != nil {
		return nil, err
	}
	r, err := c.set.route(target, o)
	if err != nil {
		return nil, err
	}
	if o.Reconnect != nil && target.kind() == kindTranscription {
		return nil, errors.New("realtime: reconnection is for model and call targets")
	}
	t, u, err := r.dialFirst(ctx)
	if err != nil {
		return nil, err
	}
	s := newSession(o, c.set.log)
	s.setConnection(u, t)
	if o.Reconnect != nil {
		s.back = newRecovery(s, r)
		s.out.wrote = s.back.wrote
		s.back.schedule()
	}
	s.start(t)
	if target.kind() == kindCall {
		s.first.created()
		return s, nil
	}
	if err := s.first.wait(ctx, &s.engine); err != nil {
		return nil, err
	}
	return s, nil
}

func newSession(o *Options, log *slog.Logger) *Session {
	s := &Session{}
	s.init(s, o, log)
	s.in.init(o, s.quit, func(d delivery) {
		if s.o.Hooks.Dropped != nil && d.event != nil {
			s.o.Hooks.Dropped(d.event.EventType())
		}
		d.free()
	})
	s.in.unwanted = delivery.free
	s.events.LendResponseOutputAudioDelta = s.lendAudio
	s.in.unheard = s.unheard
	s.first.done = make(chan struct{})
	s.ids.init()
	return s
}

// take handles one frame on the reader's goroutine.
func (s *Session) take(data []byte) error {
	e, err := s.decode(data)
	if err != nil {
		s.malformed(data, err)
		return s.in.push(arrival[delivery]{err: err, size: len(data)})
	}
	if s.o.Hooks.Received != nil {
		s.o.Hooks.Received(e.EventType(), len(data))
	}
	switch e.(type) {
	case *api.SessionCreated, *api.SessionUpdated:
		s.setLast(string(data))
	default:
	}
	told := s.observe(e)
	return s.in.push(arrival[delivery]{event: delivery{e, told}, size: len(data)})
}

// decode leaves the first event to a decoder without a memory: a session that
// stays idle after it needs none.
func (s *Session) decode(data []byte) (api.ServerEvent, error) {
	if !s.greeted {
		s.greeted = true
		return api.DecodeServerEvent(data)
	}
	return s.events.Decode(data)
}

// delivery is an event on its way to the receiver.
type delivery struct {
	event api.ServerEvent
	told  bool // a call returns the error that the event holds
}

// free returns the memory of an event that has no receiver.
func (d delivery) free() { audioEvents.put(d.event) }

// observe shows an event to the session's own parts, before the receiver gets
// it. It reports whether a call returns the error that the event holds.
func (s *Session) observe(e api.ServerEvent) (told bool) {
	switch e := e.(type) {
	case *api.SessionCreated:
		s.first.created()
	case *api.ErrorEvent:
		s.first.refused(NewServerError(e))
	case *api.UnknownServerEvent:
		if e.Type == "transcription_session.created" {
			s.first.created()
		}
	default:
	}
	told = s.ask.settle(e)
	s.feed.observe(e)
	if s.back != nil {
		s.back.observe(e)
	}
	return told
}

// unheard hears, on the reader's goroutine, that nobody has received for long
// while the queue is full. What waits for an answer behind it would do so for
// ever; when nothing does, a slow receiver is no fault.
func (s *Session) unheard() {
	n := s.ask.stall(ErrReceiveQueueFull) + s.feed.stall(ErrReceiveQueueFull)
	if n > 0 && !s.warned {
		s.warned = true
		s.log.Warn("realtime receive queue is full and nobody receives: call Discard if nobody will", "failed", n)
	}
}

func (s *Session) stalled() bool { return s.in.blockedAt.Load() }

func (s *Session) urge(on bool) { s.in.urge(on) }

func (s *Session) reconnect(err error) (transport, error) {
	if s.back == nil {
		return nil, err
	}
	return s.back.recover(err)
}

// over ends everything that waits for the session.
func (s *Session) over(end ending) {
	s.first.over()
	s.ask.fail(end.refusal)
	s.feed.fail(end.refusal, end.received)
	if s.back != nil {
		s.back.stop()
	}
	s.in.close(end.received)
}

// Send accepts an event for the server and returns; it is written by then or
// soon after, in the order of acceptance. An event without an event_id is sent
// with one; the value itself is never changed. The context bounds the wait for
// room in the send queue, and never harms the connection. The event and its bytes
// are the caller's again when it returns.
//
// The errors are those of the event's own Validate, [ErrClosed] after a Close,
// what ended the session otherwise (the server's [*CloseError] where that is [io.EOF]
// to who receives), [ErrSendQueueFull], and the context's.
func (s *Session) Send(ctx context.Context, e api.ClientEvent) error {
	return s.send(ctx, e, nil)
}

// send encodes and accepts an event. The hook runs in wire order, with the id
// that the event travels under.
func (s *Session) send(ctx context.Context, e api.ClientEvent, hook func(id string, seq uint64)) error {
	if isNil(e) {
		return errNilEvent
	}
	if err := ctx.Err(); err != nil {
		return ctxerr.Of(ctx)
	}
	if !s.o.SkipValidation {
		if err := validated(e); err != nil {
			return err
		}
	}
	buf := getFrame()
	id, err := s.ids.encode(buf, e, hook != nil || tracked(e))
	if err != nil {
		putBuffer(buf)
		return err
	}
	err = s.out.put(ctx, newFrame(buf, e), func(seq uint64) {
		if hook != nil {
			hook(id, seq)
		} else {
			s.ask.note(id, seq, e)
		}
		if s.back != nil {
			s.back.sent(id, seq, e)
		}
	})
	if err != nil {
		putBuffer(buf)
		return err
	}
	return nil
}

// Recv waits for the next event. It returns [io.EOF] once the session was
// closed in good order and all that arrived was received, the cause when it
// ended otherwise, [ErrDiscarded] after Discard, and an [*api.DecodeError] for a
// frame that was no event: that alone does not end the session, and the next
// call goes on. When the context has ended, Recv returns its cause at once, even
// if events wait: they stay for the next call. Waiting again and again with one
// context takes no memory; with another context each time it takes some.
func (s *Session) Recv(ctx context.Context) (api.ServerEvent, error) {
	d, err := s.receive(ctx, false)
	return d.event, err
}

// Events is Recv as a loop. A pair holds an event or an error. The error of a
// malformed frame is followed by more; every other error is the last pair, and
// an end in good order shows none. An error of the server is an event, an
// [*api.ErrorEvent], and not the loop's error: [NewServerError] makes an error of
// it. Leaving the loop leaves the session open.
func (s *Session) Events(ctx context.Context) iter.Seq2[api.ServerEvent, error] {
	return eventLoop(ctx, s.Recv)
}

// Discard says that nobody will receive: events then go to requests and
// streams alone, the receive queue stays empty, and Recv, Events and a [Mux]
// return [ErrDiscarded]. The server's errors about events that were sent with
// Send, AppendAudio and the like are then lost; use Request to have them.
func (s *Session) Discard() {
	s.lends.Store(true)
	s.in.discardAll()
}

// Current returns the session as the server last described it; nil before. The
// value is decoded for each call, and the caller's own.
func (s *Session) Current() api.Session {
	s.mu.Lock()
	last := s.last
	s.mu.Unlock()
	// It was decoded when it arrived, so that it fails only while there is none.
	e, _ := api.DecodeServerEvent([]byte(last))
	switch e := e.(type) {
	case *api.SessionCreated:
		return e.Session
	case *api.SessionUpdated:
		return e.Session
	default:
		return nil
	}
}

// setLast keeps the text alone: decoded it is twice as large, for the whole of
// an idle session's life.
func (s *Session) setLast(frame string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = frame
}

// Stats is a snapshot of a session's queues.
type Stats struct {
	// SendQueueEvents and SendQueueBytes are accepted and not written.
	SendQueueEvents, SendQueueBytes int
	// ReceiveQueueEvents and ReceiveQueueBytes have arrived and wait.
	ReceiveQueueEvents, ReceiveQueueBytes int
	// Dropped counts events that a full receive queue forgot.
	Dropped int64
}

// Stats returns the state of the queues.
func (s *Session) Stats() Stats {
	var st Stats
	st.SendQueueEvents, st.SendQueueBytes = s.out.stats()
	st.ReceiveQueueEvents, st.ReceiveQueueBytes, st.Dropped = s.in.stats()
	return st
}

// lendAudio returns the event to decode the next audio into, or nil when its
// receiver will own it.
func (s *Session) lendAudio() *api.ResponseOutputAudioDelta {
	if !s.lends.Load() {
		return nil
	}
	return audioEvents.get()
}

// receive is Recv for a receiver that may give audio back.
func (s *Session) receive(ctx context.Context, givesBack bool) (delivery, error) {
	if s.lends.Load() != givesBack {
		s.lends.Store(givesBack)
	}
	return s.in.pop(ctx)
}
