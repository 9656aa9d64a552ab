// Package contender runs a process that holds sessions with a server through one of the
// compared clients.
//
// The files, from the bottom up: talk.go, what sessions send; contender.go, the process's
// sessions and the clients that are read in a loop; openai.go; whole.go; remote.go, the
// process and its handle.
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
	"github.com/voicelane/realtime-go/bench/internal/frames"
	"github.com/voicelane/realtime-go/bench/internal/server"
	"github.com/voicelane/realtime-go/bench/internal/stat"
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
	Plain     Kind = "bare socket, ReadMessage"
	Reused    Kind = "realtime-go, reused"
	Tapped    Kind = "realtime-go, reused, with taps"
	Owned     Kind = "realtime-go"
	Silent    Kind = "realtime-go, no receiver"
	Whole     Kind = "realtime-go, agent, bridge and taps"
	Community Kind = "community client"
	OpenAI    Kind = "openai-go"
	OpenAIRaw Kind = "openai-go, raw"
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
	http      *http.Client // of the community client and openai-go
	telemetry *otelrealtime.Telemetry
	mu        sync.Mutex
	keep      []any    // guarded by mu; keeps the sessions reachable
	senders   []sender // guarded by mu; one for each session

	sound   atomic.Int32                  // bytes of audio in a delta
	timed   atomic.Bool                   // whether the stamps of audio are read
	delays  stat.Histogram                // from the server's stamp to the handler's first line
	stopped atomic.Pointer[chan struct{}] // while it is set, handlers wait until it is closed
	echoes  atomic.Bool                   // whether a handler answers audio with as much
	talk    talk
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
		return c.bare(ctx, readBare)
	case Plain:
		return c.bare(ctx, readMessage)
	case Community:
		return c.community(ctx)
	case OpenAI, OpenAIRaw:
		return c.openai(ctx, k)
	case Whole:
		return c.whole(ctx)
	case Reused, Tapped, Owned, Silent:
		return c.ours(ctx, k)
	default:
		return fmt.Errorf("contender: unknown client %q", k)
	}
}

// heard counts a delta and uses its audio. It is the first line of each handler.
func (c *crowd) heard(audio []byte, answer sender) error {
	if c.timed.Load() {
		c.delays.Add(stat.Monotonic() - frames.Stamped(audio))
	}
	if len(audio) != int(c.sound.Load()) {
		return errSurprise
	}
	c.last.Store(int32(audio[len(audio)-1]))
	return c.count(answer)
}

// arrived counts a message with a delta that nothing has decoded.
func (c *crowd) arrived(message []byte, answer sender) error {
	if c.timed.Load() {
		if at := frames.AudioAt(message); at >= 0 {
			c.delays.Add(stat.Monotonic() - frames.StampedText(message[at:]))
		}
	}
	return c.count(answer)
}

// count counts an event, answers it if that is wanted, and waits while handlers are stopped.
func (c *crowd) count(answer sender) error {
	c.events.Add(1)
	if stopped := c.stopped.Load(); stopped != nil {
		<-*stopped
	}
	if c.echoes.Load() {
		return answer(c.talk.echo)
	}
	return nil
}

func (c *crowd) ours(ctx context.Context, k Kind) error {
	s, err := c.client.Connect(ctx, realtime.Model("gpt-realtime"), &realtime.Options{Taps: c.taps(ctx, k)})
	if err != nil {
		return err
	}
	send := func(audio []byte) error { return s.Send(ctx, &api.InputAudioBufferAppend{Audio: audio}) }
	c.holds(s, send)
	hear := func(_ context.Context, _ *realtime.Session, e *api.ResponseOutputAudioDelta) error {
		return c.heard(e.Delta, send)
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
	if k != Tapped && k != Whole {
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
	send := func(audio []byte) error {
		return conn.Send(ctx, community.AudioAppend{Audio: base64.StdEncoding.EncodeToString(audio)})
	}
	c.holds(nil, send)
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
			if err != nil || c.heard(audio, send) != nil {
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
	d := &websocket.Dialer{TLSClientConfig: conf, ReadBufferSize: 512, WriteBufferSize: 16 << 10, WriteBufferPool: &writeBuffers}
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
func (c *crowd) bare(ctx context.Context, read reader) error {
	ws, resp, err := Dialer(c.tls, c.secure()).DialContext(ctx, server.WebSocket(c.base), http.Header{"Authorization": {"Bearer key"}})
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	ignore := func([]byte) error { return nil }
	if err := read(ws, ignore); err != nil {
		return err
	}
	// A frame of its own for each size that is sent would be memory of the session.
	send := func(audio []byte) error { return writeBare(ws, audio) }
	c.holds(nil, send)
	arrived := func(message []byte) error { return c.arrived(message, send) }
	go func() {
		defer c.broken.Add(1)
		for read(ws, arrived) == nil {
		}
	}()
	return nil
}

// reader reads a message of a bare socket.
type reader func(ws *websocket.Conn, arrived func(message []byte) error) error

// readMessage reads as most programs do: each message is memory of its own.
func readMessage(ws *websocket.Conn, arrived func(message []byte) error) error {
	_, message, err := ws.ReadMessage()
	if err != nil {
		return err
	}
	return arrived(message)
}

// readBare reads into memory that is used again.
func readBare(ws *websocket.Conn, arrived func(message []byte) error) error {
	_, r, err := ws.NextReader()
	if err != nil {
		return err
	}
	buf, ok := readBuffers.Get().(*[16 << 10]byte)
	if !ok {
		return errSurprise
	}
	defer readBuffers.Put(buf)
	// Each message is shorter than the buffer.
	n, err := io.ReadFull(r, buf[:])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return arrived(buf[:n])
}
