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

// TranslationSession is a live translation: audio in one language goes in,
// audio and text in another come out, without turns or responses. It has event
// types of its own. Any number of goroutines may send, one receives, and Close
// may be called from anywhere.
type TranslationSession struct {
	engine
	in    inbox[api.TranslationServerEvent]
	ids   idSource
	first opening

	events     api.TranslationServerEventDecoder // the reader's own
	last       atomic.Pointer[api.TranslationSession]
	finish     sync.Once
	finishing  atomic.Bool
	closed     chan struct{} // closed when session.closed has arrived
	closedOnce sync.Once
}

// ConnectTranslation opens a translation session. It returns once
// session.created has arrived, with the errors that Connect has. Reconnection
// and Azure are not available for translations.
func (c *Client) ConnectTranslation(ctx context.Context, model string, opts *Options) (*TranslationSession, error) {
	o, err := resolved(opts)
	if err != nil {
		return nil, err
	}
	if o.Reconnect != nil {
		return nil, errors.New("realtime: a translation session cannot be restored")
	}
	r, err := c.set.route(translationTarget(model), o)
	if err != nil {
		return nil, err
	}
	t, u, err := r.dialFirst(ctx)
	if err != nil {
		return nil, err
	}
	s := newTranslation(o, c.set.log)
	s.setConnection(u, t)
	s.start(t)
	if err := s.first.wait(ctx, &s.engine); err != nil {
		return nil, err
	}
	return s, nil
}

func newTranslation(o *Options, log *slog.Logger) *TranslationSession {
	s := &TranslationSession{closed: make(chan struct{})}
	s.init(s, o, log)
	s.in.init(o, s.quit, func(e api.TranslationServerEvent) {
		if s.o.Hooks.Dropped != nil && e != nil {
			s.o.Hooks.Dropped(e.EventType())
		}
	})
	s.first.done = make(chan struct{})
	s.ids.init()
	return s
}

func (s *TranslationSession) stalled() bool { return s.in.blockedAt.Load() }

func (s *TranslationSession) urge(on bool) { s.in.urge(on) }

// reconnect does not: a translation cannot be restored.
func (s *TranslationSession) reconnect(err error) (transport, error) { return nil, err }

func (s *TranslationSession) over(end ending) {
	s.first.over()
	s.in.close(end.received)
}

// take handles one frame on the reader's goroutine.
func (s *TranslationSession) take(data []byte) error {
	if s.isClosed() {
		return nil // whatever follows session.closed means nothing
	}
	e, err := s.events.Decode(data)
	if err != nil {
		s.malformed(data, err)
		return s.in.push(arrival[api.TranslationServerEvent]{err: err, size: len(data)})
	}
	if s.o.Hooks.Received != nil {
		s.o.Hooks.Received(e.EventType(), len(data))
	}
	end := false
	switch e := e.(type) {
	case *api.TranslationSessionCreated:
		s.last.Store(&e.Session)
		s.first.created()
	case *api.TranslationSessionUpdated:
		s.last.Store(&e.Session)
	case *api.TranslationSessionClosed:
		end = true
		s.forgiven = CloseExpired // The server may let the session expire after it.
	case *api.ErrorEvent:
		s.first.refused(NewServerError(e))
	default:
	}
	err = s.in.push(arrival[api.TranslationServerEvent]{event: e, size: len(data)})
	if end {
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

// Send accepts an event for the server, as [Session.Send] does. A
// session.close is for Finish to send.
func (s *TranslationSession) Send(ctx context.Context, e api.TranslationClientEvent) error {
	if isNil(e) {
		return errNilEvent
	}
	if s.finishing.Load() {
		return ErrClosed
	}
	return s.send(ctx, e)
}

func (s *TranslationSession) send(ctx context.Context, e api.TranslationClientEvent) error {
	if err := ctx.Err(); err != nil {
		return ctxerr.Of(ctx)
	}
	if !s.o.SkipValidation {
		if err := validated(e); err != nil {
			return err
		}
	}
	buf := getFrame()
	_, err := s.ids.encode(buf, e, false)
	if err == nil {
		err = s.out.put(ctx, frame{buf: buf, kind: e.EventType()}, nil)
	}
	if err != nil {
		putBuffer(buf)
	}
	return err
}

// AppendAudio sends audio to be translated: 24 kHz mono PCM16, any amount.
func (s *TranslationSession) AppendAudio(ctx context.Context, audio []byte) error {
	return split(audio, func(chunk []byte) error {
		return s.Send(ctx, &api.TranslationInputAudioBufferAppend{Audio: chunk})
	})
}

// Recv waits for the next event, as [Session.Recv] does.
func (s *TranslationSession) Recv(ctx context.Context) (api.TranslationServerEvent, error) {
	return s.in.pop(ctx)
}

// Events is Recv as a loop, as [Session.Events] is.
func (s *TranslationSession) Events(ctx context.Context) iter.Seq2[api.TranslationServerEvent, error] {
	return eventLoop(ctx, s.in.pop)
}

// Current returns the session as the server last described it.
func (s *TranslationSession) Current() *api.TranslationSession { return s.last.Load() }

// Finish ends the translation without losing its tail: it sends session.close
// once, waits until the server has delivered what was left and session.closed,
// and closes. The receiver goes on receiving until then, and sees the end as
// [io.EOF]. Sending is over when Finish begins. If the session ends before
// session.closed, Finish returns why; if the context ends first, its cause,
// and the session is still open.
func (s *TranslationSession) Finish(ctx context.Context) error {
	var err error
	s.finish.Do(func() {
		s.finishing.Store(true)
		err = s.send(ctx, &api.TranslationSessionClose{})
	})
	if err != nil {
		return err
	}
	select {
	case <-s.closed:
		return s.Close()
	case <-s.done:
		if s.isClosed() {
			return s.Close()
		}
		return s.ended.Load().refusal
	case <-ctx.Done():
		return ctxerr.Of(ctx)
	}
}
