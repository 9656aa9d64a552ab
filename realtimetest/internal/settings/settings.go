// Package settings holds the configuration of a session: its defaults, the checks
// of an update, and how an update merges.
//
// [NewRealtime] and [NewTranscription] make a [Session], [Session.Update] changes
// it, and its other methods read it.
package settings

import (
	"slices"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audio"
	"github.com/voicelane/realtime-go/realtimetest/internal/speech"
)

// Session is the configuration of one session. Exactly one of Realtime and
// Transcription is not nil. A Session is not safe for concurrent use.
type Session struct {
	Realtime      *api.RealtimeSession
	Transcription *api.TranscriptionSession
	// InputRate is the rate of PCM input in Hz; 0 is 24000.
	InputRate int
	// Spoke is set once the model has spoken. The voice cannot change then.
	Spoke bool
}

// NewRealtime returns the defaults of a realtime session.
func NewRealtime(id, model string, expires int64) *Session {
	return &Session{Realtime: &api.RealtimeSession{
		ID: id, ExpiresAt: new(expires), Model: api.Model(model),
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
				TurnDetection:  serverVAD(true),
			},
			Output: &api.AudioOutput{Format: &api.AudioPCM{}, Voice: api.VoiceAlloy, Speed: new(1.0)},
		},
	}}
}

// NewTranscription returns the defaults of a transcription session.
func NewTranscription(id string, expires int64) *Session {
	return &Session{Transcription: &api.TranscriptionSession{
		ID: id, Object: "realtime.transcription_session", ExpiresAt: new(expires),
		Include: api.NullOf[[]api.Include](),
		Audio: &api.TranscriptionSessionAudio{Input: &api.TranscriptionSessionAudioInput{
			Format:         &api.AudioPCM{},
			Transcription:  api.NullOf[api.AudioTranscription](),
			NoiseReduction: api.NullOf[api.NoiseReduction](),
			TurnDetection:  serverVAD(false),
		}},
	}}
}

// NewTranslation returns the defaults of a translation session.
func NewTranslation(id, model string, expires int64) api.TranslationSession {
	return api.TranslationSession{
		ID: id, ExpiresAt: expires, Model: model,
		Audio: api.TranslationAudio{
			Input: &api.TranslationAudioInput{
				Transcription:  api.NullOf[api.TranslationTranscription](),
				NoiseReduction: api.NullOf[api.NoiseReduction](),
			},
			Output: &api.TranslationAudioOutput{Language: new("en")},
		},
	}
}

// serverVAD returns the defaults of detection by loudness. A transcription
// session has no members about responses.
func serverVAD(responses bool) *api.ServerVAD {
	vad := &api.ServerVAD{
		Threshold: new(speech.DefaultThreshold), PrefixPaddingMS: new(speech.DefaultPrefixMS), SilenceDurationMS: new(speech.DefaultSilenceMS),
	}
	if responses {
		vad.CreateResponse, vad.InterruptResponse, vad.IdleTimeoutMS = new(true), new(true), api.NullOf[int]()
	}
	return vad
}

// semanticVAD returns the defaults of detection by meaning.
func semanticVAD(responses bool) *api.SemanticVAD {
	vad := &api.SemanticVAD{Eagerness: new(api.SemanticVADEagernessAuto)}
	if responses {
		vad.CreateResponse, vad.InterruptResponse = new(true), new(true)
	}
	return vad
}

// Object returns the configuration as events show it. It changes with the next
// update.
func (s *Session) Object() api.Session {
	if s.Transcription != nil {
		return s.Transcription
	}
	return s.Realtime
}

// Input returns the settings of the input.
func (s *Session) Input() speech.Settings {
	if s.Transcription != nil {
		in := s.Transcription.Audio.Input
		return inputOf(in.Format, in.TurnDetection, false)
	}
	in := s.Realtime.Audio.Input
	set := inputOf(in.Format, in.TurnDetection, true)
	if s.InputRate > 0 && set.Format == audio.PCM24k {
		set.Format.Rate = s.InputRate
	}
	return set
}

// inputOf reads the settings of an input. vad is a turn detection of either kind
// of session. responses reports whether the session has responses.
func inputOf(format api.AudioFormat, vad any, responses bool) speech.Settings {
	set := speech.Settings{Format: FormatOf(format)}
	switch vad := vad.(type) {
	case *api.ServerVAD:
		set.Detect(vad.Threshold, vad.PrefixPaddingMS, vad.SilenceDurationMS)
		set.Respond, set.Interrupt = Or(vad.CreateResponse, true), Or(vad.InterruptResponse, true)
		set.IdleMS, _ = vad.IdleTimeoutMS.Get()
	case *api.SemanticVAD:
		set.Detect(nil, nil, new(silenceOf(vad.Eagerness)))
		set.Respond, set.Interrupt = Or(vad.CreateResponse, true), Or(vad.InterruptResponse, true)
	default: // Null: the client ends its turns itself.
	}
	if !responses {
		set.Respond, set.Interrupt, set.IdleMS = false, false, 0
	}
	return set
}

// silenceOf returns the silence in milliseconds that ends a turn with semantic
// VAD. The service weighs the words; the server uses the eagerness alone.
func silenceOf(e *api.SemanticVADEagerness) int {
	switch Or(e, api.SemanticVADEagernessAuto) {
	case api.SemanticVADEagernessHigh:
		return 300
	case api.SemanticVADEagernessLow:
		return 1200
	default:
		return 600
	}
}

// Modality returns the modality of responses.
func (s *Session) Modality() api.Modality {
	if len(s.Realtime.OutputModalities) > 0 {
		return s.Realtime.OutputModalities[0]
	}
	return api.ModalityAudio
}

// Transcribes reports whether the client wants transcripts of the user's speech.
func (s *Session) Transcribes() bool {
	if s.Transcription != nil {
		return true
	}
	_, ok := s.Realtime.Audio.Input.Transcription.Get()
	return ok
}

// Transcriber returns the model that transcribes, empty if none is set.
func (s *Session) Transcriber() api.TranscriptionModel {
	var set api.AudioTranscription
	if s.Transcription != nil {
		set, _ = s.Transcription.Audio.Input.Transcription.Get()
	} else {
		set, _ = s.Realtime.Audio.Input.Transcription.Get()
	}
	return Or(set.Model, "")
}

// Logprobs reports whether the client wants the probabilities of transcripts.
func (s *Session) Logprobs() bool {
	var include []api.Include
	if s.Transcription != nil {
		include, _ = s.Transcription.Include.Get()
	} else {
		include, _ = s.Realtime.Include.Get()
	}
	return slices.Contains(include, api.IncludeItemInputAudioTranscriptionLogprobs)
}

// VoiceName returns the name or id of a voice.
func VoiceName(v api.Voice) string {
	switch v := v.(type) {
	case api.VoiceName:
		return string(v)
	case *api.CustomVoice:
		return v.ID
	default:
		return ""
	}
}

// FormatOf returns the encoding of an audio format.
func FormatOf(f api.AudioFormat) audio.Format {
	switch f.(type) {
	case *api.AudioPCMU:
		return audio.MuLaw8k
	case *api.AudioPCMA:
		return audio.ALaw8k
	default: // AudioPCM: checkFormat refuses unknown formats.
		return audio.PCM24k
	}
}

// WireFormat returns the audio format of an encoding.
func WireFormat(f audio.Format) api.AudioFormat {
	switch f.Encoding {
	case audio.MuLaw:
		return &api.AudioPCMU{}
	case audio.ALaw:
		return &api.AudioPCMA{}
	default:
		return &api.AudioPCM{}
	}
}

// Or returns *p, or otherwise if p is nil.
func Or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
