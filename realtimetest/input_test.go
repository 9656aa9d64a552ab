package realtimetest_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/realtimetest/internal/speech"
)

const withTranscription = `{"type":"session.update","session":{"type":"realtime","output_modalities":["text"],` +
	`"audio":{"input":{"transcription":{"model":"gpt-transcribe"}}}}}`

// turnEvents holds the events of a spoken turn before its response.
var turnEvents = []string{
	"input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed",
	"conversation.item.added", "conversation.item.done",
}

var transcriptEvents = []string{
	"conversation.item.input_audio_transcription.delta", "conversation.item.input_audio_transcription.completed",
}

func concat(lists ...[]string) []string {
	var out []string
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

func TestSpokenTurn(t *testing.T) {
	t.Parallel()
	question := sampleOf(t, "question")
	client, _ := start(t, &realtimetest.Config{Script: realtimetest.Script{
		Heard: []realtimetest.Heard{
			{Text: "Something else.", Recording: sampleOf(t, "interruption")},
			{Text: "What will the weather be like?", Recording: question, Language: "en"},
		},
		Rules: []realtimetest.Rule{{When: realtimetest.Said("weather"), Do: []realtimetest.Step{realtimetest.Say{Text: "Sunny."}}}},
	}})
	client.send(withTranscription)
	client.expect("session.updated")
	client.appendAudio(realtimetest.Silence(time.Second))
	client.appendAudio(question)
	client.appendAudio(realtimetest.Silence(time.Second))
	// The script's transcript has no delay, so it comes before the response.
	events := client.until("rate_limits.updated")
	assert.ElementsMatch(t, concat(turnEvents, transcriptEvents, textResponse), summaries(events))

	started := first[*api.InputAudioBufferSpeechStarted](t, events)
	stopped := first[*api.InputAudioBufferSpeechStopped](t, events)
	assert.InDelta(t, 1000-300, started.AudioStartMS, 200, "padding included")
	assert.InDelta(t, 1000+2680+500, stopped.AudioEndMS, 250, "silence included")
	item := as[*api.UserMessage](t, first[*api.ConversationItemAdded](t, events).Item)
	for _, id := range []string{stopped.ItemID, first[*api.InputAudioBufferCommitted](t, events).ItemID, *item.ID} {
		assert.Equal(t, started.ItemID, id)
	}
	done := first[*api.ConversationItemInputAudioTranscriptionCompleted](t, events)
	assert.Equal(t, "What will the weather be like?", done.Transcript)
	assert.Equal(t, "en", done.Languages[0].Code)
	charged := as[*api.TranscriptionDurationUsage](t, done.Usage)
	assert.InDelta(t, float64(stopped.AudioEndMS-started.AudioStartMS)/1000, charged.Seconds, 0.001, "gpt-transcribe is charged by time")
	assert.Equal(t, "Sunny.", first[*api.ResponseOutputTextDone](t, events).Text)

	client.sendEvent(&api.ConversationItemRetrieve{ItemID: started.ItemID})
	got := first[*api.ConversationItemRetrieved](t, client.expect("conversation.item.retrieved"))
	part := as[*api.UserMessage](t, got.Item).Content[0]
	assert.Equal(t, stopped.AudioEndMS-started.AudioStartMS, int(audio.PCM24k.Duration(len(part.Audio)).Milliseconds()))
	text, _ := part.Transcript.Get()
	assert.Equal(t, done.Transcript, text)
}

// TestSpeechThatMatchesNoRecording sends a recording that was 22,050 Hz in between: other
// samples than the script's, and the turn says why it has no text.
func TestSpeechThatMatchesNoRecording(t *testing.T) {
	t.Parallel()
	question := sampleOf(t, "question")
	var log bytes.Buffer
	client, _ := start(t, &realtimetest.Config{
		Script: realtimetest.Script{Heard: []realtimetest.Heard{{Text: "What will the weather be like?", Recording: question}}},
		Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	client.send(withTranscription)
	client.expect("session.updated")
	narrow := audio.PCM(22_050)
	client.appendAudio(speech.Convert(speech.Convert(question, audio.PCM24k, narrow), narrow, audio.PCM24k))
	client.appendAudio(realtimetest.Silence(time.Second))
	done := first[*api.ConversationItemInputAudioTranscriptionCompleted](t, client.until("rate_limits.updated"))
	assert.Regexp(t, `^Spoken turn 1, [\d.]+ seconds, none of the script's recordings\.$`, done.Transcript)
	assert.Equal(t, 1, strings.Count(log.String(), "such as that of a WAV of 22,050 Hz, does not match"))
}

func TestSpokenTurnInG711(t *testing.T) {
	t.Parallel()
	for name, format := range map[string]audio.Format{"audio/pcmu": audio.ULaw, "audio/pcma": audio.ALaw} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, _ := start(t, &realtimetest.Config{Script: realtimetest.Script{Heard: []realtimetest.Heard{{Text: "Hello."}}}})
			client.send(`{"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":{"type":"` + name + `"}},"output":{"format":{"type":"` + name + `"}}}}}`)
			client.expect("session.updated")
			sound := speech.Convert(append(sampleOf(t, "question"), realtimetest.Silence(time.Second)...), audio.PCM24k, format)
			for len(sound) > 0 { // 20 ms packets, as a phone line has them.
				n := min(160, len(sound))
				client.sendEvent(&api.InputAudioBufferAppend{Audio: sound[:n]})
				sound = sound[n:]
			}
			events := client.until("rate_limits.updated")
			assert.InDelta(t, 2680+500, first[*api.InputAudioBufferSpeechStopped](t, events).AudioEndMS, 250)
			assert.Equal(t, "You said: Hello.", first[*api.ResponseOutputAudioTranscriptDone](t, events).Transcript)
			var got []byte
			for _, d := range all[*api.ResponseOutputAudioDelta](events) {
				got = append(got, d.Delta...)
			}
			// 300 ms and 60 ms for each of the 16 characters.
			assert.Equal(t, 300+16*60, int(format.Duration(len(got)).Milliseconds()))
		})
	}
}

func TestTurnDetectionSettings(t *testing.T) {
	t.Parallel()
	set := func(turnDetection string) string {
		return `{"type":"session.update","session":{"type":"realtime","output_modalities":["text"],"audio":{"input":{"turn_detection":` + turnDetection + `}}}}`
	}
	for name, c := range map[string]struct {
		settings string
		want     []string
	}{
		"off":                    {set(`null`), nil},
		"threshold too high":     {set(`{"type":"server_vad","threshold":1}`), nil},
		"no response":            {set(`{"type":"server_vad","create_response":false}`), turnEvents},
		"more silence":           {set(`{"type":"server_vad","silence_duration_ms":3000}`), turnEvents[:1]},
		"semantic":               {set(`{"type":"semantic_vad"}`), concat(turnEvents, textResponse)},
		"semantic, low":          {set(`{"type":"semantic_vad","eagerness":"low"}`), turnEvents[:1]},
		"semantic without reply": {set(`{"type":"semantic_vad","eagerness":"high","create_response":false}`), turnEvents},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, _ := start(t, nil)
			client.send(c.settings)
			client.expect("session.updated")
			client.appendAudio(append(realtimetest.Tone(time.Second), realtimetest.Silence(time.Second)...))
			if len(c.want) > 0 {
				client.expect(c.want...)
			}
			client.quiet()
		})
	}
}

func TestManualTurn(t *testing.T) {
	t.Parallel()
	client, _ := start(t, &realtimetest.Config{Script: realtimetest.Script{Heard: []realtimetest.Heard{{Text: "One."}, {Text: "Two."}}}})
	client.send(`{"type":"session.update","session":{"type":"realtime","output_modalities":["text"],"audio":{"input":{"turn_detection":null}}}}`)
	client.expect("session.updated")

	client.appendAudio(realtimetest.Tone(90 * time.Millisecond))
	client.send(`{"type":"input_audio_buffer.commit"}`)
	client.expect("error input_audio_buffer_commit_empty")
	client.appendAudio(realtimetest.Tone(10 * time.Millisecond))
	client.send(`{"type":"input_audio_buffer.commit"}`)
	client.expect(turnEvents[2:]...)
	client.quiet() // A commit alone makes no response.

	client.send(respond)
	events := client.expect(textResponse...)
	assert.Equal(t, "You said: One.", first[*api.ResponseOutputTextDone](t, events).Text)
	client.appendAudio(realtimetest.Tone(time.Second))
	client.send(`{"type":"input_audio_buffer.clear"}`, `{"type":"input_audio_buffer.commit"}`)
	client.expect("input_audio_buffer.cleared", "error input_audio_buffer_commit_empty")
}

func TestTranscriptionFailure(t *testing.T) {
	t.Parallel()
	failure := &api.TranscriptionError{Type: "transcription_error", Code: api.Value("audio_unintelligible"), Message: "no words", Param: api.NullOf[string]()}
	client, _ := start(t, &realtimetest.Config{Script: realtimetest.Script{Heard: []realtimetest.Heard{{Failure: failure}}}})
	client.send(withTranscription)
	client.appendAudio(realtimetest.Tone(time.Second))
	client.send(`{"type":"input_audio_buffer.commit"}`)
	events := client.until("conversation.item.input_audio_transcription.failed")
	got := first[*api.ConversationItemInputAudioTranscriptionFailed](t, events)
	assert.Equal(t, first[*api.InputAudioBufferCommitted](t, events).ItemID, got.ItemID)
	assert.Equal(t, "no words", got.Error.Message)
}

func TestUnscriptedTurnsAreTellable(t *testing.T) {
	t.Parallel()
	client, _ := start(t, nil)
	client.send(textOnly)
	client.appendAudio(append(realtimetest.Tone(time.Second), realtimetest.Silence(time.Second)...))
	events := client.until("rate_limits.updated")
	assert.Equal(t, "You said: Spoken turn 1, 1.5 seconds.", first[*api.ResponseOutputTextDone](t, events).Text)
}

func TestTranscriptionSession(t *testing.T) {
	t.Parallel()
	srv := realtimetest.New(&realtimetest.Config{Script: realtimetest.Script{Heard: []realtimetest.Heard{{Text: "Take a note."}}}})
	t.Cleanup(srv.Close)
	client := dial(t, srv, "?intent=transcription", bearer("key"))
	created := as[*api.SessionCreated](t, client.read())
	require.IsType(t, &api.TranscriptionSession{}, created.Session)

	client.send(`{"type":"session.update","session":{"type":"transcription","audio":{"input":{"transcription":{"model":"gpt-transcribe","language":"en"},"turn_detection":{"type":"server_vad","silence_duration_ms":200}}}}}`)
	updated := as[*api.TranscriptionSession](t, first[*api.SessionUpdated](t, client.expect("session.updated")).Session)
	vad, ok := updated.Audio.Input.TurnDetection.(*api.ServerVAD)
	require.True(t, ok)
	assert.Equal(t, 200, *vad.SilenceDurationMS)
	assert.InDelta(t, 0.5, *vad.Threshold, 0, "kept")

	client.appendAudio(append(realtimetest.Tone(time.Second), realtimetest.Silence(300*time.Millisecond)...))
	events := client.expect(concat(turnEvents, transcriptEvents)...)
	assert.Equal(t, "Take a note.", first[*api.ConversationItemInputAudioTranscriptionCompleted](t, events).Transcript)
	client.send(respond, `{"type":"session.update","session":{"type":"realtime"}}`)
	client.expect("error invalid_value type", "error invalid_value session.type")
	client.send(`{"type":"session.update","session":{"type":"transcription","audio":{"input":{"turn_detection":null}}}}`)
	client.expect("session.updated")
	client.quiet()
}
