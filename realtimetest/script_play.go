package realtimetest

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/realtimetest/internal/speech"
)

// scriptState is the progress of one session in the script. It belongs to the
// session's goroutine.
type scriptState struct {
	script     *Script
	log        *slog.Logger
	heard      int               // Index in Heard of the next entry without a recording.
	spoken     int               // Spoken turns so far.
	used       []int             // How often each rule was used.
	recordings speech.Recordings // Those of Heard, by index.
}

func newScriptState(script *Script, log *slog.Logger) *scriptState {
	s := &scriptState{script: script, log: log, used: make([]int, len(script.Rules))}
	var recordings [][]byte
	for _, h := range script.Heard {
		recordings = append(recordings, h.Recording)
	}
	s.recordings = speech.NewRecordings(recordings)
	return s
}

// hear returns the entry of Heard for a spoken turn.
func (s *scriptState) hear(sound []byte, format audio.Format) Heard {
	s.spoken++
	if i, ok := s.recordings.Find(sound, format); ok {
		return s.script.Heard[i]
	}
	if s.script.Listen != nil {
		return s.script.Listen()
	}
	for s.heard < len(s.script.Heard) {
		h := s.script.Heard[s.heard]
		s.heard++
		if h.Recording == nil {
			return h
		}
	}
	length := format.Duration(len(sound)).Seconds()
	if !s.recordings.Empty() {
		s.log.Warn("a spoken turn contains none of the recordings of Script.Heard: they are compared sample by sample, "+
			"so that sound that another resampler has converted, such as that of a WAV of 22,050 Hz, does not match. "+
			"Give the script the 24 kHz PCM16 that the client sends", "turn", s.spoken, "seconds", length, "format", format)
		return Heard{Text: fmt.Sprintf("Spoken turn %d, %.1f seconds, none of the script's recordings.", s.spoken, length)}
	}
	return Heard{Text: fmt.Sprintf("Spoken turn %d, %.1f seconds.", s.spoken, length)}
}

// noRule is the index of the echo, which no rule defines.
const noRule = -1

// answer returns the steps of the response to a turn, and the index of their rule. A rule
// without a limit sees the turn that view returns for it.
func (s *scriptState) answer(t *Turn, view func(rule int) *Turn) (steps []Step, rule int) {
	for i, rule := range s.script.Rules {
		seen := t
		if rule.Times == 0 {
			seen = view(i)
		}
		if rule.Times > 0 && s.used[i] >= rule.Times || rule.When != nil && !rule.When(seen) {
			continue
		}
		s.used[i]++
		if rule.Answer != nil {
			return rule.Answer(seen), i
		}
		return rule.Do, i
	}
	return []Step{echoTurn(t)}, noRule
}

// echoTurn returns the response to a turn without a rule.
func echoTurn(t *Turn) Step {
	switch {
	case len(t.Results) > 0:
		var outputs []string
		for _, r := range t.Results {
			outputs = append(outputs, r.Output)
		}
		return Say{Text: "The answer is: " + strings.Join(outputs, ", ")}
	case t.Text != "":
		return Say{Text: "You said: " + t.Text}
	}
	return Say{Text: "I am listening."}
}
