package realtimetest

import (
	"fmt"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audio"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

const (
	// minCommitMS is the least audio that can be committed.
	minCommitMS = 100
	// maxSilenceMS is how much silence the buffer keeps in front of speech that
	// VAD is waiting for; the rest could only be seen by a manual commit.
	maxSilenceMS = 30_000
)

// inputSettings are what a session's configuration means for its input.
type inputSettings struct {
	format    audio.Format
	vad       bool
	threshold float64
	prefixMS  int
	silenceMS int
	respond   bool // A response follows the end of speech.
	interrupt bool // Speech cancels the response in progress.
	idleMS    int  // 0 is off.
}

// inputBuffer holds the audio that has not been committed. Its times are those
// of the stream: milliseconds of all audio appended in the session.
type inputBuffer struct {
	inputSettings
	data     []byte
	startMS  int // Where format began.
	dropped  int // Bytes of format that are no longer in data.
	detector *detector
	originMS int    // Where the detector began.
	speechID string // The item that the speech in progress will be.
	samples  []int16
}

// configure applies settings. The audio in the buffer stays.
func (b *inputBuffer) configure(set inputSettings) {
	if set.format != b.format {
		// What is left in another format cannot go on in this one.
		b.startMS, b.dropped, b.data = b.endMS(), 0, nil
		b.detector = nil
	}
	if !set.vad {
		b.detector, b.speechID = nil, ""
	}
	b.inputSettings = set
	if !set.vad {
		return
	}
	if b.detector == nil {
		b.detector = &detector{rate: set.format.Rate}
		b.originMS, b.speechID = b.endMS(), ""
	}
	b.detector.threshold, b.detector.silenceMS = set.threshold, set.silenceMS
}

// endMS is the stream time at the end of the buffer.
func (b *inputBuffer) endMS() int { return b.startMS + b.format.Milliseconds(b.dropped+len(b.data)) }

// beginMS is the stream time of the first byte in the buffer.
func (b *inputBuffer) beginMS() int { return b.startMS + b.format.Milliseconds(b.dropped) }

// offset is the place in data of a stream time.
func (b *inputBuffer) offset(ms int) int {
	return min(max(b.format.Bytes(msDuration(ms-b.startMS))-b.dropped, 0), len(b.data))
}

// take removes and returns the first n bytes.
func (b *inputBuffer) take(n int) []byte {
	taken := append([]byte(nil), b.data[:n]...)
	b.drop(n)
	return taken
}

func (b *inputBuffer) drop(n int) {
	b.data = append(b.data[:0], b.data[n:]...)
	b.dropped += n
}

// inputSettings reads them from the session's configuration.
func (s *session) inputSettings() inputSettings {
	if s.transcription != nil {
		in := s.transcription.Audio.Input
		set := inputSettings{format: formatOf(in.Format)}
		switch vad := in.TurnDetection.(type) {
		case *api.ServerVAD:
			set.detect(vad.Threshold, vad.PrefixPaddingMS, vad.SilenceDurationMS)
		case *api.SemanticVAD:
			set.detect(nil, nil, new(patience(vad.Eagerness)))
		default: // Null: the client ends its turns itself.
		}
		return set
	}
	in := s.config.Audio.Input
	set := inputSettings{format: formatOf(in.Format)}
	switch vad := in.TurnDetection.(type) {
	case *api.ServerVAD:
		set.detect(vad.Threshold, vad.PrefixPaddingMS, vad.SilenceDurationMS)
		set.respond, set.interrupt = or(vad.CreateResponse, true), or(vad.InterruptResponse, true)
		set.idleMS, _ = vad.IdleTimeoutMS.Get()
	case *api.SemanticVAD:
		set.detect(nil, nil, new(patience(vad.Eagerness)))
		set.respond, set.interrupt = or(vad.CreateResponse, true), or(vad.InterruptResponse, true)
	default: // Null: the client ends its turns itself.
	}
	return set
}

func (set *inputSettings) detect(threshold *float64, prefixMS, silenceMS *int) {
	set.vad = true
	set.threshold = or(threshold, defaultThreshold)
	set.prefixMS = max(or(prefixMS, defaultPrefixMS), 0)
	set.silenceMS = max(or(silenceMS, defaultSilenceMS), frameMS)
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
	b := &s.input
	if fault := b.check(e.Audio); fault != nil {
		return fault
	}
	b.data = append(b.data, e.Audio...)
	if b.detector == nil {
		return nil
	}
	b.samples = b.format.AppendSamples(b.samples[:0], e.Audio)
	for _, edge := range b.detector.feed(b.samples) {
		at := b.originMS + edge.at
		if edge.started {
			s.speechStarted(at)
		} else {
			s.speechStopped(at)
		}
	}
	if b.speechID == "" {
		if extra := b.endMS() - b.beginMS() - maxSilenceMS; extra > 0 {
			b.drop(b.offset(b.beginMS() + extra))
		}
	}
	return nil
}

// check says what is wrong with the sound of an append.
func (b *inputBuffer) check(sound []byte) *api.Error {
	switch {
	case len(sound) == 0:
		return protocol.Error(protocol.CodeMissing, "audio", "the event holds no audio")
	case len(sound)%b.format.SampleSize() != 0:
		return protocol.Error(protocol.CodeInvalidValue, "audio", "the audio ends inside of a sample")
	}
	return nil
}

func (s *session) speechStarted(at int) {
	b := &s.input
	start := max(at-b.prefixMS, b.beginMS())
	b.drop(b.offset(start))
	b.speechID = s.newID("item")
	s.idle.cancel()
	s.emit(&api.InputAudioBufferSpeechStarted{EventID: s.newID("event"), AudioStartMS: start, ItemID: b.speechID})
	if b.interrupt {
		if r := s.active(); r != nil {
			s.cancel(r, api.ResponseStatusReasonTurnDetected)
		}
	}
}

func (s *session) speechStopped(at int) {
	b := &s.input
	id := b.speechID
	b.speechID = ""
	s.emit(&api.InputAudioBufferSpeechStopped{EventID: s.newID("event"), AudioEndMS: at, ItemID: id})
	s.commit(id, b.take(b.offset(at)))
	if b.respond && s.transcription == nil {
		if fault := s.respond(nil); fault != nil {
			s.fail(fault, "")
		}
	}
}

// commitInput handles input_audio_buffer.commit.
func (s *session) commitInput() *api.Error {
	b := &s.input
	if ms := b.format.Milliseconds(len(b.data)); ms < minCommitMS {
		message := fmt.Sprintf("the buffer holds %d ms of audio; a commit needs %d ms", ms, minCommitMS)
		return protocol.Error("input_audio_buffer_commit_empty", "", message)
	}
	id := b.speechID
	if id == "" {
		id = s.newID("item")
	}
	b.speechID = ""
	if b.detector != nil {
		b.detector.reset()
	}
	s.commit(id, b.take(len(b.data)))
	return nil
}

func (s *session) clearInput() {
	b := &s.input
	b.drop(len(b.data))
	b.speechID = ""
	if b.detector != nil {
		b.detector.reset()
	}
	s.emit(&api.InputAudioBufferCleared{EventID: s.newID("event")})
}

// commit makes sound the user's next message.
func (s *session) commit(id string, sound []byte) {
	heard := s.script.hear(sound, s.input.format)
	e := s.insertTurn(id, sound, heard)
	if s.transcribes() {
		s.transcribe(e, heard)
	}
}

// insertTurn adds a spoken message of the user to the conversation.
func (s *session) insertTurn(id string, sound []byte, heard Heard) *entry {
	part := api.UserContent{Type: api.UserContentTypeInputAudio, Transcript: api.NullOf[string]()}
	e := &entry{
		id: id, sound: sound, format: s.input.format, heard: heard.Text, fresh: true,
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
