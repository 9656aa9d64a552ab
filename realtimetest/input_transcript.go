package realtimetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audio"
	"github.com/voicelane/realtime-go/realtimetest/internal/speech"
)

// scriptState is the progress of one session in the script.
type scriptState struct {
	script     *Script
	heard      int               // Index in Heard of the next entry without a recording.
	spoken     int               // Spoken turns so far.
	used       []int             // How often each rule was used.
	recordings speech.Recordings // Those of Heard, by index.
}

func (s *scriptState) init(script *Script) {
	s.script = script
	s.used = make([]int, len(script.Rules))
	var recordings [][]byte
	for _, h := range script.Heard {
		recordings = append(recordings, h.Recording)
	}
	s.recordings = speech.NewRecordings(recordings)
}

// hear returns what a spoken turn says.
func (s *scriptState) hear(sound []byte, format audio.Format) Heard {
	s.spoken++
	if i, ok := s.recordings.Find(sound, format); ok {
		return s.script.Heard[i]
	}
	for s.heard < len(s.script.Heard) {
		h := s.script.Heard[s.heard]
		s.heard++
		if h.Recording == nil {
			return h
		}
	}
	return Heard{Text: fmt.Sprintf("Spoken turn %d, %.1f seconds.", s.spoken, format.Duration(len(sound)).Seconds())}
}

// transcribe sends the transcript of a spoken turn when its time has come.
func (s *session) transcribe(e *entry, heard Heard) {
	s.after(heard.Delay, func() {
		if heard.Failure != nil {
			s.emit(&api.ConversationItemInputAudioTranscriptionFailed{
				EventID: s.newID("event"), ItemID: e.id, Error: *heard.Failure,
			})
			return
		}
		probable := s.wantsLogprobs()
		for _, word := range words(heard.Text) {
			delta := &api.ConversationItemInputAudioTranscriptionDelta{
				EventID: s.newID("event"), ItemID: e.id, Delta: word, Obfuscation: new(obfuscation(word)),
			}
			if probable {
				delta.Logprobs = api.Value([]api.LogProb{logprob(word)})
			}
			s.emit(delta)
		}
		if s.diarizes() {
			s.sendSegments(e, heard)
		}
		s.transcribed(e, heard)
	})
}

func (s *session) transcribed(e *entry, heard Heard) {
	if m, ok := e.item.(*api.UserMessage); ok {
		with := *m
		with.Content = slices.Clone(m.Content)
		with.Content[0].Transcript = api.Value(heard.Text)
		e.item = &with
	}
	done := &api.ConversationItemInputAudioTranscriptionCompleted{
		EventID: s.newID("event"), ItemID: e.id, Transcript: heard.Text, Usage: s.transcriptionUsage(e, heard.Text),
	}
	if s.wantsLogprobs() {
		var all []api.LogProb
		for _, word := range words(heard.Text) {
			all = append(all, logprob(word))
		}
		done.Logprobs = api.Value(all)
	}
	if heard.Language != "" {
		done.Languages = []api.TranscriptionLanguage{{Code: heard.Language}}
	}
	s.emit(done)
}

// sendSegments tells who has said what. Times count from the turn's beginning.
func (s *session) sendSegments(e *entry, heard Heard) {
	segments := heard.Segments
	if len(segments) == 0 {
		segments = []Segment{{Text: heard.Text, End: e.format.Duration(len(e.sound))}}
	}
	for _, g := range segments {
		speaker := g.Speaker
		if speaker == "" {
			speaker = "A"
		}
		s.emit(&api.ConversationItemInputAudioTranscriptionSegment{
			EventID: s.newID("event"), ItemID: e.id, ID: s.newID("seg"), Text: g.Text, Speaker: speaker,
			Start: g.Start.Seconds(), End: g.End.Seconds(),
		})
	}
}

// diarizes reports whether the transcription model tells speakers apart.
func (s *session) diarizes() bool { return strings.Contains(string(s.transcriber()), "diarize") }

// transcriber is the model that transcribes.
func (s *session) transcriber() api.TranscriptionModel {
	var settings api.AudioTranscription
	if s.transcription != nil {
		settings, _ = s.transcription.Audio.Input.Transcription.Get()
	} else {
		settings, _ = s.config.Audio.Input.Transcription.Get()
	}
	return or(settings.Model, "")
}

// wantsLogprobs reports whether the client has asked for probabilities.
func (s *session) wantsLogprobs() bool {
	var include []api.Include
	if s.transcription != nil {
		include, _ = s.transcription.Include.Get()
	} else {
		include, _ = s.config.Include.Get()
	}
	return slices.Contains(include, api.IncludeItemInputAudioTranscriptionLogprobs)
}

// logprob makes up how sure the model was of a word: the longer, the less.
func logprob(word string) api.LogProb {
	p := api.LogProb{Token: word, Logprob: -float64(len(word)) / 100}
	for _, b := range []byte(word) {
		p.Bytes = append(p.Bytes, int(b))
	}
	return p
}

// words cuts text behind its spaces, so that the pieces make the text again.
func words(text string) []string {
	if text == "" {
		return nil
	}
	return strings.SplitAfter(text, " ")
}

// obfuscation is the padding with which the API hides how long a delta is.
func obfuscation(delta string) string {
	const size, filler = 16, "aZ3kQ9mXw2Lr7Tb5"
	return filler[:size-len(delta)%size]
}
