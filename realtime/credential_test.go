package realtime

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestACredentialIsWhatWasChosen holds that a key of the environment reaches no server whose
// configuration says what is sent instead: nothing, or a key in another header. A refusal of
// a client that has sent nothing says so, and none repeats the key.
func TestACredentialIsWhatWasChosen(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "sk-of-the-vendor")
	refusal := `{"error":{"message":"who are you, hunter2-hunter2?"}}`
	for name, tc := range map[string]struct {
		credentials CredentialFunc
		want        http.Header
		hint        bool
	}{
		"none":           {NoCredential, http.Header{}, true},
		"another header": {Static(HeaderKey("X-Auth-Token", "hunter2-hunter2")), http.Header{"X-Auth-Token": {"hunter2-hunter2"}}, false},
		"another scheme": {Static(HeaderKey("Authorization", "Token hunter2-hunter2")), http.Header{"Authorization": {"Token hunter2-hunter2"}}, false},
		"Azure's header": {Static(HeaderKey("Api-Key", "hunter2-hunter2")), http.Header{"Api-Key": {"hunter2-hunter2"}}, false},
	} {
		for _, host := range []string{"http://127.0.0.1:8080/v1", "https://gateway.example/v1"} {
			var got []http.Header
			refuse := roundTrip(func(r *http.Request) (*http.Response, error) {
				got = append(got, r.Header)
				return &http.Response{StatusCode: http.StatusUnauthorized, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(refusal)), Request: r}, nil
			})
			c, err := NewClient(&Config{
				BaseURL: host, Credentials: tc.credentials,
				Handshake: func(http.RoundTripper) http.RoundTripper { return refuse }, HTTPClient: &http.Client{Transport: refuse},
			})
			require.NoError(t, err)
			_, dial := c.Connect(t.Context(), Model("m"), nil)
			_, request := c.CreateClientSecret(t.Context(), nil, nil)
			require.Len(t, got, 2, "%s: %v, %v", name, dial, request)
			for _, h := range got {
				for _, header := range []string{"Authorization", "Api-Key", "X-Auth-Token"} {
					assert.Equal(t, tc.want[header], h[header], "%s: %s", name, header)
				}
			}
			for _, err := range []error{dial, request} {
				assert.True(t, IsUnauthorized(err), name)
				assert.Equal(t, tc.hint, strings.Contains(err.Error(), "status 401 (the client has sent no credential)"), "%s: %v", name, err)
				assert.Equal(t, !tc.hint, !strings.Contains(err.Error(), "hunter2"), "%s: %v", name, err)
			}
		}
	}
}

// TestAHeaderThatIsTheCredentialsNamesTheWayOut holds that who sets a key by a header learns
// what to write instead.
func TestAHeaderThatIsTheCredentialsNamesTheWayOut(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"api-key":              "realtime: header Api-Key cannot be set by the caller: it is the credential's; use Config.Credentials with realtime.HeaderKey for a key in a header, or Config.APIKey for a bearer",
		"authorization":        "realtime.HeaderKey",
		"Proxy-Authorization":  "Config.Proxy",
		"Host":                 "that of the address",
		"Sec-WebSocket-Key":    "part of the handshake",
		"Sec-WebSocket-Accept": "part of the handshake",
	} {
		_, err := NewClient(&Config{APIKey: "k", Header: http.Header{header: {"v"}}})
		require.ErrorContains(t, err, want, header)
		c, err := NewClient(&Config{APIKey: "k"})
		require.NoError(t, err)
		_, err = c.Connect(t.Context(), Model("m"), &Options{Header: http.Header{header: {"v"}}})
		require.ErrorContains(t, err, want, header)
	}
}
