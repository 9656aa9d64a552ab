package restore

import (
	"context"
	"fmt"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/failure"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/socket"
)

// Translation is one attempt for a translation, which has no items: a new link is given
// the settings, and then the updates that have no answer.
type Translation struct {
	Link link.Link
	Out  *link.Outbox // writes beside the reading
	// Settings are those to restore; nil when they were never changed.
	Settings *api.TranslationSession
	// Updates returns the updates that have no answer. It runs after the settings.
	Updates func() [][]byte

	// Take handles a message as for any link, Show passes an event to the receiver alone,
	// and Refusal returns the error of a server that refuses the link.
	Take    func(data []byte) error
	Show    func(e api.TranslationServerEvent, data []byte) error
	Refusal func(e *api.ErrorEvent) error

	// Accepted is set when the server has accepted the settings.
	Accepted bool
}

// Run sends everything and waits for the answer to the settings.
func (r *Translation) Run(ctx context.Context) error {
	if err := r.await(true, func(e api.TranslationServerEvent) bool {
		_, created := e.(*api.TranslationSessionCreated)
		return created
	}); err != nil {
		return err
	}
	if r.Settings != nil {
		message, err := changeTo(r.Settings).AppendJSON(nil)
		if err != nil {
			return fmt.Errorf("realtime: restore: %w", err)
		}
		if err := r.put(ctx, message); err != nil {
			return err
		}
		if err := r.await(false, r.confirms); err != nil {
			return err
		}
	}
	for _, message := range r.Updates() {
		if err := r.put(ctx, message); err != nil {
			return err
		}
	}
	select {
	case <-r.Out.Settled():
		return nil
	case <-ctx.Done():
		return &socket.TransportError{Op: "restore", Err: context.Cause(ctx)}
	}
}

func (r *Translation) put(ctx context.Context, message []byte) error {
	return r.Out.Put(ctx, frameOf(message, "session.update"), nil)
}

// confirms reports whether an event answers the settings.
func (r *Translation) confirms(e api.TranslationServerEvent) bool {
	switch e := e.(type) {
	case *api.TranslationSessionUpdated:
		r.Accepted = true
		return true
	case *api.ErrorEvent:
		id, _ := e.Error.EventID.Get()
		return id == SettingsID
	default:
		return false
	}
}

// await reads until an event that is meant. That one is shown to the receiver and answers
// no request. Instead of a greeting an error refuses the link.
func (r *Translation) await(greeting bool, meant func(api.TranslationServerEvent) bool) error {
	for found := false; !found; {
		err := link.Read(r.Link, func(data []byte) error {
			e, err := api.DecodeTranslationServerEvent(data)
			if err == nil && failure.Reports(e) {
				if clean, repeated := failure.Clean(data, r.Link.Secrets()); repeated {
					data = clean
					e, err = api.DecodeTranslationServerEvent(data)
				}
			}
			if err != nil {
				return r.Take(data)
			}
			if found = meant(e); found {
				return r.Show(e, data)
			}
			if refusal, ok := e.(*api.ErrorEvent); ok && greeting {
				return r.Refusal(refusal)
			}
			return r.Take(data)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// changeTo returns the update that gives a new session the settings of an old one.
func changeTo(s *api.TranslationSession) *api.TranslationSessionUpdate {
	audio := &api.TranslationAudio{}
	if in := s.Audio.Input; in != nil {
		audio.Input = &api.TranslationAudioInput{Transcription: in.Transcription, NoiseReduction: in.NoiseReduction}
	}
	if out := s.Audio.Output; out != nil {
		audio.Output = &api.TranslationAudioOutput{Language: out.Language}
	}
	return &api.TranslationSessionUpdate{
		EventID: new(SettingsID), Session: api.TranslationSessionChange{Audio: audio},
	}
}
