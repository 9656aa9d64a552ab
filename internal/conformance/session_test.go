package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/socket"
)

func newClient(t *testing.T, change ...func(*realtime.Config)) *realtime.Client {
	t.Helper()
	url := os.Getenv(Variable)
	if url == "" {
		t.Skip(Variable + " is not set")
	}
	cfg := &realtime.Config{APIKey: keyGood, BaseURL: url}
	for _, f := range change {
		f(cfg)
	}
	c, err := realtime.NewClient(cfg)
	require.NoError(t, err)
	return c
}

func connect(t *testing.T, o *realtime.Options) *realtime.Session {
	t.Helper()
	s, err := newClient(t).Connect(deadline(t), realtime.Model("gpt-realtime"), o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// deadline returns a context that ends before the test binary's timeout, so that a
// blocked test fails with its own error.
func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// ask sends a user's text and requests a response in text.
func ask(t *testing.T, s *realtime.Session, text string) {
	t.Helper()
	require.NoError(t, s.SendText(deadline(t), text))
	require.NoError(t, s.Send(deadline(t), &api.ResponseCreate{Response: &api.ResponseParams{OutputModalities: []api.Modality{api.ModalityText}}}))
}

// next receives events until one is of type E.
func next[E api.ServerEvent](t *testing.T, s *realtime.Session) E {
	t.Helper()
	for {
		e, err := s.Recv(deadline(t))
		require.NoError(t, err)
		if e, ok := e.(E); ok {
			return e
		}
	}
}

// last receives until the end and returns the last error.
func last(t *testing.T, s *realtime.Session) error {
	t.Helper()
	for {
		if _, err := s.Recv(deadline(t)); err != nil {
			return err
		}
	}
}

// instructions returns the instructions of a session.
func instructions(t *testing.T, s api.Session) string {
	t.Helper()
	r, ok := s.(*api.RealtimeSession)
	require.True(t, ok)
	require.NotNil(t, r.Instructions)
	return *r.Instructions
}

func TestConversation(t *testing.T) {
	s := connect(t, nil)
	got, err := s.Update(deadline(t), &api.RealtimeSessionConfig{Instructions: new("Be brief. Sei höflich. 気をつけて 🎧")})
	require.NoError(t, err)
	assert.Equal(t, "Be brief. Sei höflich. 気をつけて 🎧", instructions(t, got))
	assert.Contains(t, s.URL(), "model=gpt-realtime")
	assert.NotContains(t, s.URL(), keyGood)

	ask(t, s, askTool)
	call := next[*api.ResponseFunctionCallArgumentsDone](t, s)
	assert.JSONEq(t, `{"zone":"UTC"}`, call.Arguments)
	next[*api.ResponseDone](t, s)
	require.NoError(t, s.SendItem(deadline(t), api.FunctionOutput(call.CallID, "noon")))
	require.NoError(t, s.Send(deadline(t), &api.ResponseCreate{}))
	assert.Equal(t, "It is noon.", next[*api.ResponseOutputAudioTranscriptDone](t, s).Transcript)
	require.NoError(t, s.Close())
	assert.ErrorIs(t, s.Send(deadline(t), &api.ResponseCreate{}), socket.ErrClosed)
	assert.Equal(t, 1000, s.CloseStatus().Code)
}

func TestRequestsAndTheirErrors(t *testing.T) {
	s := connect(t, nil)
	s.Discard()
	e, err := s.Request(deadline(t), &api.ConversationItemCreate{Item: api.UserText("hello")})
	require.NoError(t, err)
	assert.Equal(t, "conversation.item.added", e.EventType())
	_, err = s.Request(deadline(t), &api.ConversationItemDelete{ItemID: "item_that_is_not"})
	refused, ok := errors.AsType[*realtime.ServerError](err)
	require.True(t, ok, "%v", err)
	assert.True(t, refused.IsInvalidRequest())
}

func TestSpokenAnswer(t *testing.T) {
	s := connect(t, nil)
	s.Discard()
	require.NoError(t, s.SendText(deadline(t), "Good morning"))
	r, err := s.Respond(deadline(t), &api.ResponseCreate{})
	require.NoError(t, err)
	sound, err := io.ReadAll(r.Audio(deadline(t)))
	require.NoError(t, err)
	assert.NotEmpty(t, sound)
	answer, err := r.Answer(deadline(t))
	require.NoError(t, err)
	assert.Equal(t, api.ResponseStatusCompleted, answer.Response.Status)
}

func TestManySendersKeepTheirOrder(t *testing.T) {
	s := connect(t, nil)
	const senders, each = 8, 25
	var all sync.WaitGroup
	for sender := range senders {
		all.Go(func() {
			for i := range each {
				assert.NoError(t, s.SendText(deadline(t), fmt.Sprintf("%d/%d", sender, i)))
			}
		})
	}
	seen := map[string]int{}
	for range senders * each {
		added := next[*api.ConversationItemAdded](t, s)
		message, ok := added.Item.(*api.UserMessage)
		require.True(t, ok)
		text := *message.Content[0].Text
		sender, n, _ := strings.Cut(text, "/")
		assert.Equal(t, strconv.Itoa(seen[sender]), n, "sender %s", sender)
		seen[sender]++
	}
	all.Wait()
	assert.Len(t, seen, senders)
}

func TestMoreThanTheNetworkTakesAtOnce(t *testing.T) {
	s := connect(t, nil)
	_, err := s.Update(deadline(t), &api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &api.AudioInput{TurnDetection: api.Null{}}}})
	require.NoError(t, err)
	sound := bytes.Repeat([]byte{1, 2}, 2<<20)
	require.NoError(t, s.AppendAudio(deadline(t), sound))
	require.NoError(t, s.Send(deadline(t), &api.InputAudioBufferCommit{}))
	require.NoError(t, s.Flush(deadline(t)))
	next[*api.InputAudioBufferCommitted](t, s)
	assert.Zero(t, s.Stats().SendQueueEvents)
}

func TestMux(t *testing.T) {
	s := connect(t, nil)
	mux := realtime.NewMux()
	enough := errors.New("enough")
	var text strings.Builder
	realtime.On(mux, func(_ context.Context, _ *realtime.Session, e *api.ResponseOutputTextDelta) error {
		text.WriteString(e.Delta)
		return nil
	})
	realtime.On(mux, func(context.Context, *realtime.Session, *api.ResponseDone) error { return enough })
	ask(t, s, "one two three")
	require.ErrorIs(t, mux.Run(deadline(t), s), enough)
	assert.Contains(t, text.String(), "one two three")
}

func TestMalformedFramesAreSurvived(t *testing.T) {
	s := connect(t, nil)
	require.NoError(t, s.SendText(deadline(t), askGarble))
	bad := 0
	for bad < 3 {
		_, err := s.Recv(deadline(t))
		if broken, ok := errors.AsType[*api.DecodeError](err); ok {
			bad++
			assert.NotContains(t, broken.Error(), "[1]")
			continue
		}
		require.NoError(t, err)
	}
	ask(t, s, "still there?")
	next[*api.ResponseDone](t, s)
}

func TestCancelledCallsLeaveTheSessionAlone(t *testing.T) {
	s := connect(t, nil)
	for range 50 {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.Request(ctx, &api.ConversationItemCreate{Item: api.UserText("never mind")})
		require.ErrorIs(t, err, context.Canceled)
	}
	ask(t, s, "and now?")
	next[*api.ResponseDone](t, s)
}

func TestReadLimit(t *testing.T) {
	s := connect(t, &realtime.Options{ReadLimit: 8 << 10})
	require.NoError(t, s.SendText(deadline(t), strings.Repeat("é", 6<<10)))
	require.ErrorIs(t, last(t, s), socket.ErrTooLarge)
}
