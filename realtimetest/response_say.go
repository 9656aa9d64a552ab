package realtimetest

import (
	"slices"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/audio"
	"github.com/voicelane/realtime-go/realtimetest/internal/delta"
)

// action is a part of a step. A response can be cancelled between two actions.
type action struct {
	wait time.Duration // After the previous action.
	do   func()
	hang bool // No action follows.
}

// sayText returns the actions of a message in text.
func (r *response) sayText(say Say) []action {
	var o *output
	actions := []action{{do: func() { o = r.beginMessage(false) }}}
	for _, word := range delta.Words(say.Text) {
		actions = append(actions, action{do: func() {
			o.text += word
			o.entry.item = o.message(api.ItemStatusInProgress)
			r.emit(&api.ResponseOutputTextDelta{
				EventID: r.newID("event"), ResponseID: r.id, ItemID: o.entry.id, OutputIndex: o.index,
				Delta: word, Obfuscation: new(delta.Obfuscation(word)),
			})
			r.checkLimit()
		}})
	}
	return append(actions, action{do: func() { r.end(api.ItemStatusCompleted) }})
}

// saySpeech returns the actions of a message in audio. Each piece of audio follows
// the words that it begins.
func (r *response) saySpeech(say Say) []action {
	sound := say.Audio
	if sound == nil {
		sound = Tone(delta.SpeakingTime(say.Text))
	}
	sound = audio.Convert(sound, audio.PCM24k, r.format)
	size := max(r.format.Bytes(r.cfg.Chunk), r.format.SampleSize())
	chunks := slices.Collect(slices.Chunk(sound, size))
	text := delta.Words(say.Text)

	var o *output
	actions := []action{{do: func() {
		o = r.beginMessage(true)
		o.sound = sound
		r.settings.Spoke = true
		r.playedUntil = r.cfg.Clock.Now()
	}}}
	said := 0
	for i, chunk := range chunks {
		end := (len(text)*(i+1) + len(chunks) - 1) / len(chunks)
		with := text[said:end]
		said = end
		wait := time.Duration(0)
		if i > 0 {
			wait = r.cfg.sendTime(r.format.Duration(len(chunks[i-1])))
		}
		actions = append(actions, action{wait: wait, do: func() { r.sendSound(o, with, chunk) }})
	}
	if len(chunks) == 0 {
		actions = append(actions, action{do: func() { r.sendWords(o, text) }})
	}
	return append(actions, action{do: func() { r.end(api.ItemStatusCompleted) }})
}

func (r *response) sendSound(o *output, words []string, chunk []byte) {
	r.sendWords(o, words)
	o.sent += len(chunk)
	if !o.entry.truncated {
		o.entry.setSound(o.sound[:o.sent])
	}
	r.playedUntil = r.playedUntil.Add(r.format.Duration(len(chunk)))
	if r.phone != nil {
		r.play(chunk)
	} else {
		r.emit(&api.ResponseOutputAudioDelta{
			EventID: r.newID("event"), ResponseID: r.id, ItemID: o.entry.id, OutputIndex: o.index, Delta: chunk,
		})
	}
	r.checkLimit()
}

func (r *response) sendWords(o *output, words []string) {
	for _, word := range words {
		o.text += word
		r.emit(&api.ResponseOutputAudioTranscriptDelta{
			EventID: r.newID("event"), ResponseID: r.id, ItemID: o.entry.id, OutputIndex: o.index,
			Delta: word, Obfuscation: new(delta.Obfuscation(word)),
		})
	}
	if !o.entry.truncated {
		o.entry.item = o.message(api.ItemStatusInProgress)
	}
}

// play sends audio to the caller. On a call the sideband gets an event when the
// audio begins, and no audio.
func (r *response) play(chunk []byte) {
	if !r.playing {
		r.playing = true
		r.emit(&api.OutputAudioBufferStarted{EventID: r.newID("event"), ResponseID: r.id})
	}
	r.phone.hear(audio.Convert(chunk, r.format, audio.PCM24k))
}

// endPlayback sends the event for the end of the caller's audio.
func (r *response) endPlayback() {
	switch {
	case !r.playing:
	case r.status == api.ResponseStatusCancelled:
		r.emit(&api.OutputAudioBufferCleared{EventID: r.newID("event"), ResponseID: r.id})
	default:
		r.emit(&api.OutputAudioBufferStopped{EventID: r.newID("event"), ResponseID: r.id})
	}
}
