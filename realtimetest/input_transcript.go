package realtimetest

import (
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/delta"
	"github.com/voicelane/realtime-go/realtimetest/internal/settings"
	"github.com/voicelane/realtime-go/realtimetest/internal/usage"
)

// transcriber sends the transcripts of the user's spoken turns. It belongs to the
// session's goroutine.
type transcriber struct {
	*core
	settings *settings.Session
}

// transcribe sends the transcript of a turn after its delay.
func (t *transcriber) transcribe(e *entry, heard Heard) {
	t.after(heard.Delay, func() {
		if heard.Failure != nil {
			t.emit(&api.ConversationItemInputAudioTranscriptionFailed{
				EventID: t.newID("event"), ItemID: e.id, Error: *heard.Failure,
			})
			return
		}
		logprobs := t.settings.Logprobs()
		for _, word := range delta.Words(heard.Text) {
			piece := &api.ConversationItemInputAudioTranscriptionDelta{
				EventID: t.newID("event"), ItemID: e.id, Delta: word, Obfuscation: new(delta.Obfuscation(word)),
			}
			if logprobs {
				piece.Logprobs = api.Value([]api.LogProb{logprob(word)})
			}
			t.emit(piece)
		}
		if strings.Contains(string(t.settings.Transcriber()), "diarize") {
			t.sendSegments(e, heard)
		}
		t.complete(e, heard)
	})
}

// complete writes the transcript into the item and sends it.
func (t *transcriber) complete(e *entry, heard Heard) {
	if m, ok := e.item.(*api.UserMessage); ok {
		with := *m
		with.Content = slices.Clone(m.Content)
		with.Content[0].Transcript = api.Value(heard.Text)
		e.item = &with
	}
	done := &api.ConversationItemInputAudioTranscriptionCompleted{
		EventID: t.newID("event"), ItemID: e.id, Transcript: heard.Text,
		Usage: usage.Transcription(t.settings.Transcriber(), e.format.Duration(e.length), heard.Text),
	}
	if t.settings.Logprobs() {
		var all []api.LogProb
		for _, word := range delta.Words(heard.Text) {
			all = append(all, logprob(word))
		}
		done.Logprobs = api.Value(all)
	}
	if heard.Language != "" {
		done.Languages = []api.TranscriptionLanguage{{Code: heard.Language}}
	}
	t.emit(done)
}

// sendSegments sends the segments of the speakers.
func (t *transcriber) sendSegments(e *entry, heard Heard) {
	segments := heard.Segments
	if len(segments) == 0 {
		segments = []Segment{{Text: heard.Text, End: e.format.Duration(e.length)}}
	}
	for _, g := range segments {
		speaker := g.Speaker
		if speaker == "" {
			speaker = "A"
		}
		t.emit(&api.ConversationItemInputAudioTranscriptionSegment{
			EventID: t.newID("event"), ItemID: e.id, ID: t.newID("seg"), Text: g.Text, Speaker: speaker,
			Start: g.Start.Seconds(), End: g.End.Seconds(),
		})
	}
}

// logprob returns a made-up probability of a word: longer words have lower ones.
func logprob(word string) api.LogProb {
	p := api.LogProb{Token: word, Logprob: -float64(len(word)) / 100}
	for _, b := range []byte(word) {
		p.Bytes = append(p.Bytes, int(b))
	}
	return p
}
