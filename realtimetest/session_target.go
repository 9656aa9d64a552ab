package realtimetest

import (
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
	"github.com/voicelane/realtime-go/realtimetest/internal/settings"
)

// Close codes with which the API refuses a connection after the handshake.
const (
	closeUnauthorized = 3000
	closeBadRequest   = 4000
)

// target is the session that a connection or a client secret asks for.
type target struct {
	model         string
	callID        string
	transcription bool
	translation   bool

	preset     api.SessionConfig             // Of a client secret or a call. May be nil.
	translated *api.TranslationSessionConfig // Of a secret for a translation session.
	phone      *PhoneCall                    // The call of callID. Not nil if that is set.
	call       *callSession                  // Of phone.
}

// withPreset returns the target with a preset, which chooses the kind of session
// and the model.
func (t target) withPreset(preset api.SessionConfig) target {
	t.preset = preset
	switch config := preset.(type) {
	case *api.TranscriptionSessionConfig:
		t.transcription = true
	case *api.RealtimeSessionConfig:
		if t.model == "" && config.Model != nil {
			t.model = string(*config.Model)
		}
	default: // None.
	}
	return t
}

// settings returns the configuration of the session before its preset.
func (t target) settings(id string, expires int64) *settings.Session {
	if t.transcription {
		return settings.NewTranscription(id, expires)
	}
	return settings.NewRealtime(id, t.model, expires)
}

// refusal is the error event and the close code of a refused connection.
type refusal struct {
	err  *api.Error
	code int
}

func refuse(code int, name, param, message string) *refusal {
	return &refusal{err: protocol.Error(name, param, message), code: code}
}
