package realtime

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/socket"
)

func TestAddressErrorsSayWhatToWrite(t *testing.T) {
	for name, tc := range map[string]struct {
		cfg  Config
		env  map[string]string
		want string
	}{
		"scheme": {
			cfg:  Config{BaseURL: "http://h.example/v1"},
			want: `realtime: Config.BaseURL: the address has scheme "http", which would send the credential to host "h.example" in the clear; write https, or list the host in Config.PlainHosts`,
		},
		"scheme of the environment": {
			env:  map[string]string{"OPENAI_BASE_URL": "ws://h.example/v1"},
			want: `realtime: OPENAI_BASE_URL: the address has scheme "ws", which would send the credential to host "h.example" in the clear; write wss, or list the host in Config.PlainHosts`,
		},
		"other scheme": {cfg: Config{BaseURL: "ftp://h/v1"}, want: `realtime: Config.BaseURL: the address has scheme "ftp"; it must be https or wss`},
		"no scheme":    {env: map[string]string{"OPENAI_BASE_URL": "h/v1"}, want: `realtime: OPENAI_BASE_URL: the address is not an absolute URL`},
		"azure": {
			cfg:  Config{Azure: &Azure{Endpoint: "http://r.example"}},
			want: `realtime: Config.Azure.Endpoint: the address has scheme "http", which would send the credential to host "r.example" in the clear; write https, or list the host in Config.PlainHosts`,
		},
		"azure of the environment": {
			cfg: Config{Azure: &Azure{}}, env: map[string]string{"AZURE_OPENAI_ENDPOINT": "r.example"},
			want: `realtime: AZURE_OPENAI_ENDPOINT: the address is not an absolute URL`,
		},
		"too long": {
			cfg:  Config{BaseURL: "wss://api.openai.com/v1/realtime?model=m&sig=secret"},
			want: `realtime: Config.BaseURL: the address ends in /realtime, which is appended to it; write wss://api.openai.com/v1`,
		},
		"too long, with a slash": {
			env:  map[string]string{"OPENAI_BASE_URL": "https://h.example/realtime/"},
			want: `realtime: OPENAI_BASE_URL: the address ends in /realtime, which is appended to it; write https://h.example`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("OPENAI_BASE_URL", "")
			t.Setenv("AZURE_OPENAI_ENDPOINT", "")
			for k, v := range tc.env {
				t.Setenv(k, v)
			}
			_, err := NewClient(&tc.cfg)
			require.EqualError(t, err, tc.want)
		})
	}
	_, err := NewClient(&Config{BaseURL: "https://h.example/my-realtime"})
	require.NoError(t, err, "a name that only ends alike")
	c, err := NewClient(&Config{APIKey: "k"})
	require.NoError(t, err)
	_, err = c.Connect(t.Context(), Model("m"), &Options{URL: "http://h.example/v1/realtime"})
	require.ErrorContains(t, err, `realtime: Options.URL: the address has scheme "http"`)
}

func TestPlainHosts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		hosts []string
		url   string
		want  bool
	}{
		"listed":               {[]string{"gpu-1.internal"}, "http://gpu-1.internal/v1", true},
		"in another case":      {[]string{" GPU-1.internal "}, "ws://gpu-1.INTERNAL:8000/v1", true},
		"with its port":        {[]string{"gpu-1:8000"}, "http://gpu-1:8000/v1", true},
		"with another port":    {[]string{"gpu-1:8000"}, "http://gpu-1:8001/v1", false},
		"without a port":       {[]string{"gpu-1:8000"}, "http://gpu-1/v1", false},
		"another host":         {[]string{"gpu-1"}, "http://gpu-2/v1", false},
		"a host below":         {[]string{"internal"}, "http://gpu-1.internal/v1", false},
		"address":              {[]string{"10.0.0.7"}, "http://10.0.0.7/v1", true},
		"address of version 6": {[]string{"fd00::1"}, "http://[fd00::1]:80/v1", true},
		"in brackets":          {[]string{"[fd00::1]"}, "http://[fd00::1]/v1", true},
		"nothing listed":       {nil, "http://gpu-1/v1", false},
		"TLS":                  {nil, "https://gpu-1/v1", true},
		"loopback":             {nil, "http://127.0.0.1/v1", true},
		"with a user":          {[]string{"gpu-1"}, "http://u:p@gpu-1/v1", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, base := NewClient(&Config{APIKey: "k", BaseURL: tc.url, PlainHosts: tc.hosts})
			_, azure := NewClient(&Config{APIKey: "k", Azure: &Azure{Endpoint: tc.url}, PlainHosts: tc.hosts})
			refuses := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("dialed") }
			c, err := NewClient(&Config{APIKey: "k", PlainHosts: tc.hosts, DialContext: refuses, Proxy: NoProxy})
			require.NoError(t, err)
			_, exact := c.Connect(t.Context(), Model("m"), &Options{URL: tc.url})
			if tc.want {
				require.NoError(t, base)
				require.NoError(t, azure)
				require.ErrorContains(t, exact, "dialed")
				return
			}
			require.Error(t, base)
			require.Error(t, azure)
			require.ErrorContains(t, exact, "Options.URL")
		})
	}
	for _, host := range []string{"", "*", "http://gpu-1", "gpu-1/v1", "u@gpu-1"} {
		_, err := NewClient(&Config{PlainHosts: []string{host}})
		require.ErrorContains(t, err, "PlainHosts", "%q", host)
	}
}

// TestPlainHostServesRequestsToo dials a host in the clear, by name, and sends a
// request there.
func TestPlainHostServesRequestsToo(t *testing.T) {
	t.Parallel()
	c := script(t, func(p *peer) { p.Created(); p.Drain() }, func(c *Config) {
		c.BaseURL, c.PlainHosts = "http://gpu-1.internal/v1", []string{"gpu-1.internal"}
	})
	s := connect(t, c, nil)
	assert.Equal(t, "ws://gpu-1.internal/v1/realtime?model=gpt-realtime", s.URL())
	require.NoError(t, s.Close())
	_, err := c.CreateClientSecret(t.Context(), nil, nil)
	refused, ok := errors.AsType[*APIError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, http.StatusBadRequest, refused.Status, "it was sent, and is no upgrade")
}

func TestMissingCredentialNamesTheVariable(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "")
	t.Setenv("AZURE_OPENAI_API_KEY", "")
	for variable, cfg := range map[string]*Config{
		"OPENAI_API_KEY": {}, "AZURE_OPENAI_API_KEY": {Azure: &Azure{Endpoint: "https://r.example"}},
	} {
		c, err := NewClient(cfg)
		require.NoError(t, err)
		_, dial := c.Connect(t.Context(), Model("m"), nil)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.API().Server+"x", nil)
		require.NoError(t, err)
		_, request := c.Do(r)
		for _, err := range []error{dial, request} {
			require.ErrorIs(t, err, ErrNoCredential)
			require.EqualError(t, err, "realtime: no credential: set "+variable+", Config.APIKey or Config.Credentials")
			assert.False(t, IsUnauthorized(err), "nobody has refused it")
		}
	}
}

func TestCloseErrorsSayWhoClosed(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]socket.CloseError{
		"realtime: closed by the server: 4000":                             {Code: CloseBadRequest},
		"realtime: closed by this side: 1000 OK":                           {Code: 1000, Reason: "OK", Local: true},
		"realtime: ended without a close frame: the receive queue is full": {Code: 1006, Reason: "the receive queue is full"},
	} {
		assert.EqualError(t, &e, want)
	}
}

func TestIsUnauthorized(t *testing.T) {
	t.Parallel()
	server := func(code string) *ServerError { return &ServerError{Detail: api.Error{Code: api.Value(code)}} }
	for name, tc := range map[string]struct {
		err  error
		want bool
	}{
		"nil":                {nil, false},
		"other":              {errors.New("x"), false},
		"key":                {server(CodeInvalidKey), true},
		"other server error": {server(CodeQuota), false},
		"refused and closed": {&ServerError{Close: &socket.CloseError{Code: CloseUnauthorized}}, true},
		"close":              {&socket.CloseError{Code: CloseUnauthorized}, true},
		"our close":          {&socket.CloseError{Code: CloseUnauthorized, Local: true}, false},
		"handshake 401":      {&APIError{Status: 401}, true},
		"handshake 403":      {fmt.Errorf("dial: %w", &APIError{Status: 403}), true},
		"handshake 404":      {&APIError{Status: 404}, false},
		"request 401":        {errors.Join(errors.New("x"), &APIError{Status: 401}), true},
		"request 500":        {&APIError{Status: 500}, false},
	} {
		assert.Equal(t, tc.want, IsUnauthorized(tc.err), name)
	}
}
