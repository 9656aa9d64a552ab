package conformance

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/socket"
)

// Its characters are random, as those of real keys: the words of an error are no part of it.
const longLived = "sk-8Jw2QzR7vKcY"

func TestLongLivedKeysAreRefused(t *testing.T) {
	for _, c := range []realtime.Credential{realtime.Key(longLived), realtime.Token("token"), realtime.Key(" sk-ek_")} {
		give := func(context.Context) (realtime.Credential, error) { return c, nil }
		client := newClient(t, func(c *realtime.Config) { c.APIKey, c.Credentials = "", give })
		_, err := client.Connect(deadline(t), realtime.Model("gpt-realtime"), nil)
		require.ErrorIs(t, err, realtime.ErrBrowserKey)
		assert.ErrorContains(t, err, "CreateClientSecret")
		_, err = client.CreateClientSecret(deadline(t), nil, nil)
		require.ErrorIs(t, err, realtime.ErrBrowserKey, "over REST as well")
	}
}

func TestLongLivedKeysCanBeAllowed(t *testing.T) {
	client := newClient(t, func(c *realtime.Config) { c.APIKey, c.DangerouslyAllowBrowser = longLived, true })
	s, err := client.Connect(deadline(t), realtime.Model("gpt-realtime"), nil)
	require.NoError(t, err)
	require.NoError(t, s.Close())
}

func TestWhatBrowsersCannotDoIsRefused(t *testing.T) {
	for name, cfg := range map[string]*realtime.Config{
		"Azure":       {APIKey: keyGood, Azure: &realtime.Azure{Endpoint: "https://name.openai.azure.com"}},
		"TLS":         {APIKey: keyGood, TLS: &tls.Config{MinVersion: tls.VersionTLS13}},
		"Proxy":       {APIKey: keyGood, Proxy: realtime.NoProxy},
		"DialContext": {APIKey: keyGood, DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }},
		"Handshake":   {APIKey: keyGood, Handshake: func(next http.RoundTripper) http.RoundTripper { return next }},
	} {
		_, err := realtime.NewClient(cfg)
		assert.ErrorContains(t, err, name)
	}
	_, err := newClient(t).Connect(deadline(t), realtime.Model("gpt-realtime"), &realtime.Options{Header: http.Header{"X-Team": {"a"}}})
	require.ErrorContains(t, err, "X-Team")
}

func TestKeysThatCannotTravelAreNotShown(t *testing.T) {
	for _, key := range []string{"ek_a b", "ek_a/b", "ek_ä", "ek_a=", "ek_a,b"} {
		_, err := newClient(t, func(c *realtime.Config) { c.APIKey = key }).Connect(deadline(t), realtime.Model("gpt-realtime"), nil)
		require.ErrorContains(t, err, "openai-insecure-api-key")
		assert.NotContains(t, err.Error(), key)
	}
}

func TestCloseCodesOfTheBrowserAreItsOwn(t *testing.T) {
	s := connect(t, nil)
	require.Error(t, s.CloseWith(1001, ""))
	require.NoError(t, s.CloseWith(3000, ""))
}

func TestRequestsGoOut(t *testing.T) {
	if js.Global().Get("process").Get("argv0").Type() == js.TypeString {
		t.Skip("Go uses fetch in browsers alone")
	}
	secret, err := newClient(t).CreateClientSecret(deadline(t), nil, nil)
	require.NoError(t, err)
	assert.Contains(t, secret.Value(), "ek_")
}

// TestFullQueueEndsSession fills the receive queue. A page cannot make its browser stop
// reading, so a queue that is not emptied must end the session.
func TestFullQueueEndsSession(t *testing.T) {
	s := connect(t, &realtime.Options{ReceiveQueueBytes: 16 << 10, SendQueueBytes: 4 << 10})
	for {
		// The server answers each text. After the session has ended, the send queue
		// stays full.
		ctx, cancel := context.WithTimeout(deadline(t), time.Second)
		err := s.SendText(ctx, strings.Repeat("x", 2<<10))
		cancel()
		if err != nil {
			break
		}
	}
	require.ErrorIs(t, last(t, s), socket.ErrReceiveQueueFull)
}
