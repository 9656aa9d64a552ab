package realtimetest_test

import (
	"bytes"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/realtimetest/internal/speech"
)

// A caller's sound comes in frames, and so does what the caller hears: conversion to and
// from G.711 must not depend on where they are cut.
func TestACallInG711IsHeardInFrames(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		answer := realtimetest.Tone(2 * time.Second)
		r := newREST(t, &realtimetest.Config{Script: realtimetest.Script{
			Heard: []realtimetest.Heard{{Text: "Unknown."}, {Text: "The question.", Recording: sampleOf(t, "question")}},
			Rules: []realtimetest.Rule{
				{When: realtimetest.Said("The question."), Do: []realtimetest.Step{realtimetest.Say{Text: "Yes.", Audio: answer}}},
			},
		}})
		hc, _ := webhook(t, 200)
		call, err := r.srv.Ring(t.Context(), &realtimetest.Ringing{URL: "http://app/hook", Client: hc})
		require.NoError(t, err)
		status, body, _ := r.post("k", "/realtime/calls/"+call.ID()+"/accept", jsonKind,
			`{"type":"realtime","model":"m","audio":{"input":{"format":{"type":"audio/pcmu"}},"output":{"format":{"type":"audio/pcmu"}}}}`)
		require.Equal(t, 200, status, body)
		spoken := append(sampleOf(t, "question"), realtimetest.Silence(time.Second)...)
		for frame := range slices.Chunk(spoken, audio.PCM24k.Bytes(20*time.Millisecond)) {
			require.NoError(t, call.Speak(t.Context(), frame))
		}
		time.Sleep(5 * time.Second)
		want := speech.Convert(speech.Convert(answer, audio.PCM24k, audio.ULaw), audio.ULaw, audio.PCM24k)
		assert.True(t, bytes.Equal(want, call.Heard()), "the answer, as if it came in one piece")
		call.HangUp()
	})
}
