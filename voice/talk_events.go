package voice

import (
	"context"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/byname"
	"github.com/voicelane/realtime-go/realtime"
)

// handler handles the events of one name for any bridge.
type handler = byname.Entry[func(ctx context.Context, t *talk, e api.ServerEvent) error]

// on returns a handler for the events of one type.
func on[T any, E interface {
	*T
	api.ServerEvent
}](h func(ctx context.Context, t *talk, e E) error,
) handler {
	return handler{Name: E(new(T)).EventType(), Value: func(ctx context.Context, t *talk, e api.ServerEvent) error {
		if e, ok := e.(E); ok { // A wire name does not prove a type.
			return h(ctx, t, e)
		}
		return nil
	}}
}

// quietly is on for a handler that cannot fail.
func quietly[T any, E interface {
	*T
	api.ServerEvent
}](h func(t *talk, e E),
) handler {
	return on(func(_ context.Context, t *talk, e E) error { h(t, e); return nil })
}

// handlers are those of all bridges, by name: a closure for each name would be several KB of
// every bridge. Sound has a handler of its own.
var handlers = byname.Table(sessionHandlers(), userHandlers(), modelHandlers())

// attach registers the handlers.
func (t *talk) attach(m *realtime.Mux) {
	handle := t.handle // Made once.
	for name := range handlers {
		m.Handle(name, handle)
	}
	realtime.OnAudio(m, t.sound)
}

// handle passes the events of the present session to their handlers.
func (t *talk) handle(ctx context.Context, s *realtime.Session, e api.ServerEvent) error {
	h, ok := handlers[api.CanonicalServerEventType(e.EventType())]
	if !ok || s != t.session.Load() {
		return nil
	}
	return h(ctx, t, e)
}

func (t *talk) sound(ctx context.Context, s *realtime.Session, e *api.ResponseOutputAudioDelta) error {
	if s != t.session.Load() {
		return nil
	}
	if a, ok := t.speaker.add(e); ok {
		t.tell(ctx, halted{amendments: []amendment{a}})
	}
	return nil
}

// sessionHandlers follow the session and what the server holds.
func sessionHandlers() []handler {
	return []handler{
		quietly(func(t *talk, e *api.SessionCreated) { t.describe(e.Session) }),
		quietly(func(t *talk, e *api.SessionUpdated) { t.describe(e.Session) }),
		quietly(func(t *talk, e *api.ConversationItemTruncated) {
			t.speaker.kept(e.ItemID, e.ContentIndex, e.AudioEnd())
		}),
		quietly(func(t *talk, e *api.ConversationItemDeleted) { t.speaker.kept(e.ItemID, 0, 0) }),
		quietly(func(t *talk, _ *realtime.Reconnecting) {
			t.mic.turn.end()
			t.speaker.outage()
		}),
		quietly(func(t *talk, e *realtime.Reconnected) {
			t.speaker.outage()
			t.mic.reconnected(e.AudioSent)
		}),
	}
}

// userHandlers follow what the user does.
func userHandlers() []handler {
	return []handler{
		on(func(ctx context.Context, t *talk, _ *api.InputAudioBufferSpeechStarted) error {
			t.mic.turn.begin()
			if t.policy == NeverStop {
				return nil
			}
			return t.bargeIn(ctx, t.turns().interrupts)
		}),
		quietly(func(t *talk, _ *api.InputAudioBufferCleared) { t.mic.turn.end() }),
		quietly(func(t *talk, e *api.InputAudioBufferSpeechStopped) {
			t.mic.turn.end()
			word := t.mic.when(e.AudioEnd() - t.turns().silence)
			t.speaker.log(func(l *turnLog) { l.paused = word })
		}),
		quietly(func(t *talk, e *api.InputAudioBufferCommitted) {
			t.mic.turn.end()
			t.speaker.log(func(l *turnLog) { l.committed(time.Now(), e.ItemID) })
		}),
		quietly(func(t *talk, e *api.ConversationItemInputAudioTranscriptionCompleted) {
			t.speaker.log(func(l *turnLog) { l.transcribed(e.ItemID, e.Transcript) })
		}),
		quietly(func(t *talk, e *api.ConversationItemInputAudioTranscriptionFailed) {
			t.speaker.log(func(l *turnLog) { l.transcribed(e.ItemID, "") })
		}),
	}
}

// modelHandlers follow what the model says.
func modelHandlers() []handler {
	return []handler{
		quietly(func(t *talk, e *api.ResponseCreated) { t.speaker.created(&e.Response) }),
		quietly(func(t *talk, e *api.ResponseOutputAudioTranscriptDelta) {
			t.speaker.transcript(e.ResponseID, e.ItemID, e.ContentIndex, e.Delta, false)
		}),
		quietly(func(t *talk, e *api.ResponseOutputAudioTranscriptDone) {
			t.speaker.transcript(e.ResponseID, e.ItemID, e.ContentIndex, e.Transcript, true)
		}),
		quietly(func(t *talk, e *api.ResponseOutputAudioDone) {
			t.speaker.complete(e.ResponseID, e.ItemID, e.ContentIndex)
		}),
		quietly(func(t *talk, e *api.ResponseDone) { t.speaker.done(&e.Response) }),
	}
}
