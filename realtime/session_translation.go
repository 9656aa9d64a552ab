package realtime

import (
	"context"
	"iter"
	"log/slog"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/eventid"
	"github.com/voicelane/realtime-go/internal/eventloop"
	"github.com/voicelane/realtime-go/internal/failure"
	"github.com/voicelane/realtime-go/internal/greeting"
	"github.com/voicelane/realtime-go/internal/headroom"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/pending"
	"github.com/voicelane/realtime-go/socket"
)

// TranslationSession is a live translation of audio in one language into audio and
// text in another, without turns or responses. It has its own event types. Any number
// of goroutines may send, one receives, and Close may be called from anywhere.
type TranslationSession struct {
	connection

	in    link.Inbox[api.TranslationServerEvent]
	ids   eventid.Source
	first greeting.Greeting
	desk  desk
	back  *translationRecovery // nil without Options.Reconnect; set before the reader starts

	events     api.TranslationServerEventDecoder // the reader's own
	last       atomic.Pointer[api.TranslationSession]
	unfinished chan struct{} // has a token until session.close was accepted, then is closed
	finishing  atomic.Bool   // a session.close was accepted, or Finish has begun, and Send refuses
	closed     chan struct{} // closed when session.closed has arrived
	closedOnce sync.Once
}

// ConnectTranslation opens a translation session. It returns once session.created has
// arrived, with the errors of Connect. With Options.Reconnect the session survives the
// loss of its connection and the server's limit of its life: the settings are restored,
// and [TranslationReconnected] says how much audio is lost. Azure offers no translations.
func (c *Client) ConnectTranslation(ctx context.Context, model api.TranslationModel, opts *Options) (*TranslationSession, error) {
	o, err := resolved(opts)
	if err != nil {
		return nil, err
	}
	r, err := c.set.route(translationTarget(model), o)
	if err != nil {
		return nil, err
	}
	return opened(ctx, r, func(l link.Link, u *url.URL) (*TranslationSession, error) {
		s := newTranslation(o, r.log)
		s.moved(u, l)
		if o.Reconnect != nil {
			s.back = newTranslationRecovery(ctx, s, r)
		}
		s.conn.Start(l)
		if err := s.first.Wait(ctx, &s.conn, c.set.dialer.Timeout); err != nil {
			return nil, err
		}
		return s, nil
	})
}

func newTranslation(o *options, log *slog.Logger) *TranslationSession {
	s := &TranslationSession{closed: make(chan struct{}), unfinished: make(chan struct{}, 1)}
	s.unfinished <- struct{}{}
	watch := o.taps.watcher()
	if o.Reconnect != nil {
		watch = (*translationOwner)(s)
	}
	s.init(o, log, (*translationOwner)(s), &s.in, watch)
	s.in.Init(&o.link, s.conn.Quit())
	s.in.Stalled = func() { s.desk.stall(socket.ErrReceiveQueueFull) }
	s.in.Dropped = func(e api.TranslationServerEvent) {
		if e != nil {
			s.o.taps.dropped(e.EventType())
		}
	}
	s.first.Init()
	s.ids.Init()
	return s
}

// translationOwner is the TranslationSession as its connection sees it.
type translationOwner TranslationSession

func (s *translationOwner) sessionID() string {
	if last := s.last.Load(); last != nil {
		return last.ID
	}
	return ""
}

// Redial replaces a link, if the session reconnects.
func (s *translationOwner) Redial(err error) (link.Link, error) {
	if s.back == nil {
		return nil, err
	}
	return s.back.recover(err)
}

// Sending passes a message to the taps.
func (s *translationOwner) Sending(f link.Frame) { s.o.taps.Sending(f) }

// Sent passes the fate of a message to the taps, and counts the audio.
func (s *translationOwner) Sent(f link.Frame, size int, fate socket.Fate) {
	s.o.taps.Sent(f, size, fate)
	if s.back != nil && fate == socket.Written {
		s.back.audio.Add(int64(f.Weight))
	}
}

// Identify returns the id of an event.
func (*translationOwner) Identify(message []byte) string { return eventid.Of(message) }

// Over ends everything that waits for the session.
func (s *translationOwner) Over(end *link.Ending) {
	s.over(end)
	s.first.Over()
	s.desk.fail(end.Refusal, end.Received)
	s.in.Close(end.Received)
}

// Take handles one message on the reader's goroutine.
func (s *translationOwner) Take(data []byte) error {
	if (*TranslationSession)(s).isClosed() {
		return nil // whatever follows session.closed means nothing
	}
	e, err := s.events.Decode(data)
	if err == nil && failure.Reports(e) {
		if clean, repeated := failure.Clean(data, s.secrets()); repeated {
			data = clean
			e, err = s.events.Decode(data)
		}
	}
	if err != nil {
		s.malformed(data, err)
		return s.in.Push(link.Arrival[api.TranslationServerEvent]{Err: err, Size: len(data)})
	}
	headroom.Reserve()
	all := (*TranslationSession)(s)
	all.note(e, data)
	if s.back != nil {
		s.back.owed.Observe(e)
	}
	if !s.desk.idle() {
		s.desk.mu.Lock()
		s.desk.observe(matchable(e))
		s.desk.unlock()
	}
	return all.deliver(e, len(data))
}

// note passes an event to the taps, and keeps what it says of the session.
func (s *TranslationSession) note(e api.TranslationServerEvent, data []byte) {
	s.o.taps.received(e, nil, data)
	switch e := e.(type) {
	case *api.TranslationSessionCreated:
		s.last.Store(&e.Session)
		s.first.Ready()
	case *api.TranslationSessionUpdated:
		s.last.Store(&e.Session)
	case *api.TranslationSessionClosed:
		s.conn.Forgive(CloseExpired) // The server may let the session expire after it.
	case *api.ErrorEvent:
		s.first.Refused(refusedError{NewServerError(e)})
	default:
		s.first.Saw(e)
	}
}

// tell passes an event of this module to the taps, and queues it for the receiver.
func (s *TranslationSession) tell(e api.TranslationServerEvent) error {
	s.o.taps.received(e, nil, nil)
	return s.deliver(e, 0)
}

// deliver queues an event for the receiver. Size is that of its message.
func (s *TranslationSession) deliver(e api.TranslationServerEvent, size int) error {
	err := s.in.Push(link.Arrival[api.TranslationServerEvent]{Event: e, Size: size})
	if _, end := e.(*api.TranslationSessionClosed); end {
		s.closedOnce.Do(func() { close(s.closed) })
	}
	return err
}

func (s *TranslationSession) isClosed() bool {
	select {
	case <-s.closed:
		return true
	default:
		return false
	}
}

// Send accepts an event for the server, as [Session.Send] does. After a session.close,
// of Send or of [TranslationSession.Finish], it returns [socket.ErrClosed]: the server
// takes nothing more.
func (s *TranslationSession) Send(ctx context.Context, e api.TranslationClientEvent) error {
	if isNil(e) {
		return errNilEvent
	}
	if s.finishing.Load() {
		return socket.ErrClosed
	}
	return s.accept(ctx, e, translationCall(e), nil)
}

// accept is send for what follows no session.close.
func (s *TranslationSession) accept(ctx context.Context, e api.TranslationClientEvent, c *pending.Call, r *Receipt) error {
	if e.EventType() != (*api.TranslationSessionClose)(nil).EventType() {
		return s.send(ctx, e, c, r)
	}
	sent, err := s.sendClose(ctx, e, c, r)
	if err == nil && !sent {
		return socket.ErrClosed
	}
	return err
}

// sendClose sends a session.close unless one was accepted before. A call that cannot send
// it leaves that to the next one.
func (s *TranslationSession) sendClose(ctx context.Context, e api.TranslationClientEvent, c *pending.Call, r *Receipt) (sent bool, err error) {
	select {
	case _, open := <-s.unfinished:
		if !open {
			return false, nil
		}
	case <-ctx.Done():
		return false, ctxerr.Of(ctx)
	}
	if err := s.send(ctx, e, c, r); err != nil {
		s.unfinished <- struct{}{}
		return false, err
	}
	s.finishing.Store(true)
	close(s.unfinished)
	return true, nil
}

// send encodes and accepts an event, and enters its call, unless that is nil, in the
// order of the wire. It fills in the receipt, unless that is nil.
func (s *TranslationSession) send(ctx context.Context, e api.TranslationClientEvent, c *pending.Call, r *Receipt) error {
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
	if err == nil {
		f := link.Frame{Buf: buf, Kind: e.EventType()}
		if audio, ok := e.(*api.TranslationInputAudioBufferAppend); ok {
			f.Weight = len(audio.Audio)
		}
		err = s.conn.Out.Put(ctx, f, func(seq uint64) {
			if r != nil {
				r.ID, r.seq = id, seq
			}
			if c == nil {
				return
			}
			c.ID, c.Seq = id, seq
			s.desk.add(c)
			if s.back != nil {
				s.back.owed.Sent(id, seq, e, link.Message(*buf))
			}
		})
	}
	if err != nil {
		link.PutFrame(buf)
	}
	return err
}

// Recv waits for the next event, as [Session.Recv] does.
func (s *TranslationSession) Recv(ctx context.Context) (api.TranslationServerEvent, error) {
	return s.in.Pop(ctx)
}

// Events is Recv as a loop, as [Session.Events] is.
func (s *TranslationSession) Events(ctx context.Context) iter.Seq2[api.TranslationServerEvent, error] {
	return eventloop.Of(ctx, s.in.Pop)
}

// Current returns the session as the server last described it.
func (s *TranslationSession) Current() *api.TranslationSession { return s.last.Load() }

// Finish ends the translation without losing its tail: it sends session.close once,
// waits for the remaining output and session.closed, and closes. The receiver gets the
// output and then [io.EOF]. Nothing can be sent once Finish has begun. If the session
// ends before session.closed, Finish returns the reason; if the context ends first, its
// cause, and the session stays open: call Finish again.
func (s *TranslationSession) Finish(ctx context.Context) error {
	s.finishing.Store(true)
	e := &api.TranslationSessionClose{}
	if _, err := s.sendClose(ctx, e, translationCall(e), nil); err != nil {
		return err
	}
	select {
	case <-s.closed:
		return s.Close()
	case <-s.Done():
		if s.isClosed() {
			return s.Close()
		}
		return s.conn.Ending().Refusal
	case <-ctx.Done():
		return ctxerr.Of(ctx)
	}
}
