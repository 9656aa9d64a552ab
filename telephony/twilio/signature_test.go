package twilio

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/telephony"
)

// The vectors were accepted by the carrier's own library.
func TestSign(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", url.Values{
		"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675309"}, "Digits": {"1234"}, "From": {"+14158675309"}, "To": {"+18005551212"},
	}))
	assert.Equal(t, "o2EscM3ISMd6Baajm7+Cos9sozQ=", sign("tw_token_0001", "wss://voice.example.test/media", nil))
	assert.Equal(t, "rOtU7g8iS9XOtQwCmkOJaXLX1Ck=", sign("tw_token_0001", "https://voice.example.test/answer", url.Values{
		"CallSid": {"CA0001"}, "From": {"+15550100"}, "To": {"+15550199"},
	}))
	twice := sign("k", "https://a.example", url.Values{"a": {"2", "1", "2"}})
	assert.Equal(t, sign("k", "https://a.example", url.Values{"a": {"1", "2"}}), twice, "equal values count once, in order")
}

// TestStreamAddresses holds the forms in which the carrier signs the address of a stream.
func TestStreamAddresses(t *testing.T) {
	t.Parallel()
	const token = "tw_token_0001"
	h, err := New(&Config{Options: telephony.Options{Call: echo}, URL: "https://voice.example.test/media", AuthToken: token})
	require.NoError(t, err)
	for signedAddress, want := range map[string]bool{
		"wss://voice.example.test/media":      true,
		"wss://voice.example.test:443/media":  true,
		"wss://voice.example.test:80/media":   true,
		"https://voice.example.test/media":    false,
		"wss://voice.example.test/media/":     false,
		"wss://voice.example.test:8443/media": false,
		"wss://other.example.test/media":      false,
	} {
		// The request claims whatever it likes about itself.
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://other.example.test/media", http.NoBody)
		r.Header.Set("X-Forwarded-Host", "other.example.test")
		r.Header.Set("X-Twilio-Signature", sign(token, signedAddress, nil))
		assert.Equal(t, want, h.provesStream(r), signedAddress)
		r.URL.RawQuery = "a=1"
		assert.False(t, h.provesStream(r), "the address of a stream has no query")
	}
}

func TestWebhookSignatures(t *testing.T) {
	t.Parallel()
	const token = "tw_token_0001"
	h, err := New(&Config{Options: telephony.Options{Call: echo}, URL: "https://voice.example.test:8443/calls", AuthToken: token})
	require.NoError(t, err)
	form := url.Values{"CallSid": {"CA1"}, "From": {"+1"}}
	ask := func(change func(r *http.Request)) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://10.0.0.1/calls?x=1", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Twilio-Signature", sign(token, "https://voice.example.test:8443/calls?x=1", form))
		change(r)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	good := ask(func(*http.Request) {})
	assert.Equal(t, http.StatusOK, good.Code)
	assert.Contains(t, good.Body.String(), `<Response><Connect><Stream url="wss://voice.example.test:8443/calls"><Parameter name="rt-token" value="`)
	assert.Equal(t, http.StatusForbidden, ask(func(r *http.Request) { r.Header.Del("X-Twilio-Signature") }).Code)
	assert.Equal(t, http.StatusForbidden, ask(func(r *http.Request) { r.URL.RawQuery = "x=2" }).Code)
	assert.Equal(t, http.StatusBadRequest, ask(func(r *http.Request) { r.Method = http.MethodDelete }).Code)
}

func TestConfig(t *testing.T) {
	t.Parallel()
	good := Config{Options: telephony.Options{Call: echo}, URL: "https://voice.example.test/calls", AuthToken: "t"}
	_, err := New(&good)
	require.NoError(t, err)
	for name, change := range map[string]func(c *Config){
		"Options.Call":      func(c *Config) { c.Call = nil },
		"Config.URL":        func(c *Config) { c.URL = "voice.example.test" },
		"Config.AuthToken":  func(c *Config) { c.AuthToken = "" },
		"Config.Password":   func(c *Config) { c.Dialect = Exotel },
		"Config.Dialect":    func(c *Config) { c.Dialect = 9 },
		"Config.SampleRate": func(c *Config) { c.SampleRate = 44100 },
		"Options.TokenKey":  func(c *Config) { c.TokenKey = []byte("short") },
	} {
		c := good
		change(&c)
		_, err := New(&c)
		require.ErrorContains(t, err, name)
	}
	_, err = New(nil)
	require.Error(t, err)
}
