package voice

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// Policy is what the user's voice does to sound that plays.
type Policy int

// The policies.
const (
	// StopAtSpeech stops the sound when the server, or the line itself, detects speech.
	StopAtSpeech Policy = iota
	// NeverStop lets the sound play on. Switch off interrupt_response as well, or the
	// server ends the response.
	NeverStop
)

// talk passes the events of the present session to the speaker and the microphone, and
// tells the server what was heard.
type talk struct {
	speaker *speaker
	mic     *mic
	policy  Policy
	log     *slog.Logger

	session  atomic.Pointer[realtime.Session]
	settings atomic.Pointer[turnSettings]
	telling  sync.WaitGroup // amendments under way
}

// turnSettings are the settings of a session that matter for turns.
type turnSettings struct {
	interrupts bool          // the server ends a response when the user speaks
	silence    time.Duration // that ends a turn
	texts      bool          // the user is transcribed
}

// turns returns the settings for turns, by default those of the service.
func (t *talk) turns() turnSettings {
	if s := t.settings.Load(); s != nil {
		return *s
	}
	return turnSettings{interrupts: true}
}

// describe notes the settings of a session.
func (t *talk) describe(s api.Session) {
	x, ok := s.(*api.RealtimeSession)
	if !ok || x.Audio == nil || x.Audio.Input == nil {
		return
	}
	set := turnSettings{interrupts: true}
	switch d := x.Audio.Input.TurnDetection.(type) {
	case *api.ServerVAD:
		set.interrupts = d.InterruptResponse == nil || *d.InterruptResponse
		set.silence = 500 * time.Millisecond
		if d.SilenceDurationMS != nil {
			set.silence = time.Duration(*d.SilenceDurationMS) * time.Millisecond
		}
	case *api.SemanticVAD:
		set.interrupts = d.InterruptResponse == nil || *d.InterruptResponse
	default:
	}
	_, set.texts = x.Audio.Input.Transcription.Get()
	t.settings.Store(&set)
	t.speaker.log(func(l *turnLog) { l.texts = set.texts })
}

// bargeIn stops the sound because the user speaks. The server needs no cancel if it ends
// the response by itself.
func (t *talk) bargeIn(ctx context.Context, cancelled bool) error {
	h, err := t.speaker.stop(ctx)
	if cancelled {
		h.cancel = nil
	}
	t.tell(ctx, h)
	if errors.Is(err, ErrLineEnded) {
		return nil // The reader notices the end.
	}
	return err
}

// clearInput gives up speech that the server holds open although the line is silent.
func (t *talk) clearInput(ctx context.Context) {
	t.log.Warn("the server holds speech open on a silent line: its input is cleared")
	_ = t.session.Load().Send(ctx, &api.InputAudioBufferClear{}) // The end of the session shows elsewhere.
}

// tellPatience bounds the wait for answers in the background.
const tellPatience = 5 * time.Second

// tell sends what the server must know of a stop, and waits for the answers in the
// background: refusals are logged.
func (t *talk) tell(ctx context.Context, h halted) {
	if h.empty() {
		return
	}
	requests, _ := t.send(ctx, t.session.Load(), h) // The end of a session shows elsewhere.
	t.telling.Go(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellPatience)
		defer cancel()
		_ = t.answers(ctx, requests)
	})
}

func (h *halted) empty() bool { return len(h.amendments)+len(h.cancel)+len(h.beside) == 0 }

// told is a request about a stop.
type told struct {
	*realtime.PendingRequest

	event string
}

// tellNow is tell for a caller that waits until the server has confirmed or refused.
func (t *talk) tellNow(ctx context.Context, h halted) error {
	requests, err := t.send(ctx, t.session.Load(), h)
	return errors.Join(err, t.answers(ctx, requests))
}

// send ends the responses that were stopped, and lets the conversation hold what was
// heard of them.
func (t *talk) send(ctx context.Context, s *realtime.Session, h halted) ([]told, error) {
	var requests []told
	for _, e := range h.events() {
		r, err := s.StartRequest(ctx, e)
		if err != nil {
			return requests, err
		}
		requests = append(requests, told{r, e.EventType()})
	}
	return requests, nil
}

// events returns what is sent: first what ends the growth of items.
func (h *halted) events() []api.ClientEvent {
	var events []api.ClientEvent
	for _, list := range [][]string{h.cancel, h.beside} {
		for _, id := range list {
			events = append(events, &api.ResponseCancel{ResponseID: &id})
		}
	}
	for _, a := range h.amendments {
		if a.end == 0 {
			events = append(events, &api.ConversationItemDelete{ItemID: a.item})
		} else {
			events = append(events, &api.ConversationItemTruncate{ItemID: a.item, ContentIndex: a.content, AudioEndMS: int(a.end.Milliseconds())})
		}
	}
	return events
}

// answers waits for the answers. A cancel that came too late has reached its aim, and so
// has a connection that took the responses with it.
func (t *talk) answers(ctx context.Context, requests []told) error {
	var errs []error
	for _, r := range requests {
		_, err := r.Wait(ctx)
		refused, ok := errors.AsType[*realtime.ServerError](err)
		switch {
		case err == nil, ok && refused.Code() == realtime.CodeCancelNotActive, errors.Is(err, realtime.ErrReplaced):
		case ok:
			t.log.Warn("the server refused to change what it holds of a stopped answer", "event", r.event, "code", refused.Code())
			errs = append(errs, err)
		default:
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
