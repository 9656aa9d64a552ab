package identity

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtime"
)

const federated = "eyJhbGciOi.federated.secret"

// service is a token service that answers with a status and a body.
func service(t *testing.T, status int, answer string) (address string, got chan *http.Request, bodies chan string) {
	t.Helper()
	got, bodies = make(chan *http.Request, 8), make(chan string, 8)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- r
		bodies <- string(body)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, got, bodies
}

// tokenFile returns a file with a federated token.
func tokenFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(path, []byte(federated+"\n"), 0o600))
	return path
}

func TestEntraWorkload(t *testing.T) {
	address, got, bodies := service(t, 200, `{"token_type":"Bearer","expires_in":3599,"access_token":"at-1"}`)
	t.Setenv("AZURE_TENANT_ID", "tenant/1")
	t.Setenv("AZURE_CLIENT_ID", "client-1")
	t.Setenv("AZURE_AUTHORITY_HOST", address+"/")
	t.Setenv("AZURE_FEDERATED_TOKEN_FILE", tokenFile(t))
	source, err := EntraWorkload(nil)
	require.NoError(t, err)
	token, expires, err := source(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "at-1", token)
	assert.WithinDuration(t, time.Now().Add(3599*time.Second), expires, time.Minute)
	r := <-got
	assert.Equal(t, http.MethodPost, r.Method)
	assert.Equal(t, "/tenant%2F1/oauth2/v2.0/token", r.URL.EscapedPath())
	form, err := url.ParseQuery(<-bodies)
	require.NoError(t, err)
	assert.Equal(t, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"client-1"}, "scope": {CognitiveScope}, "client_assertion": {federated},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
	}, form)
}

func TestOpenAIWorkload(t *testing.T) {
	t.Parallel()
	for name, idToken := range map[string]bool{"jwt": false, "id_token": true} {
		address, _, bodies := service(t, 200, `{"access_token":"at-1","expires_in":"60"}`)
		source, err := OpenAIWorkload(OpenAI{Provider: "idp_1", ServiceAccount: "sa_1", Assertion: File(tokenFile(t)), IDToken: idToken, URL: address})
		require.NoError(t, err)
		token, expires, err := source(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "at-1", token)
		assert.WithinDuration(t, time.Now().Add(time.Minute), expires, 30*time.Second)
		assert.JSONEq(t, `{"grant_type":"urn:ietf:params:oauth:grant-type:token-exchange","subject_token":"`+federated+`","subject_token_type":"urn:ietf:params:oauth:token-type:`+name+`","identity_provider_id":"idp_1","service_account_id":"sa_1"}`, <-bodies)
	}
}

// TestExchangesThatFail holds that no error repeats the assertion, whatever is answered.
func TestExchangesThatFail(t *testing.T) {
	t.Parallel()
	refusal, err := json.Marshal(map[string]string{"error": "invalid_client", "error_description": "AADSTS700016: " + federated + "\nline two"})
	require.NoError(t, err)
	for name, tc := range map[string]struct {
		status int
		answer string
		want   string
	}{
		"refused":    {401, string(refusal), "status 401 invalid_client: AADSTS700016: REDACTED line two"},
		"no JSON":    {502, "<html>" + federated, "status 502"},
		"redirected": {307, "", "status 307"},
		"no token":   {200, `{"expires_in":60}`, "no usable token"},
		"cut":        {200, `{"access_token":"` + strings.Repeat("x", 2<<20), "no usable token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, got, _ := service(t, tc.status, tc.answer)
			source, err := EntraWorkload(&Entra{Tenant: "t", Client: "c", Authority: address, Assertion: File(tokenFile(t))})
			require.NoError(t, err)
			_, _, err = source(t.Context())
			require.ErrorContains(t, err, tc.want)
			assert.NotContains(t, err.Error(), federated)
			assert.Len(t, got, 1)
		})
	}
	empty := filepath.Join(t.TempDir(), "empty")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for _, path := range []string{empty, filepath.Join(t.TempDir(), "missing")} {
		source, err := OpenAIWorkload(OpenAI{Provider: "p", ServiceAccount: "s", Assertion: File(path)})
		require.NoError(t, err)
		_, _, err = source(t.Context())
		require.ErrorContains(t, err, path)
	}
}

func TestWorkloadsThatAreNotComplete(t *testing.T) {
	for _, name := range []string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_AUTHORITY_HOST", "AZURE_FEDERATED_TOKEN_FILE"} {
		t.Setenv(name, "")
	}
	file := File("f")
	for want, e := range map[string]*Entra{
		"AZURE_TENANT_ID":            nil,
		"AZURE_CLIENT_ID":            {Tenant: "t"},
		"AZURE_FEDERATED_TOKEN_FILE": {Tenant: "t", Client: "c"},
		"must be https":              {Tenant: "t", Client: "c", Assertion: file, Authority: "http://login.example"},
		"absolute URL":               {Tenant: "t", Client: "c", Assertion: file, Authority: "login.example"},
	} {
		_, err := EntraWorkload(e)
		require.ErrorContains(t, err, want)
	}
	for want, o := range map[string]OpenAI{
		"OpenAI.Provider":       {},
		"OpenAI.ServiceAccount": {Provider: "p"},
		"OpenAI.Assertion":      {Provider: "p", ServiceAccount: "s"},
		"OpenAI.URL":            {Provider: "p", ServiceAccount: "s", Assertion: file, URL: "http://auth.example"},
	} {
		_, err := OpenAIWorkload(o)
		require.ErrorContains(t, err, want)
	}
}

// TestARevokedTokenIsExchangedAgain dials with a token that the server has come to
// refuse.
func TestARevokedTokenIsExchangedAgain(t *testing.T) {
	t.Parallel()
	tokens := 0
	var bearers []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			tokens++
			_, _ = io.WriteString(w, `{"access_token":"at-`+string(rune('0'+tokens))+`"}`)
			return
		}
		bearers = append(bearers, r.Header.Get("Authorization"))
		if r.Header.Get("Authorization") == "Bearer at-1" && len(bearers) > 1 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		ws, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if assert.NoError(t, err) {
			_ = ws.Close()
		}
	}))
	t.Cleanup(srv.Close)
	exchange, err := EntraWorkload(&Entra{Tenant: "t", Client: "c", Authority: srv.URL, Assertion: File(tokenFile(t))})
	require.NoError(t, err)
	client, err := realtime.NewClient(&realtime.Config{Azure: &realtime.Azure{Endpoint: srv.URL}, Credentials: Cached(exchange)})
	require.NoError(t, err)
	for range 2 {
		s, err := client.ConnectRaw(t.Context(), realtime.Model("d"), nil)
		require.NoError(t, err)
		_ = s.Abort(nil)
	}
	assert.Equal(t, []string{"Bearer at-1", "Bearer at-1", "Bearer at-2"}, bearers)
}
