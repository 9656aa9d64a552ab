package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// safeBuffer is a buffer that the program and its server write to concurrently.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func TestPhone(t *testing.T) {
	t.Setenv("LIVE", "")
	defer http.DefaultClient.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out safeBuffer
	require.NoError(t, run(ctx, "", &out))
	log := out.String()
	for _, want := range []string{
		`msg=turn caller="" agent="Good morning, how can I help you?"`,
		`msg=turn caller="What will the weather be like? Let me speak to a person, please." agent="One moment, I put you through."`,
	} {
		assert.Contains(t, log, want)
	}
	assert.Regexp(t, `the caller was referred to sip:support@example.com and heard \d{5,} bytes`, log)
}

// TestPhoneSpeaksG711 holds what a call is accepted with: the telephone's sound
// in both directions, and the tool that puts the caller through.
func TestPhoneSpeaksG711(t *testing.T) {
	t.Parallel()
	service := realtimetest.NewServer(nil)
	defer service.Close()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		cfg := &realtime.Config{APIKey: "any", BaseURL: service.URL, Proxy: realtime.NoProxy}
		served <- serve(ctx, listener, cfg, hook(t))
	}()
	defer func() {
		stop()
		require.NoError(t, <-served)
	}()
	client := &http.Client{}
	defer client.CloseIdleConnections()
	call, err := service.Ring(t.Context(), &realtimetest.Ringing{URL: "http://" + listener.Addr().String(), Secret: secret, Client: client})
	require.NoError(t, err)
	line, err := call.Sideband(t.Context())
	require.NoError(t, err)
	_, err = line.WaitFor(t.Context(), realtimetest.Is(realtimetest.Sent, "response.done"))
	require.NoError(t, err)
	call.HangUp()

	accepted := call.Session()
	assert.Equal(t, &api.AudioPCMU{}, accepted.Audio.Input.Format)
	assert.Equal(t, &api.AudioPCMU{}, accepted.Audio.Output.Format)
	updates := realtimetest.AllReceived[*api.SessionUpdate](line)
	require.Len(t, updates, 1)
	config, ok := updates[0].Session.(*api.RealtimeSessionConfig)
	require.True(t, ok)
	require.Len(t, config.Tools, 1)
	tool, ok := config.Tools[0].(*api.FunctionTool)
	require.True(t, ok)
	assert.Equal(t, "transfer_to_agent", tool.Name)
}

func TestPhoneStopsWhenAsked(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cfg := &realtime.Config{APIKey: "any"}
	require.NoError(t, serve(ctx, listener, cfg, hook(t)))
}

func TestPhoneNeedsASecret(t *testing.T) {
	t.Setenv("LIVE", "1")
	t.Setenv("OPENAI_WEBHOOK_SECRET", "")
	require.ErrorIs(t, run(t.Context(), "127.0.0.1:0", &safeBuffer{}), calls.ErrSecret)
	require.Error(t, run(t.Context(), "localhost:port", &safeBuffer{}))
}

func hook(t *testing.T) *calls.Webhook {
	t.Helper()
	w, err := calls.NewWebhook(&calls.WebhookConfig{Secrets: []string{secret}})
	require.NoError(t, err)
	return w
}

// TestPhoneIsShort compares with the same program in TypeScript on the vendor's SDK: 61
// lines, four of them comments.
func TestPhoneIsShort(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("main.go")
	require.NoError(t, err)
	code := regexp.MustCompile(`(?m)^\s*[^/\s].*$`).FindAll(source, -1)
	assert.LessOrEqual(t, len(code), 57)
}
