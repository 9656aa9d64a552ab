package realtime

import (
	"context"
	"fmt"
	"io"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/pace"
	"github.com/voicelane/realtime-go/internal/pending"
	"github.com/voicelane/realtime-go/socket"
)

// Request sends an event and waits for the first of the events that answer it, as
// [api.TranslationClientEventReplies] lists them: session.updated for session.update,
// session.closed for session.close. Its errors, its matching and its need for a receiver
// are those of [Session.Request]. After a session.close it returns [socket.ErrClosed].
func (s *TranslationSession) Request(ctx context.Context, e api.TranslationClientEvent) (api.TranslationServerEvent, error) {
	if isNil(e) {
		return nil, errNilEvent
	}
	c := translationCall(e)
	if c == nil {
		return nil, fmt.Errorf("%w: %s", ErrNoAnswer, e.EventType())
	}
	if s.finishing.Load() {
		return nil, socket.ErrClosed
	}
	c.Result = make(chan pending.Answer, 1)
	defer s.desk.forget(c)
	if err := s.accept(ctx, e, c, nil); err != nil {
		return nil, err
	}
	select {
	case r := <-c.Result:
		if r.Err != nil {
			return nil, r.Err
		}
		return matched(r.Event)
	case <-ctx.Done():
		return nil, ctxerr.Of(ctx)
	}
}

// Update changes the session's settings and waits until the server confirms them: absent
// members stay, null clears. Only the language of the output, and the transcription and
// the noise reduction of the input can change. It returns the whole session after the
// change.
func (s *TranslationSession) Update(ctx context.Context, change api.TranslationSessionChange) (*api.TranslationSession, error) {
	e, err := s.Request(ctx, &api.TranslationSessionUpdate{Session: change})
	if err != nil {
		return nil, err
	}
	updated, ok := e.(*api.TranslationSessionUpdated)
	if !ok {
		return nil, fmt.Errorf("realtime: session.update was answered by %s", e.EventType())
	}
	return &updated.Session, nil
}

// AppendAudio sends audio to be translated: 24 kHz mono PCM16 of any length. After a
// session.close it returns [socket.ErrClosed].
func (s *TranslationSession) AppendAudio(ctx context.Context, audio []byte) error {
	return pace.Split(audio, func(chunk []byte) error {
		return s.Send(ctx, &api.TranslationInputAudioBufferAppend{Audio: chunk})
	})
}

// AppendAudioFrom sends audio as fast as the reader returns it, as
// [Session.AppendAudioFrom] does.
func (s *TranslationSession) AppendAudioFrom(ctx context.Context, r io.Reader) (int64, error) {
	return streamAudio(ctx, r, s.AppendAudio)
}

// PaceAudio sends a recording as a microphone would, as [Session.PaceAudio] does. A
// translation takes [RatePCM] alone, and pieces of 200 ms suit it.
func (s *TranslationSession) PaceAudio(ctx context.Context, r io.Reader, p Pace) (int64, error) {
	return paceAudio(ctx, r, p, s.AppendAudio)
}

// translationCall returns the call for an event, or nil when nothing answers it. A
// translation's events are about nothing, and are answered in turn. The call of an event
// that was sent without waiting keeps its answer from those of others.
func translationCall(e api.TranslationClientEvent) *pending.Call {
	replies := api.TranslationClientEventReplies(e)
	if len(replies) == 0 {
		return nil
	}
	return &pending.Call{Kind: e.EventType(), Replies: replies, InTurn: true}
}

// translated shows an event of a translation to the desk, which matches the events of
// both protocols by the same rules.
type translated struct {
	api.UnknownServerEvent

	event api.TranslationServerEvent
}

func (t *translated) EventType() string { return t.event.EventType() }

// matchable returns an event as the desk takes it. Errors are the same in both protocols.
func matchable(e api.TranslationServerEvent) api.ServerEvent {
	if e, ok := e.(api.ServerEvent); ok {
		return e
	}
	return &translated{event: e}
}

// matched returns the event that the desk has matched.
func matched(e api.ServerEvent) (api.TranslationServerEvent, error) {
	if t, ok := e.(*translated); ok {
		return t.event, nil
	}
	return nil, fmt.Errorf("realtime: the request was answered by %s", e.EventType())
}
