package view_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/tap"
)

const secretKey = "sk-proj-abcdef0123456789"

// recordedWith records a session in which everybody says secrets.
func recordedWith(t *testing.T, secrets []string, keep ...recording.Keep) *recording.Recording {
	t.Helper()
	all := strings.Join(secrets, " ")
	srv := realtimetest.New(&realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{{Do: []realtimetest.Step{
		realtimetest.Say{Text: "You said " + all},
		realtimetest.Call{Name: "lookup", Arguments: `{"number":"` + all + `"}`},
	}}}}})
	defer srv.Close()
	var file bytes.Buffer
	rec := tap.New(recording.NewWriter(&file, &recording.Options{Keep: keep, By: "test"}))
	client, err := realtime.NewClient(&realtime.Config{APIKey: secretKey, BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy})
	require.NoError(t, err)
	s, err := client.Connect(t.Context(), realtime.Model("gpt-realtime"), &realtime.Options{Taps: []*realtime.Tap{rec.Session()}})
	require.NoError(t, err)
	s.Discard()
	_, err = s.Update(t.Context(), &api.RealtimeSessionConfig{Instructions: new(all)})
	require.NoError(t, err)
	require.NoError(t, s.SendText(t.Context(), all))
	stream, err := s.Respond(t.Context(), nil)
	require.NoError(t, err)
	_, err = stream.Answer(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, rec.Close())
	r, err := recording.Read(bytes.NewReader(file.Bytes()))
	require.NoError(t, err)
	return r
}

// A page of a recording at the default level has no secret in it, nor in its data; the key
// is in none.
func TestSecretsAreNotOnThePage(t *testing.T) {
	t.Parallel()
	const spoken, ephemeral = "sk-proj-zyxwvu9876543210", "ek_68af296e8e408191a1120ab6383263c2"
	secrets := []string{
		"+49 151 23456789", "015123456789", "jane.doe@example.com", "Jane Doe", "4111 1111 1111 1111",
		"<sip:+4915123456789@sip.example.com;user=phone>", "X-Account-Token: 5f0c-secret", spoken, ephemeral,
	}
	shown := func(t *testing.T, rec *recording.Recording) string {
		t.Helper()
		page := pageOf(t, rec, nil)
		text := []string{page}
		for _, e := range dataOf(t, page).Events {
			text = append(text, e.Name, string(e.Line))
		}
		return strings.Join(text, "\n")
	}
	synctest.Test(t, func(t *testing.T) {
		text := shown(t, recordedWith(t, secrets))
		for _, secret := range append(secrets, secretKey) {
			assert.NotContains(t, text, secret)
		}
		text = shown(t, recordedWith(t, secrets, recording.KeepText, recording.KeepTools))
		assert.Contains(t, text, "Jane Doe", "what was kept is shown")
		for _, secret := range []string{secretKey, spoken, ephemeral, "15123456789", "4111 1111"} {
			assert.NotContains(t, text, secret, "keys and numbers are kept at no such level")
		}
	})
}
