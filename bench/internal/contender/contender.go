// Package contender runs a process that holds sessions with a server through one of the
// compared clients.
package contender

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gorilla/websocket"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/voicelane/realtime-go/bench/internal/community"
	"github.com/voicelane/realtime-go/bench/internal/server"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/otelrealtime"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/tap"
	"github.com/voicelane/realtime-go/usage"
)

// Kind is a client and its mode of use.
type Kind string

// The clients.
const (
	Bare      Kind = "bare socket"
	Reused    Kind = "realtime-go, reused"
	Tapped    Kind = "realtime-go, reused, with taps"
	Owned     Kind = "realtime-go"
	Silent    Kind = "realtime-go, no receiver"
	Community Kind = "community client"
	Node      Kind = "openai for Node"
)

// crowd is the sessions of a process and their counters.
type crowd struct {
	events    atomic.Int64
	broken    atomic.Int64 // sessions that ended
	last      atomic.Int32 // keeps the compiler from optimizing decoding away
	base      string
	tls       *tls.Config
	client    *realtime.Client
	http      *http.Client // the community client's
	telemetry *otelrealtime.Telemetry
	mu        sync.Mutex
	keep      []*realtime.Session // guarded by mu; keeps the sessions reachable
}

var errSurprise = errors.New("contender: an unexpected event")

func newCrowd(base string, conf *tls.Config) (*crowd, error) {
	client, err := realtime.NewClient(&realtime.Config{APIKey: "key", BaseURL: base, TLS: conf, Proxy: realtime.NoProxy})
	if err != nil {
		return nil, err
	}
	hc := &http.Client{Transport: &http.Transport{TLSClientConfig: conf}}
	telemetry, err := otelrealtime.New(&otelrealtime.Options{
		TracerProvider: trace.NewTracerProvider(), MeterProvider: metric.NewMeterProvider(metric.WithReader(metric.NewManualReader())),
	})
	if err != nil {
		return nil, err
	}
	return &crowd{base: base, tls: conf, client: client, http: hc, telemetry: telemetry}, nil
}

func (c *crowd) secure() bool { return strings.HasPrefix(c.base, "https:") }

// open connects one session and starts the goroutines that receive from it. It returns
// when the first event has arrived.
func (c *crowd) open(ctx context.Context, k Kind) error {
	switch k {
	case Bare:
		return c.bare(ctx)
	case Community:
		return c.community(ctx)
	case Reused, Tapped, Owned, Silent:
		return c.ours(ctx, k)
	default:
		return fmt.Errorf("contender: unknown client %q", k)
	}
}

// heard counts a delta and uses its audio.
func (c *crowd) heard(audio []byte) error {
	if len(audio) != server.Sound {
		return errSurprise
	}
	c.last.Store(int32(audio[len(audio)-1]))
	c.events.Add(1)
	return nil
}

func (c *crowd) ours(ctx context.Context, k Kind) error {
	s, err := c.client.Connect(ctx, realtime.Model("gpt-realtime"), &realtime.Options{Taps: c.taps(ctx, k)})
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.keep = append(c.keep, s)
	c.mu.Unlock()
	hear := func(_ context.Context, _ *realtime.Session, e *api.ResponseOutputAudioDelta) error {
		return c.heard(e.Delta)
	}
	mux := realtime.NewMux()
	switch k {
	case Silent:
		s.Discard()
		return nil
	case Reused, Tapped:
		realtime.OnAudio(mux, hear)
	default:
		realtime.On(mux, hear)
	}
	go func() {
		_ = mux.Run(ctx, s)
		c.broken.Add(1)
	}()
	return nil
}

// taps returns all taps for a session that has them: a meter, a recording to a file that
// takes everything, and telemetry without an exporter.
func (c *crowd) taps(ctx context.Context, k Kind) []*realtime.Tap {
	if k != Tapped {
		return nil
	}
	rec := tap.New(recording.NewWriter(devNull(), nil))
	meter := usage.NewMeter(&usage.Options{OnEntry: rec.Entry})
	return []*realtime.Tap{meter.Tap(), rec.Session(), c.telemetry.Observe(ctx).Tap()}
}

// devNull is a file, so that a recording pays for its writes; without one it is free.
var devNull = sync.OnceValue(func() io.Writer {
	f, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return io.Discard
	}
	return f
})

func (c *crowd) community(ctx context.Context) error {
	conn, err := community.Dial(ctx, c.http, server.WebSocket(c.base))
	if err != nil {
		return err
	}
	if _, err := conn.Read(ctx); err != nil {
		return err
	}
	go func() {
		defer c.broken.Add(1)
		for {
			e, err := conn.Read(ctx)
			if err != nil {
				return
			}
			delta, ok := e.(*community.AudioDelta)
			if !ok {
				return
			}
			audio, err := base64.StdEncoding.DecodeString(delta.Delta)
			if err != nil || c.heard(audio) != nil {
				return
			}
		}
	}()
	return nil
}

// Dialer returns gorilla's dialer with the SDK's settings: each message in one write,
// write buffers from a pool that idle connections share, and a small read buffer,
// smaller still over TLS, which has its own.
func Dialer(conf *tls.Config, secure bool) *websocket.Dialer {
	d := &websocket.Dialer{TLSClientConfig: conf, ReadBufferSize: 1 << 10, WriteBufferSize: 16 << 10, WriteBufferPool: &writeBuffers}
	if secure {
		d.ReadBufferSize = 256
	}
	return d
}

var (
	writeBuffers sync.Pool
	readBuffers  = sync.Pool{New: func() any { return new([16 << 10]byte) }}
)

// bare reads messages without decoding them.
func (c *crowd) bare(ctx context.Context) error {
	ws, resp, err := Dialer(c.tls, c.secure()).DialContext(ctx, server.WebSocket(c.base), http.Header{"Authorization": {"Bearer key"}})
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if err := readBare(ws); err != nil {
		return err
	}
	go func() {
		defer c.broken.Add(1)
		for readBare(ws) == nil {
			c.events.Add(1)
		}
	}()
	return nil
}

func readBare(ws *websocket.Conn) error {
	_, r, err := ws.NextReader()
	if err != nil {
		return err
	}
	buf, ok := readBuffers.Get().(*[16 << 10]byte)
	if !ok {
		return errSurprise
	}
	defer readBuffers.Put(buf)
	if _, err = io.ReadFull(r, buf[:]); errors.Is(err, io.ErrUnexpectedEOF) {
		return nil // Each message is shorter than the buffer.
	}
	return err
}
