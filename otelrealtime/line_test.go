package otelrealtime

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/socket"
	"github.com/voicelane/realtime-go/voice"
)

// TestAnAnswerThatIsInterrupted: the user speaks into an answer of ten seconds.
func TestAnAnswerThatIsInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newObservatory(t, Options{})
		_, s, observed := x.connect(t, realtimetest.Script{Rules: []realtimetest.Rule{
			{Times: 1, Do: []realtimetest.Step{realtimetest.Say{Text: "A long story.", Audio: realtimetest.Tone(10 * time.Second)}}},
			{Do: []realtimetest.Step{realtimetest.Say{Text: "Yes?", Audio: realtimetest.Tone(time.Second)}}},
		}}, realtime.Options{})
		line := voice.NewSimLine(audio.PCM24k, audio.PCM24k)
		bridge, err := voice.NewBridge(s, line, nil)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		turns, ran := make(chan int), make(chan error, 1)
		go func() {
			n := 0
			for turn, err := range bridge.Turns(ctx) {
				if err != nil {
					break
				}
				observed.Turn(turn)
				n++
			}
			turns <- n
		}()
		go func() { ran <- bridge.Run(ctx) }()
		for range 2 {
			require.NoError(t, line.Speak(ctx, realtimetest.Tone(2*time.Second)))
			time.Sleep(5 * time.Second)
		}
		time.Sleep(20 * time.Second)
		line.Leave()
		require.NoError(t, <-ran)
		cancel()
		require.NoError(t, s.Close())
		require.Equal(t, 2, <-turns)

		got := x.sums(t)
		model := "gen_ai.provider.name=openai,gen_ai.request.model=gpt-realtime-2.1"
		assert.Equal(t, "1", got["realtime.interruptions "+model])
		assert.Equal(t, "2", got["realtime.turns "+model])
		assert.Contains(t, got["realtime.turn.first_sound "+model], "2: ")
		assert.Contains(t, got["realtime.turn.first_heard "+model], "2: ")
		unheard := got["realtime.interruption.unheard "+model]
		require.Contains(t, unheard, "1: ")
		seconds := number(t, strings.TrimPrefix(unheard, "1: "))
		assert.Greater(t, seconds, 4.0, "of ten seconds the user heard some")
		assert.Less(t, seconds, 9.0)
		tree := x.tree()
		assert.Equal(t, 1, strings.Count(tree, "realtime.turn.cut = true"))
		assert.Equal(t, 1, strings.Count(tree, "! realtime.interrupted"))
	})
}

// TestAudioCostsNothing: a run that is not the first of its response allocates nothing.
func TestAudioCostsNothing(t *testing.T) {
	x := newObservatory(t, Options{})
	s := x.Observe(t.Context())
	tap := s.Tap()
	tap.Received(&api.SessionCreated{Session: &api.RealtimeSession{Model: "gpt-realtime-2.1"}}, nil, nil)
	tap.Received(&api.ResponseCreated{Response: api.Response{ID: "resp_1"}}, nil, nil)
	run := realtime.AudioRun{ResponseID: "resp_1", First: time.Now()}
	tap.Audio(run)
	append20 := []byte(`{"type":"input_audio_buffer.append"}`)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		tap.Audio(run)
		tap.Sending("input_audio_buffer.append", append20)
		tap.Sent("input_audio_buffer.append", len(append20), socket.Written)
	}))
	tap.Ended(nil)
}

// TestTheFirstSoundIsTimedWhenItArrived has it passed on later.
func TestTheFirstSoundIsTimedWhenItArrived(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newObservatory(t, Options{})
		tap := x.Observe(t.Context()).Tap()
		tap.Received(&api.InputAudioBufferSpeechStopped{}, nil, nil)
		time.Sleep(time.Second)
		tap.Received(&api.ResponseCreated{Response: api.Response{ID: "resp_1"}}, nil, nil)
		time.Sleep(250 * time.Millisecond)
		run := realtime.AudioRun{ResponseID: "resp_1", First: time.Now()}
		time.Sleep(30 * time.Second)
		tap.Audio(run)
		tap.Ended(nil)
		got := x.sums(t)
		model := " gen_ai.provider.name=openai,gen_ai.request.model="
		assert.Equal(t, "1: 0.250 s", got[metricFirstChunk+model])
		assert.Equal(t, "1: 1.250 s", got["realtime.turn.first_sound"+model])
	})
}

func BenchmarkAudioRun(b *testing.B) {
	x := newObservatory(b, Options{})
	tap := x.Observe(b.Context()).Tap()
	run := realtime.AudioRun{ResponseID: "resp_1"}
	b.ReportAllocs()
	for b.Loop() {
		tap.Audio(run)
	}
}
