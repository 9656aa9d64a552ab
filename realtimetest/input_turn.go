package realtimetest

import (
	"fmt"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audio"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
	"github.com/voicelane/realtime-go/realtimetest/internal/speech"
)

const (
	// minCommitMS is the least audio that can be committed.
	minCommitMS = 100
)

// inputSettings reads them from the session's configuration.
func (s *session) inputSettings() speech.Settings {
	if s.transcription != nil {
		in := s.transcription.Audio.Input
		set := speech.Settings{Format: formatOf(in.Format)}
		switch vad := in.TurnDetection.(type) {
		case *api.ServerVAD:
			set.Detect(vad.Threshold, vad.PrefixPaddingMS, vad.SilenceDurationMS)
		case *api.SemanticVAD:
			set.Detect(nil, nil, new(patience(vad.Eagerness)))
		default: // Null: the client ends its turns itself.
		}
		return set
	}
	in := s.config.Audio.Input
	set := speech.Settings{Format: formatOf(in.Format)}
	switch vad := in.TurnDetection.(type) {
	case *api.ServerVAD:
		set.Detect(vad.Threshold, vad.PrefixPaddingMS, vad.SilenceDurationMS)
		set.Respond, set.Interrupt = or(vad.CreateResponse, true), or(vad.InterruptResponse, true)
		set.IdleMS, _ = vad.IdleTimeoutMS.Get()
	case *api.SemanticVAD:
		set.Detect(nil, nil, new(patience(vad.Eagerness)))
		set.Respond, set.Interrupt = or(vad.CreateResponse, true), or(vad.InterruptResponse, true)
	default: // Null: the client ends its turns itself.
	}
	return set
}

// patience is the silence after which semantic VAD takes a turn to be over. The
// service weighs what was said; the rule here is its eagerness alone.
func patience(e *api.SemanticVADEagerness) int {
	switch or(e, api.SemanticVADEagernessAuto) {
	case api.SemanticVADEagernessHigh:
		return 300
	case api.SemanticVADEagernessLow:
		return 1200
	default:
		return 600
	}
}

func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// appendInput handles input_audio_buffer.append.
func (s *session) appendInput(e *api.InputAudioBufferAppend) *api.Error {
	if err := checkSound(e.Audio, s.input.Settings().Format); err != nil {
		return err
	}
	for _, edge := range s.input.Append(e.Audio) {
		if edge.Started {
			s.speechStarted(edge.At)
		} else {
			s.speechStopped(edge.At)
		}
	}
	s.input.Trim()
	return nil
}

// checkSound returns an error if sound cannot be appended.
func checkSound(sound []byte, format audio.Format) *api.Error {
	switch {
	case len(sound) == 0:
		return protocol.Error(protocol.CodeMissing, "audio", "the event holds no audio")
	case len(sound)%format.SampleSize() != 0:
		return protocol.Error(protocol.CodeInvalidValue, "audio", "the audio ends inside of a sample")
	}
	return nil
}

func (s *session) speechStarted(at int) {
	id := s.newID("item")
	start := s.input.Start(at, id)
	s.idle.Cancel()
	s.emit(&api.InputAudioBufferSpeechStarted{EventID: s.newID("event"), AudioStartMS: start, ItemID: id})
	if s.input.Settings().Interrupt {
		if r := s.active(); r != nil {
			s.cancel(r, api.ResponseStatusReasonTurnDetected)
		}
	}
}

func (s *session) speechStopped(at int) {
	id, sound := s.input.Stop(at)
	s.emit(&api.InputAudioBufferSpeechStopped{EventID: s.newID("event"), AudioEndMS: at, ItemID: id})
	s.commit(id, sound)
	if s.input.Settings().Respond && s.transcription == nil {
		if err := s.respond(nil); err != nil {
			s.fail(err, "")
		}
	}
}

// commitInput handles input_audio_buffer.commit.
func (s *session) commitInput() *api.Error {
	if ms := s.input.LengthMS(); ms < minCommitMS {
		message := fmt.Sprintf("the buffer holds %d ms of audio; a commit needs %d ms", ms, minCommitMS)
		return protocol.Error("input_audio_buffer_commit_empty", "", message)
	}
	id, sound := s.input.Clear()
	if id == "" {
		id = s.newID("item")
	}
	s.commit(id, sound)
	return nil
}

// clearInput handles input_audio_buffer.clear.
func (s *session) clearInput() {
	s.input.Clear()
	s.emit(&api.InputAudioBufferCleared{EventID: s.newID("event")})
}

// commit makes sound the user's next message.
func (s *session) commit(id string, sound []byte) {
	heard := s.script.hear(sound, s.input.Settings().Format)
	e := s.insertTurn(id, sound, heard)
	if s.transcribes() {
		s.transcribe(e, heard)
	}
}

// insertTurn adds a spoken message of the user to the conversation.
func (s *session) insertTurn(id string, sound []byte, heard Heard) *entry {
	part := api.UserContent{Type: api.UserContentTypeInputAudio, Transcript: api.NullOf[string]()}
	e := &entry{
		id: id, sound: sound, format: s.input.Settings().Format, heard: heard.Text, fresh: true,
		item: &api.UserMessage{
			ID: new(id), Object: objectItem(), Status: new(api.ItemStatusCompleted),
			Content: []api.UserContent{part},
		},
	}
	before, _ := s.items.insert(e, nil)
	s.emit(&api.InputAudioBufferCommitted{EventID: s.newID("event"), PreviousItemID: optionalID(before), ItemID: id})
	s.announce(e, before)
	return e
}

// clearOutput handles output_audio_buffer.clear, which only means something
// where the server plays the sound: in the calls that a sideband controls.
func (s *session) clearOutput() *api.Error {
	if s.target.callID == "" {
		return protocol.Error(protocol.CodeInvalidValue, "type", "output_audio_buffer.clear is for WebRTC and SIP calls")
	}
	id := ""
	if r := s.active(); r != nil {
		id = r.id
	}
	s.emit(&api.OutputAudioBufferCleared{EventID: s.newID("event"), ResponseID: id})
	return nil
}
