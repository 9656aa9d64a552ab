package realtime_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

func TestSecretRequestIsCheckedAndEncoded(t *testing.T) {
	t.Parallel()
	f := &faults{replies: []string{secretAnswer}}
	client := f.client(t, nil)
	for _, seconds := range []int{9, 7201, 0, -1} {
		_, err := client.CreateClientSecret(t.Context(), &api.ClientSecretRequest{
			ExpiresAfter: &api.ClientSecretExpiry{Seconds: new(seconds)},
		}, nil)
		require.ErrorContains(t, err, "expires_after.seconds", "%d", seconds)
	}
	assert.Empty(t, f.got)

	_, err := client.CreateClientSecret(t.Context(), &api.ClientSecretRequest{
		ExpiresAfter: &api.ClientSecretExpiry{Seconds: new(7200)},
		Session:      &api.RealtimeSessionConfig{Instructions: new("Be brief.")},
	}, nil)
	require.NoError(t, err)
	_, err = client.CreateClientSecret(t.Context(), &api.ClientSecretRequest{Session: &api.TranscriptionSessionConfig{}}, nil)
	require.NoError(t, err)
	f.wg.Wait()
	assert.JSONEq(t, `{"expires_after":{"anchor":"created_at","seconds":7200},"session":{"type":"realtime","instructions":"Be brief."}}`, f.body[0])
	assert.JSONEq(t, `{"session":{"type":"transcription"}}`, f.body[1])
}

func TestSecretAnswerIsDecodedByType(t *testing.T) {
	t.Parallel()
	const full = `{"value":"ek_1","expires_at":1800000000,"session":{"type":"realtime","id":"sess_1","object":"realtime.session",
		"client_secret":{"value":"ek_1","expires_at":1},
		"audio":{"input":{"transcription":null,"noise_reduction":null,"turn_detection":null},"output":{"voice":"marin"}},
		"include":null,"instructions":"Hi","max_output_tokens":"inf","model":"gpt-realtime-9","output_modalities":["audio"],
		"prompt":null,"tool_choice":"auto","tools":[],"tracing":null,"truncation":{"type":"retention_ratio","retention_ratio":0.5,"token_limits":{"post_instructions":8000}},
		"reasoning":{"effort":"low"}}}`
	const transcription = `{"value":"ek_2","expires_at":1800000000,"session":{"type":"transcription","id":"sess_2","object":"realtime.transcription_session"}}`
	f := &faults{replies: []string{answer(200, jsonType, full), answer(200, jsonType, transcription)}}
	client := f.client(t, nil)

	s, err := client.CreateClientSecret(t.Context(), nil, nil)
	require.NoError(t, err)
	assert.Equal(t, "ek_1", s.Value())
	assert.True(t, s.Expires().Equal(time.Unix(1800000000, 0)))
	session, ok := s.Session.(*api.RealtimeSession)
	require.True(t, ok)
	assert.Equal(t, api.Model("gpt-realtime-9"), session.Model)
	assert.Equal(t, api.TokenLimitInf, session.MaxOutputTokens)
	assert.True(t, session.Prompt.IsNull())
	assert.Equal(t, api.Null{}, session.Tracing)
	assert.Equal(t, api.VoiceName("marin"), session.Audio.Output.Voice)
	assert.True(t, session.Include.IsNull())
	assert.True(t, session.Audio.Input.Transcription.IsNull())
	assert.Equal(t, api.ReasoningEffortLow, *session.Reasoning.Effort)
	truncation, ok := session.Truncation.(*api.RetentionRatio)
	require.True(t, ok)
	assert.Equal(t, 8000, *truncation.TokenLimits.PostInstructions)
	_, ok = session.Extra.Get("client_secret")
	assert.True(t, ok, "an older member is kept")

	s, err = client.CreateClientSecret(t.Context(), nil, nil)
	require.NoError(t, err)
	assert.IsType(t, (*api.TranscriptionSession)(nil), s.Session)
	f.wg.Wait()
}

func TestSecretForTranslation(t *testing.T) {
	t.Parallel()
	const body = `{"value":"ek_3","expires_at":1800000000,"session":{"id":"sess_3","type":"translation","model":"m","expires_at":1800000000,"audio":{}}}`
	f := &faults{replies: []string{answer(200, jsonType, body)}}
	client := f.client(t, nil)
	_, err := client.CreateTranslationClientSecret(t.Context(), &api.TranslationClientSecretRequest{}, nil)
	require.ErrorContains(t, err, "names no model")
	s, err := client.CreateTranslationClientSecret(t.Context(), &api.TranslationClientSecretRequest{
		ExpiresAfter: &api.ClientSecretExpiry{Seconds: new(60)},
		Session:      api.TranslationSessionConfig{Model: "m"},
	}, nil)
	require.NoError(t, err)
	assert.Equal(t, "ek_3", s.Value())
	assert.Equal(t, "sess_3", s.Session.ID)
	f.wg.Wait()
	assert.Equal(t, "/v1/realtime/translations/client_secrets", f.got[0].RequestURI)
	assert.JSONEq(t, `{"expires_after":{"anchor":"created_at","seconds":60},"session":{"model":"m"}}`, f.body[0])
}

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	f := &faults{replies: []string{answer(200, jsonType, strings.ReplaceAll(secretBody, "ek_1", "ek_hidden"))}}
	s, err := f.client(t, nil).CreateClientSecret(t.Context(), nil, nil)
	require.NoError(t, err)
	f.wg.Wait()
	var log strings.Builder
	logger := slog.New(slog.NewJSONHandler(&log, nil))
	logger.InfoContext(t.Context(), "made", "secret", s, "value", *s)
	encoded, err := json.Marshal(s)
	require.NoError(t, err)
	for _, text := range []string{
		log.String(), string(encoded), fmt.Sprint(s), fmt.Sprintf("%+v %#v %q %x %d", s, *s, s, *s, s),
		fmt.Sprintf("%+v", struct{ S any }{s}), fmt.Sprint(s.Credential()),
	} {
		assert.NotContains(t, text, "hidden")
		assert.NotContains(t, text, fmt.Sprintf("%x", "hidden"))
	}

	// It serves as the credential of another client.
	f = &faults{replies: []string{secretAnswer}}
	device := f.client(t, func(c *realtime.Config) {
		c.Credentials = func(context.Context) (realtime.Credential, error) { return s.Credential(), nil }
	})
	_, err = device.CreateClientSecret(t.Context(), nil, nil)
	require.NoError(t, err)
	f.wg.Wait()
	assert.Equal(t, "Bearer ek_hidden", f.got[0].Header.Get("Authorization"))
}
