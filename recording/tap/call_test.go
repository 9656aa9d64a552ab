package tap_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/tap"
	"github.com/voicelane/realtime-go/voice"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// key is the credential of the calls.
const key = "sk-proj-abcdef0123456789"

// call is a recorded call over a simulated line, inside of a bubble.
type call struct {
	t       *testing.T
	file    bytes.Buffer
	rec     *tap.Recorder
	srv     *realtimetest.Server
	session *realtime.Session
	line    *voice.SimLine
	mux     *realtime.Mux
	bridge  *voice.Bridge
	ran     chan error
}

// setup is what differs from call to call.
type setup struct {
	script    realtimetest.Script
	keep      []recording.Keep
	bargeIn   voice.Policy
	reconnect *realtime.Reconnect
	taps      []*realtime.Tap
}

// dial connects a session whose formats are those of a telephone.
func dial(t *testing.T, s setup) *call {
	t.Helper()
	c := &call{t: t, line: voice.NewSimLine(audio.ULaw, audio.ULaw), mux: realtime.NewMux(), ran: make(chan error, 1)}
	c.rec = tap.New(recording.NewWriter(&c.file, &recording.Options{
		Keep: s.keep, By: "realtime-go tap", Session: &recording.SessionInfo{Kind: "conversation", Model: "gpt-realtime"},
		Line: &recording.LineInfo{Kind: "simulated", Codec: "pcmu", Rate: 8000},
	}))
	c.srv = realtimetest.New(&realtimetest.Config{Script: s.script})
	t.Cleanup(c.srv.Close)
	client, err := realtime.NewClient(&realtime.Config{APIKey: key, BaseURL: c.srv.URL, DialContext: c.srv.DialContext, Proxy: realtime.NoProxy})
	require.NoError(t, err)
	c.session, err = client.Connect(t.Context(), realtime.Model("gpt-realtime"), &realtime.Options{
		PingInterval: -1, Reconnect: s.reconnect, Taps: append([]*realtime.Tap{c.rec.Session()}, s.taps...),
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.session.Close() })
	c.bridge, err = voice.NewBridge(c.session, c.line, &voice.BridgeOptions{Mux: c.mux, BargeIn: s.bargeIn, Taps: []*voice.Tap{c.rec.Line()}})
	require.NoError(t, err)
	return c
}

// run carries sound until hangUp.
func (c *call) run() {
	go func() { c.ran <- c.bridge.Run(c.t.Context()) }()
	time.Sleep(100 * time.Millisecond)
}

// say lets the caller speak.
func (c *call) say(d time.Duration) {
	c.t.Helper()
	require.NoError(c.t, c.line.Speak(c.t.Context(), tone(d)))
}

func tone(d time.Duration) []byte {
	samples := make([]int16, audio.ULaw.Bytes(d))
	for i := range samples {
		samples[i] = int16(8000*(i/10%2) - 4000)
	}
	return audio.ULaw.AppendBytes(nil, samples)
}

// hangUp ends the call and returns its recording.
func (c *call) hangUp() *recording.Recording {
	c.t.Helper()
	c.line.Leave()
	<-c.ran //nolint:errcheck // Leaving in the middle of an answer may be an error.
	require.NoError(c.t, c.session.Close())
	require.NoError(c.t, c.rec.Close())
	rec, err := recording.Read(bytes.NewReader(c.file.Bytes()))
	require.NoError(c.t, err)
	return rec
}

// after runs f on a goroutine of its own.
func (c *call) after(d time.Duration, f func(ctx context.Context)) {
	go func() {
		time.Sleep(d)
		f(c.t.Context())
	}()
}

func bodies[B recording.Body](rec *recording.Recording) (all []B) {
	for _, l := range rec.Lines {
		if b, ok := l.Body.(B); ok {
			all = append(all, b)
		}
	}
	return all
}
