package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strings"
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
		`msg=call call=rtc_0001 from=<tel:+15550100>`, `says="Good morning, how can I help you?"`,
		`msg=caller call=rtc_0001 says="What will the weather be like? Let me speak to a person, please."`,
		`msg=transfer call=rtc_0001 why="{\"reason\":\"asked for a person\"}"`,
	} {
		assert.Contains(t, log, want)
	}
	assert.Contains(t, log, `msg="call ended" call=rtc_0001 ok=true`)
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
		served <- serve(ctx, listener, cfg, []string{secret}, &safeBuffer{})
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
	require.Len(t, accepted.Tools, 1)
	tool, ok := accepted.Tools[0].(*api.FunctionTool)
	require.True(t, ok)
	assert.Equal(t, "transfer_to_agent", tool.Name)
}

func TestPhoneStopsWhenAsked(t *testing.T) {
	t.Parallel()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, serve(ctx, listener, nil, []string{secret}, &safeBuffer{}))
}

func TestPhoneNeedsASecret(t *testing.T) {
	t.Setenv("LIVE", "1")
	t.Setenv("OPENAI_WEBHOOK_SECRET", "")
	require.ErrorIs(t, run(t.Context(), "127.0.0.1:0", &safeBuffer{}), calls.ErrSecret)
	require.Error(t, run(t.Context(), "localhost:port", &safeBuffer{}))
}

func TestPhoneDeclinesAnonymousCallers(t *testing.T) {
	t.Parallel()
	in := &api.RealtimeCallIncoming{Data: api.IncomingCall{SIPHeaders: []api.SIPHeader{{Name: "From", Value: "<sip:anonymous@anonymous.invalid>"}}}}
	plan, err := newDesk(&strings.Builder{}).plan(t.Context(), in)
	require.NoError(t, err)
	assert.Equal(t, calls.StatusDecline, plan.Reject)
}
