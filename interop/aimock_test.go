// Package interop holds conversations with programs that others have written: in
// JavaScript, the vendor's clients with the test server; in Go, the sessions of this
// module with a foreign server.
package interop

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/probe"
	"github.com/voicelane/realtime-go/realtime"
)

// aimock returns a client of the foreign server, which run.mjs starts.
func aimock(t *testing.T) (context.Context, *realtime.Client) {
	t.Helper()
	url := os.Getenv("AIMOCK_URL")
	if url == "" {
		t.Skip("AIMOCK_URL is not set: make interop sets it")
	}
	client, err := realtime.NewClient(&realtime.Config{BaseURL: url + "/v1", APIKey: "any"})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx, client
}

func connect(t *testing.T) (context.Context, *realtime.Session) {
	t.Helper()
	ctx, client := aimock(t)
	s, err := client.Connect(ctx, realtime.Model("gpt-realtime"), nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	s.Discard()
	return ctx, s
}

// ask writes a message and returns the answer.
func ask(ctx context.Context, t *testing.T, s *realtime.Session, text string) *realtime.Answer {
	t.Helper()
	require.NoError(t, s.SendText(ctx, text))
	stream, err := s.Respond(ctx, &api.ResponseCreate{Response: &api.ResponseParams{OutputModalities: []api.Modality{api.ModalityText}}})
	require.NoError(t, err)
	answer, err := stream.Answer(ctx)
	require.NoError(t, err)
	return answer
}

func TestAimockAnswersInWriting(t *testing.T) {
	ctx, s := connect(t)
	assert.Equal(t, "Hi there!", ask(ctx, t, s, "Say hello.").Text)
}

func TestAimockCallsATool(t *testing.T) {
	ctx, s := connect(t)
	answer := ask(ctx, t, s, "What is the weather?")
	require.Len(t, answer.Calls, 1)
	assert.Equal(t, "get_weather", answer.Calls[0].Name)
	assert.JSONEq(t, `{"city":"Lisbon"}`, answer.Calls[0].Arguments)
	require.NoError(t, s.SendItem(ctx, &api.FunctionCallOutput{CallID: answer.Calls[0].CallID, Output: "sunny"}))
	_, err := s.Update(ctx, &api.RealtimeSessionConfig{Instructions: new("Be brief.")})
	require.NoError(t, err)
}

func TestAimockFails(t *testing.T) {
	ctx, s := connect(t)
	require.NoError(t, s.SendText(ctx, "Please fail."))
	stream, err := s.Respond(ctx, nil)
	if err == nil {
		var answer *realtime.Answer
		if answer, err = stream.Answer(ctx); err == nil {
			err = answer.Err()
		}
	}
	require.ErrorContains(t, err, "overloaded")
	require.NoError(t, s.SendText(ctx, "Say hello."), "the session goes on")
}

func TestAimockTranscribes(t *testing.T) {
	ctx, client := aimock(t)
	s, err := client.Connect(ctx, realtime.Transcription(), nil)
	require.NoError(t, err)
	defer s.Close()
	_, err = s.Update(ctx, &api.TranscriptionSessionConfig{Audio: &api.TranscriptionAudio{Input: &api.AudioInput{
		Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPTLiveTranscribe)}),
	}}})
	require.NoError(t, err)
	require.NoError(t, s.AppendAudio(ctx, make([]byte, 48_000)))
	require.NoError(t, s.Send(ctx, &api.InputAudioBufferCommit{}))
	for e, err := range s.Events(ctx) {
		require.NoError(t, err)
		if e, ok := e.(*api.ConversationItemInputAudioTranscriptionCompleted); ok {
			assert.Equal(t, "Good morning.", e.Transcript)
			return
		}
	}
	t.Fatal("the session ended before the transcript")
}

func TestAimockIsProbed(t *testing.T) {
	ctx, client := aimock(t)
	report, err := probe.Run(ctx, client, realtime.Model("gpt-realtime"), &probe.Options{
		Checks:  []string{"connection", "update/answered", "item/created", "response/text", "item/delete"},
		Require: []string{"connection", "update/answered", "item/created", "response/text"},
		Wait:    2 * time.Second,
	})
	require.NoError(t, err)
	assert.Zero(t, report.ExitStatus(), report.Markdown())
	deleted, _ := report.Result("item/delete")
	assert.Equal(t, probe.Cannot, deleted.Outcome, "the server has no deletion")
}
