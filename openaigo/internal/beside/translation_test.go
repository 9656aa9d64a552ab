package beside

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	vendorsocket "github.com/openai/openai-go/v3/packages/websocket"
	vendor "github.com/openai/openai-go/v3/realtime"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

const translator = "gpt-realtime-translate"

func translate(t *testing.T, url string) (*vendor.TranslationSession, *realtime.TranslationSession) {
	t.Helper()
	client := openai.NewClient(option.WithBaseURL(url), option.WithAPIKey(key), option.WithMaxRetries(0))
	theirs, err := client.Realtime.ConnectTranslation(within(t), translator, vendorsocket.Options{})
	require.NoError(t, err)
	t.Cleanup(theirs.Abort)
	ours, err := newClient(t, url).ConnectTranslation(within(t), translator, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = ours.Abort(nil) })
	return theirs, ours
}

// tail plays a translation that has words left when it is closed. It passes on how many
// messages came, and of them the session.close.
func tail(list chan [2]int) func(p *peer) {
	return func(p *peer) {
		all, closes := 0, 0
		for data := p.read(); data != nil; data = p.read() {
			all++
			if typeOf(data) == "session.close" {
				closes++
				p.send(`{"type":"session.output_transcript.delta","event_id":"e1","delta":"last words"}`)
				p.send(`{"TYPE":"session.closed","type":"session.output_transcript.delta","event_id":"e2","delta":"!"}`)
				p.send(`{"type":"session.closed","event_id":"e3"}`)
			}
		}
		list <- [2]int{all, closes}
	}
}

// Finish sends session.close once, and what follows is delivered: to a func with theirs, to
// the receiver with ours. TYPE is no type with either.
func TestFinishDeliversTheRest(t *testing.T) {
	t.Parallel()
	list := make(chan [2]int, 2)
	theirs, ours := translate(t, serve(t, tail(list)))
	var got []string
	keep := func(e vendor.RealtimeTranslationServerEventUnion) error { got = append(got, e.Type); return nil }
	require.NoError(t, theirs.Finish(within(t), keep))
	require.NoError(t, theirs.Finish(within(t), keep), "once more")
	want := []string{"session.created", "session.output_transcript.delta", "session.output_transcript.delta", "session.closed"}
	assert.Equal(t, want, got)
	assert.Equal(t, [2]int{1, 1}, <-list)

	finished := make(chan error, 1)
	go func() { finished <- ours.Finish(within(t)) }()
	got = nil
	for e, err := range ours.Events(within(t)) {
		require.NoError(t, err)
		got = append(got, e.EventType())
	}
	require.NoError(t, <-finished)
	require.NoError(t, ours.Finish(within(t)), "once more")
	assert.Equal(t, want, got)
	require.NoError(t, ours.Close())
	assert.Equal(t, [2]int{1, 1}, <-list)
}

// A Finish that is cancelled or fails sends nothing twice.
func TestAFinishThatFailsRepeatsNothing(t *testing.T) {
	t.Parallel()
	list := make(chan [2]int, 2)
	mute := func(p *peer) {
		all, closes := 0, 0
		for data := p.read(); data != nil; data = p.read() {
			all++
			if typeOf(data) == "session.close" {
				closes++
				p.send(`{"type":"session.output_transcript.delta","event_id":"e1","delta":"words"}`)
			}
		}
		list <- [2]int{all, closes}
	}
	theirs, ours := translate(t, serve(t, mute))
	ctx, cancel := context.WithCancel(within(t))
	err := theirs.Finish(ctx, func(e vendor.RealtimeTranslationServerEventUnion) error {
		if e.Type != "session.created" {
			cancel()
		}
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, theirs.Finish(within(t), func(vendor.RealtimeTranslationServerEventUnion) error { return nil }), context.Canceled)
	assert.LessOrEqual(t, (<-list)[1], 1)

	ctx, cancel = context.WithCancel(within(t))
	finished := make(chan error, 1)
	go func() { finished <- ours.Finish(ctx) }()
	for e, err := range ours.Events(within(t)) {
		require.NoError(t, err)
		if e.EventType() != "session.created" {
			break
		}
	}
	cancel()
	require.ErrorIs(t, <-finished, context.Canceled)
	ended, stop := context.WithCancel(within(t))
	stop()
	require.ErrorIs(t, ours.Finish(ended), context.Canceled)
	require.NoError(t, ours.Close())
	assert.Equal(t, 1, (<-list)[1])
}

func TestNothingFollowsTheCloseOfATranslation(t *testing.T) {
	t.Parallel()
	list := make(chan [2]int, 2)
	theirs, ours := translate(t, serve(t, tail(list)))
	theirAppend := vendor.RealtimeTranslationClientEventUnionParam{OfSessionInputAudioBufferAppend: &vendor.RealtimeTranslationInputAudioBufferAppendEventParam{Audio: "AAAA"}}
	require.NoError(t, theirs.Send(within(t), theirAppend))
	require.NoError(t, theirs.Send(within(t), vendor.RealtimeTranslationClientEventUnionParam{OfSessionClose: &vendor.RealtimeTranslationSessionCloseEventParam{}}))
	require.ErrorIs(t, theirs.Send(within(t), theirAppend), vendor.ErrTranslationInputClosed)
	require.NoError(t, theirs.Close())
	assert.Equal(t, [2]int{2, 1}, <-list)

	require.NoError(t, ours.AppendAudio(within(t), make([]byte, 4)))
	require.NoError(t, ours.Send(within(t), &api.TranslationSessionClose{}))
	require.Error(t, ours.AppendAudio(within(t), make([]byte, 4)))
	require.NoError(t, ours.Close())
	assert.Equal(t, [2]int{2, 1}, <-list)
}

func TestACancelledReceiveOfATranslation(t *testing.T) {
	t.Parallel()
	theirs, ours := translate(t, serve(t, func(p *peer) { p.close(1000, "") }))
	ended, cancel := context.WithCancel(within(t))
	cancel()
	_, err := theirs.Recv(ended)
	require.ErrorIs(t, err, context.Canceled)
	_, err = ours.Recv(ended)
	require.ErrorIs(t, err, context.Canceled)
	e, err := theirs.Recv(within(t))
	require.NoError(t, err)
	assert.Equal(t, "session.created", e.Type)
	here, err := ours.Recv(within(t))
	require.NoError(t, err)
	assert.Equal(t, "session.created", here.EventType())
	_, err = theirs.Recv(within(t))
	require.Error(t, err)
	_, err = ours.Recv(within(t))
	assert.True(t, errors.Is(err, io.EOF))
}
