package settings

import (
	"encoding/json"
	"fmt"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// Update checks and applies a session.update. It changes nothing if it returns an
// error.
func (s *Session) Update(change api.SessionConfig) *api.Error {
	if err := s.Check(change); err != nil {
		return err
	}
	return s.Apply(change)
}

// Check returns an error for what the session does not allow or the server does
// not simulate.
func (s *Session) Check(change api.SessionConfig) *api.Error {
	switch change := change.(type) {
	case *api.RealtimeSessionConfig:
		if s.Realtime == nil {
			return protocol.Error(protocol.CodeInvalidValue, "session.type", "this is a transcription session")
		}
		return s.checkRealtime(change)
	case *api.TranscriptionSessionConfig:
		if s.Transcription == nil {
			return protocol.Error(protocol.CodeInvalidValue, "session.type", "this is a realtime session")
		}
		if change.Audio == nil {
			return nil
		}
		return checkInput(change.Audio.Input)
	default:
		return NotSimulated("session.type", "kind of session")
	}
}

// Accepts reports whether a change is for the session's kind.
func (s *Session) Accepts(change api.SessionConfig) bool {
	switch change.(type) {
	case *api.RealtimeSessionConfig:
		return s.Realtime != nil
	case *api.TranscriptionSessionConfig:
		return s.Transcription != nil
	default:
		return false
	}
}

// Apply merges a change that [Session.Accepts] without a check.
func (s *Session) Apply(change api.SessionConfig) *api.Error {
	var err error
	switch change := change.(type) {
	case *api.RealtimeSessionConfig:
		// The model is set once.
		model := s.Realtime.Model
		err = merge(s.Realtime, change, true)
		if model != "" {
			s.Realtime.Model = model
		}
	case *api.TranscriptionSessionConfig:
		err = merge(s.Transcription, change, false)
	default:
		return NotSimulated("session.type", "kind of session")
	}
	return mergeError(err)
}

// ApplyTranslation merges a change into the configuration of a translation session.
func ApplyTranslation(s *api.TranslationSession, change json.Marshaler) *api.Error {
	return mergeError(merge(s, change, false))
}

// mergeError returns the error of a merge for the client. Values that have passed
// the decoder merge without an error.
func mergeError(err error) *api.Error {
	if err == nil {
		return nil
	}
	return protocol.Error("internal", "session", err.Error())
}

func (s *Session) checkRealtime(c *api.RealtimeSessionConfig) *api.Error {
	if c.Model != nil && s.Realtime.Model != "" && *c.Model != s.Realtime.Model {
		return protocol.Error(protocol.CodeInvalidValue, "session.model", "the model cannot change during a session")
	}
	if err := CheckModalities(c.OutputModalities, "session.output_modalities"); err != nil {
		return err
	}
	if c.Audio == nil {
		return nil
	}
	if err := checkInput(c.Audio.Input); err != nil {
		return err
	}
	out := c.Audio.Output
	if out == nil {
		return nil
	}
	if err := checkFormat(out.Format, "session.audio.output.format.type"); err != nil {
		return err
	}
	if out.Voice != nil && s.Spoke && VoiceName(out.Voice) != VoiceName(s.Realtime.Audio.Output.Voice) {
		return protocol.Error("cannot_update_voice", "session.audio.output.voice", "the voice cannot change after the model has spoken")
	}
	return nil
}

// checkInput refuses formats and kinds of turn detection that the server does not
// simulate.
func checkInput(in *api.AudioInput) *api.Error {
	if in == nil {
		return nil
	}
	if err := checkFormat(in.Format, "session.audio.input.format.type"); err != nil {
		return err
	}
	switch in.TurnDetection.(type) {
	case nil, api.Null, *api.ServerVAD, *api.SemanticVAD:
		return nil
	default:
		return NotSimulated("session.audio.input.turn_detection.type", "turn detection")
	}
}

// checkFormat refuses formats that [FormatOf] does not know.
func checkFormat(f api.AudioFormat, param string) *api.Error {
	switch f.(type) {
	case nil, *api.AudioPCM, *api.AudioPCMU, *api.AudioPCMA:
		return nil
	default:
		return NotSimulated(param, "format")
	}
}

// NotSimulated returns the error for a kind of something that the API offers and
// the server does not simulate.
func NotSimulated(param, what string) *api.Error {
	return protocol.Error(protocol.CodeNotSimulated, param, "this server does not simulate this "+what)
}

// CheckModalities returns an error unless m is absent or exactly one of text and
// audio.
func CheckModalities(m []api.Modality, param string) *api.Error {
	if m == nil {
		return nil
	}
	if len(m) != 1 {
		return protocol.Error(protocol.CodeInvalidValue, param, "a response has exactly one modality")
	}
	if m[0] != api.ModalityText && m[0] != api.ModalityAudio {
		return protocol.Error(protocol.CodeInvalidValue, param+"[0]", fmt.Sprintf("there is no modality %q", m[0]))
	}
	return nil
}
