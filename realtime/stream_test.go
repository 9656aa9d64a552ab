package realtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/pending"
	"github.com/voicelane/realtime-go/socket"
)

// spoken returns the frames of a response after its creation: two words, two
// pieces of audio and a function call.
func spoken(id string) []string {
	at := fmt.Sprintf(`"event_id":"e","response_id":%q,"item_id":"i","output_index":0,"content_index":0`, id)
	return []string{
		`{"type":"response.output_audio_transcript.delta",` + at + `,"delta":"good "}`,
		`{"type":"response.output_audio.delta",` + at + `,"delta":"AQI="}`,
		`{"type":"response.output_audio_transcript.delta",` + at + `,"delta":"day"}`,
		`{"type":"response.output_audio.delta",` + at + `,"delta":"AwQ="}`,
		`{"type":"response.output_text.delta",` + at + `,"delta":"text"}`,
		`{"type":"response.output_item.done","event_id":"e","response_id":"` + id + `","output_index":1,"item":{"type":"function_call","id":"f","call_id":"c","name":"look","arguments":"{}","status":"completed"}}`,
		`{"type":"response.done","event_id":"e","response":{"id":"` + id + `","status":"completed","output":[]}}`,
	}
}

func checkAnswer(t *testing.T, a *Answer) {
	t.Helper()
	assert.Equal(t, "good day", a.Transcript)
	assert.Equal(t, "text", a.Text)
	assert.Equal(t, []byte{1, 2, 3, 4}, a.Audio)
	require.Len(t, a.Calls, 1)
	assert.Equal(t, "look", a.Calls[0].Name)
	assert.Equal(t, api.ResponseStatusCompleted, a.Response.Status)
}

func created(id, tag string) string {
	return fmt.Sprintf(`{"type":"response.created","event_id":"e","response":{"id":%q,"status":"in_progress","output":[],"metadata":{%q:%q}}}`, id, pending.Tag, tag)
}

func tagOf(m map[string]any) string {
	return textAt(m, "response", "metadata", pending.Tag)
}

func TestRespondStreams(t *testing.T) {
	t.Parallel()
	c := script(t, func(p *peer) {
		p.Created()
		tag := tagOf(p.Expect("response.create"))
		p.Send(created("other", "not mine"))
		p.Send(created("r1", tag))
		for i, f := range spoken("r1") {
			p.Send(spoken("other")[i])
			p.Send(f)
		}
		p.Drain()
	})
	s := connect(t, c, nil)
	s.Discard()
	r, err := s.Respond(t.Context(), nil)
	require.NoError(t, err)
	assert.Equal(t, "r1", r.ID())
	var words []string
	for w, err := range r.Transcript(t.Context()) {
		require.NoError(t, err)
		words = append(words, w)
	}
	assert.Equal(t, "good day", strings.Join(words, ""))
	audio, err := io.ReadAll(r.Audio(t.Context()))
	require.NoError(t, err)
	assert.Equal(t, []byte{1, 2, 3, 4}, audio)
	for text, err := range r.Text(t.Context()) {
		require.NoError(t, err)
		assert.Equal(t, "text", text)
	}
	a, err := r.Answer(t.Context())
	require.NoError(t, err)
	checkAnswer(t, a)
	_, followed := waiting(s)
	assert.Zero(t, followed, "nothing is left behind")
	require.NoError(t, s.Close())
}

func TestResponsesFollowTheServersOwn(t *testing.T) {
	t.Parallel()
	c := script(t, func(p *peer) {
		p.Created()
		p.Expect("input_audio_buffer.clear")
		for _, id := range []string{"r1", "r2"} {
			p.Send(created(id, ""))
			for _, f := range spoken(id) {
				p.Send(f)
			}
		}
		p.Close(1000, "")
	})
	s := connect(t, c, nil)
	s.Discard()
	all := s.Responses(t.Context())
	require.NoError(t, s.Send(t.Context(), &api.InputAudioBufferClear{}))
	n := 0
	for r, err := range all {
		require.NoError(t, err)
		a, err := r.Answer(t.Context())
		require.NoError(t, err)
		checkAnswer(t, a)
		n++
	}
	assert.Equal(t, 2, n)
	for _, err := range s.Responses(t.Context()) {
		require.NoError(t, err)
		assert.Fail(t, "the session has ended")
	}
	require.NoError(t, s.Close())
}

func TestStreamEndings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := script(t, func(p *peer) {
			p.Created()
			p.Send(created("r1", tagOf(p.Expect("response.create"))))
			p.Send(spoken("r1")[1])
			p.Send(created("r2", tagOf(p.Expect("response.create"))))
			time.Sleep(time.Minute)
			p.Close(1011, "broken")
		})
		s := connect(t, c, &Options{StreamBytes: 1, PingInterval: -1})
		s.Discard()
		r, err := s.Respond(t.Context(), &api.ResponseCreate{})
		require.NoError(t, err)
		_, err = r.Answer(t.Context())
		require.ErrorIs(t, err, ErrStreamTooLarge)
		r, err = s.Respond(t.Context(), &api.ResponseCreate{})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = r.Audio(ctx).Read(make([]byte, 1))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = r.Answer(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = io.ReadAll(r.Audio(t.Context()))
		closed, ok := errors.AsType[*socket.CloseError](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, 1011, closed.Code)
		require.NoError(t, s.Close())
	})
}

func TestCollector(t *testing.T) {
	t.Parallel()
	var c Collector
	var got []*Answer
	frames := append([]string{created("a", ""), created("b", "")}, spoken("a")...)
	for i, f := range spoken("b") {
		frames = append(frames[:2+2*i+1], append([]string{f}, frames[2+2*i+1:]...)...)
	}
	for _, f := range frames {
		e, err := api.DecodeServerEvent([]byte(f))
		require.NoError(t, err)
		if a, ok := c.Add(e); ok {
			got = append(got, a)
		}
	}
	require.Len(t, got, 2)
	for _, a := range got {
		checkAnswer(t, a)
	}
	assert.Empty(t, c.open)
}
