package realtime_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// TestConversationSurvivesADrop breaks the connection to a whole server in the
// middle of a conversation, and goes on talking.
func TestConversationSurvivesADrop(t *testing.T) {
	t.Parallel()
	srv := weather()
	defer srv.Close()
	client, err := realtime.NewClient(&realtime.Config{APIKey: "sk-test", BaseURL: srv.URL})
	require.NoError(t, err)
	ctx := t.Context()
	s, err := client.Connect(ctx, realtime.Model(api.ModelGPTRealtime), &realtime.Options{
		Reconnect: &realtime.Reconnect{InitialDelay: 1},
	})
	require.NoError(t, err)
	defer s.Close()
	_, err = s.Update(ctx, &api.RealtimeSessionConfig{Instructions: new("Be brief.")})
	require.NoError(t, err)
	_, err = s.Request(ctx, &api.ConversationItemCreate{Item: api.UserText("How is Lisbon?")})
	require.NoError(t, err)
	response, err := s.Respond(ctx, nil)
	require.NoError(t, err)
	_, err = response.Answer(ctx)
	require.NoError(t, err)

	conn, err := srv.Accept(ctx)
	require.NoError(t, err)
	conn.Drop()
	var again *realtime.Reconnected
	for again == nil {
		e, err := s.Recv(ctx)
		require.NoError(t, err)
		again, _ = e.(*realtime.Reconnected)
	}
	assert.True(t, again.Settings)
	assert.Len(t, again.Restored, 2, "the question, and the answer by its transcript")
	assert.Empty(t, again.Lost)
	now, ok := s.Current().(*api.RealtimeSession)
	require.True(t, ok)
	assert.Equal(t, "Be brief.", *now.Instructions)

	s.Discard()
	r, err := s.Respond(ctx, nil)
	require.NoError(t, err)
	answer, err := r.Answer(ctx)
	require.NoError(t, err)
	assert.Equal(t, api.ResponseStatusCompleted, answer.Response.Status)
	require.NoError(t, s.Close())
}

// TestWholeServerRefusals holds the typed errors against a whole server.
func TestWholeServerRefusals(t *testing.T) {
	t.Parallel()
	srv := realtimetest.NewServer(&realtimetest.Config{
		Credentials: func(realtimetest.Credential) error { return errors.New("wrong key") },
	})
	defer srv.Close()
	client, err := realtime.NewClient(&realtime.Config{APIKey: "sk-test", BaseURL: srv.URL})
	require.NoError(t, err)
	_, err = client.Connect(t.Context(), realtime.Model("m"), nil)
	refused, ok := errors.AsType[*realtime.ServerError](err)
	require.True(t, ok, "%v", err)
	require.NotNil(t, refused.Close)
	assert.Equal(t, realtime.CloseUnauthorized, refused.Close.Code)
}

func TestWholeTranscription(t *testing.T) {
	t.Parallel()
	srv := weather()
	defer srv.Close()
	client, err := realtime.NewClient(&realtime.Config{APIKey: "sk-test", BaseURL: srv.URL})
	require.NoError(t, err)
	s, err := client.Connect(t.Context(), realtime.Transcription(), nil)
	require.NoError(t, err)
	defer s.Close()
	assert.IsType(t, &api.TranscriptionSession{}, s.Current())
	require.NoError(t, s.Close())
}
