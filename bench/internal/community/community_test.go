package community_test

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/bench/internal/community"
	"github.com/voicelane/realtime-go/bench/internal/frames"
)

// decode returns the event of a frame, which must be a *T.
func decode[T any](t *testing.T, frame string) *T {
	t.Helper()
	e, err := community.Decode([]byte(frame))
	require.NoError(t, err)
	typed, ok := e.(*T)
	require.True(t, ok, "%T", e)
	return typed
}

// The stand-in must do the work for which it is measured.

func TestDecodesAudio(t *testing.T) {
	t.Parallel()
	e := decode[community.AudioDelta](t, string(frames.AudioDelta(960)))
	audio, err := base64.StdEncoding.DecodeString(e.Delta)
	require.NoError(t, err)
	assert.Equal(t, frames.PCM(960), audio)
	assert.NotEmpty(t, e.EventID)
	assert.NotEmpty(t, e.ItemID)
}

func TestDecodesText(t *testing.T) {
	t.Parallel()
	assert.Equal(t, " certainly", decode[community.TextDelta](t, frames.TextDelta).Delta)
}

func TestResolvesEveryUnionOfASession(t *testing.T) {
	t.Parallel()
	s := decode[community.SessionCreated](t, frames.SessionCreated).Session.Realtime
	require.NotNil(t, s)
	require.Len(t, s.Tools, 2)
	assert.Equal(t, "find_room", s.Tools[0].Function.Name)
	assert.IsType(t, map[string]any{}, s.Tools[0].Function.Parameters)
	assert.Equal(t, "auto", s.ToolChoice.Mode)
	assert.Equal(t, "auto", s.Truncation.Strategy)
	assert.Equal(t, community.Limit(-1), s.MaxOutputTokens)
	assert.Equal(t, 24000, s.Audio.Input.Format.PCM.Rate)
	assert.Equal(t, 24000, s.Audio.Output.Format.PCM.Rate)
	assert.Equal(t, 300, s.Audio.Input.TurnDetection.Server.PrefixPaddingMs)
}

func TestResolvesEveryItemOfAResponse(t *testing.T) {
	t.Parallel()
	r := decode[community.ResponseDone](t, frames.ResponseDone).Response
	require.Len(t, r.Output, 2)
	assert.Contains(t, r.Output[0].Assistant.Content[0].Transcript, "view of the lake")
	assert.JSONEq(t, `{"from":"2026-05-04","nights":3}`, r.Output[1].Call.Arguments)
	assert.Equal(t, 64, r.Usage.InputDetails.CachedDetails.TextTokens)
}

func TestRefusesWhatIsNotCompared(t *testing.T) {
	t.Parallel()
	for _, frame := range []string{`{"type":"other"}`, `{`, `{"type":"session.created","session":{"type":"other"}}`} {
		_, err := community.Decode([]byte(frame))
		require.Error(t, err, frame)
	}
}

func TestAppendHasItsType(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(community.AudioAppend{EventID: "e", Audio: "AAAA"})
	require.NoError(t, err)
	assert.JSONEq(t, `{"type":"input_audio_buffer.append","event_id":"e","audio":"AAAA"}`, string(got))
}
