package realtimetest

import (
	"fmt"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audio"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
	"github.com/voicelane/realtime-go/realtimetest/internal/speech"
)

// configure sets up the session as it is before any update.
func (s *session) configure() {
	life := s.cfg.SessionLife
	if life < 0 {
		life = defaultLife
	}
	expires := s.conn.started.Add(life).Unix()
	if s.target.translation {
		s.configureTranslation(expires)
		return
	}
	if s.target.transcription {
		s.transcription = &api.TranscriptionSession{
			ID: s.conn.id, Object: "realtime.transcription_session", ExpiresAt: new(expires),
			Include: api.NullOf[[]api.Include](),
			Audio: &api.TranscriptionSessionAudio{Input: &api.TranscriptionSessionAudioInput{
				Format:         &api.AudioPCM{},
				Transcription:  api.NullOf[api.AudioTranscription](),
				NoiseReduction: api.NullOf[api.NoiseReduction](),
			}},
		}
		s.transcription.Audio.Input.TurnDetection = s.serverVAD()
		s.input.Configure(s.inputSettings())
		return
	}
	s.config = &api.RealtimeSession{
		ID: s.conn.id, ExpiresAt: new(expires), Model: api.Model(s.target.model),
		OutputModalities: []api.Modality{api.ModalityAudio},
		Instructions:     new(""),
		Include:          api.NullOf[[]api.Include](),
		Tools:            []api.Tool{},
		ToolChoice:       api.ToolChoiceAuto,
		MaxOutputTokens:  api.TokenLimitInf,
		Truncation:       api.TruncationAuto,
		Tracing:          api.Null{},
		Prompt:           api.NullOf[api.Prompt](),
		Audio: &api.SessionAudio{
			Input: &api.AudioInput{
				Format:         &api.AudioPCM{},
				Transcription:  api.NullOf[api.AudioTranscription](),
				NoiseReduction: api.NullOf[api.NoiseReduction](),
				TurnDetection:  s.serverVAD(),
			},
			Output: &api.AudioOutput{Format: &api.AudioPCM{}, Voice: api.VoiceAlloy, Speed: new(1.0)},
		},
	}
	s.input.Configure(s.inputSettings())
}

// serverVAD returns the defaults of detection by loudness. A transcription session
// has no members about responses, as it makes none.
func (s *session) serverVAD() *api.ServerVAD {
	vad := &api.ServerVAD{
		Threshold: new(speech.DefaultThreshold), PrefixPaddingMS: new(speech.DefaultPrefixMS), SilenceDurationMS: new(speech.DefaultSilenceMS),
	}
	if s.transcription == nil {
		vad.CreateResponse, vad.InterruptResponse, vad.IdleTimeoutMS = new(true), new(true), api.NullOf[int]()
	}
	return vad
}

// semanticVAD returns the defaults of detection by what is said.
func (s *session) semanticVAD() *api.SemanticVAD {
	vad := &api.SemanticVAD{Eagerness: new(api.SemanticVADEagernessAuto)}
	if s.transcription == nil {
		vad.CreateResponse, vad.InterruptResponse = new(true), new(true)
	}
	return vad
}

// snapshot returns the whole session as the client may see it.
func (s *session) snapshot() api.Session {
	if s.transcription != nil {
		return s.transcription
	}
	return s.config
}

// update handles session.update.
func (s *session) update(e *api.SessionUpdate) *api.Error {
	var fault *api.Error
	switch config := e.Session.(type) {
	case *api.RealtimeSessionConfig:
		if s.config == nil {
			fault = protocol.Error(protocol.CodeInvalidValue, "session.type", "this is a transcription session")
			break
		}
		if fault = s.checkUpdate(config); fault == nil {
			s.mergeRealtime(config)
		}
	case *api.TranscriptionSessionConfig:
		if s.transcription == nil {
			fault = protocol.Error(protocol.CodeInvalidValue, "session.type", "this is a realtime session")
			break
		}
		if config.Audio != nil {
			fault = checkInput(config.Audio.Input)
		}
		if fault == nil {
			s.merge(s.transcription, config)
		}
	default:
		fault = protocol.Error(protocol.CodeNotSimulated, "session.type", "this server does not simulate this kind of session")
	}
	if fault != nil {
		return fault
	}
	s.input.Configure(s.inputSettings())
	s.emit(&api.SessionUpdated{EventID: s.newID("event"), Session: s.snapshot()})
	s.listMCP()
	return nil
}

// checkUpdate finds what a session does not allow to change, or not now.
func (s *session) checkUpdate(c *api.RealtimeSessionConfig) *api.Error {
	if c.Model != nil && s.config.Model != "" && *c.Model != s.config.Model {
		return protocol.Error(protocol.CodeInvalidValue, "session.model", "the model cannot change during a session")
	}
	if fault := checkModalities(c.OutputModalities, "session.output_modalities"); fault != nil {
		return fault
	}
	if c.Audio != nil {
		if fault := checkInput(c.Audio.Input); fault != nil {
			return fault
		}
	}
	if c.Audio != nil && c.Audio.Output != nil {
		if fault := checkFormat(c.Audio.Output.Format, "session.audio.output.format.type"); fault != nil {
			return fault
		}
	}
	if c.Audio != nil && c.Audio.Output != nil && c.Audio.Output.Voice != nil && s.spoke {
		if voiceName(c.Audio.Output.Voice) != voiceName(s.config.Audio.Output.Voice) {
			return protocol.Error("cannot_update_voice", "session.audio.output.voice", "the voice cannot change after the model has spoken")
		}
	}
	return nil
}

// checkInput refuses formats and kinds of turn detection that this server does not
// play.
func checkInput(in *api.AudioInput) *api.Error {
	if in == nil {
		return nil
	}
	if fault := checkFormat(in.Format, "session.audio.input.format.type"); fault != nil {
		return fault
	}
	switch in.TurnDetection.(type) {
	case nil, api.Null, *api.ServerVAD, *api.SemanticVAD:
		return nil
	default:
		return protocol.Error(protocol.CodeNotSimulated, "session.audio.input.turn_detection.type", "this server does not simulate this turn detection")
	}
}

// checkFormat refuses formats that this server does not play; see [formatOf].
func checkFormat(f api.AudioFormat, param string) *api.Error {
	switch f.(type) {
	case nil, *api.AudioPCM, *api.AudioPCMU, *api.AudioPCMA:
		return nil
	default:
		return protocol.Error(protocol.CodeNotSimulated, param, "this server does not simulate this format")
	}
}

// checkModalities holds the rule that a response is either text or speech.
func checkModalities(m []api.Modality, param string) *api.Error {
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

// voiceName returns the name or id of a voice.
func voiceName(v api.Voice) string {
	switch v := v.(type) {
	case api.VoiceName:
		return string(v)
	case *api.CustomVoice:
		return v.ID
	default:
		return ""
	}
}

// formatOf returns how the bytes of an audio format are written.
func formatOf(f api.AudioFormat) audio.Format {
	switch f.(type) {
	case *api.AudioPCMU:
		return audio.MuLaw8k
	case *api.AudioPCMA:
		return audio.ALaw8k
	default: // AudioPCM, since checkFormat lets nothing else in.
		return audio.PCM24k
	}
}

// modality returns the one in which responses are given.
func (s *session) modality() api.Modality {
	if len(s.config.OutputModalities) > 0 {
		return s.config.OutputModalities[0]
	}
	return api.ModalityAudio
}

// transcribes reports whether the client wants to read what the user says.
func (s *session) transcribes() bool {
	if s.transcription != nil {
		return true
	}
	_, ok := s.config.Audio.Input.Transcription.Get()
	return ok
}
