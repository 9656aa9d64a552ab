package contender

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/voicelane/realtime-go/bench/internal/frames"
	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/bench/internal/server"
	"github.com/voicelane/realtime-go/bench/internal/stat"
	"github.com/voicelane/realtime-go/internal/headroom"
)

// Stat is the state of a client process.
type Stat struct {
	CPU    time.Duration `json:"cpu"`
	Events int64         `json:"events"`
	Broken int64         `json:"broken"` // sessions that ended
	Allocs uint64        `json:"allocs"` // objects; 0 for Node
}

// Memory is the memory of a process after a garbage collection. The heap of a Node
// process includes its buffers; its stack is not counted.
type Memory struct {
	Heap       float64 `json:"heap"`
	Stack      float64 `json:"stack"`
	RSS        float64 `json:"rss"`
	Goroutines float64 `json:"goroutines"`
}

type request struct {
	Do       string `json:"do"`
	Kind     Kind   `json:"kind"`
	Base     string `json:"base"`
	Roots    string `json:"roots"`
	Sessions int    `json:"sessions"`

	Pace  server.Pace `json:"pace"`
	Bytes int         `json:"bytes"`
}

// Main runs the process of a Go client. It serves requests from standard input.
func Main(ctx context.Context) error {
	c := &crowd{}
	c.sound.Store(server.Sound)
	return process.Serve(func(r request) (any, error) {
		switch r.Do {
		case "open":
			return struct{}{}, c.openAll(ctx, r)
		case "memory":
			return memory(), nil
		case "ballast":
			c.mu.Lock()
			c.keep = append(c.keep, ballast(r.Bytes))
			c.mu.Unlock()
		case "stop":
			c.stopped.Store(new(make(chan struct{})))
		case "expect":
			c.expect(r.Pace)
		case "speak":
			c.speak(r.Pace)
		case "hush":
			c.hush()
		case "listen in":
			c.timed.Store(true)
			c.delays.Take()
		case "delays":
			c.timed.Store(false)
			return delays{c.delays.Take()}, nil
		}
		return Stat{CPU: stat.Usage(), Events: c.events.Load(), Broken: c.broken.Load(), Allocs: allocated()}, nil
	})
}

// expect sets the pace at which audio will arrive. Audio of telephone calls is answered.
func (c *crowd) expect(p server.Pace) {
	p = p.Or()
	c.sound.Store(int32(p.Sound)) //nolint:gosec // A frame is short.
	c.talk.echo = frames.PCM(p.Sound)
	c.echoes.Store(p == server.Telephone)
}

// delays are the answer to "delays".
type delays struct {
	Delays stat.Delays `json:"delays"`
}

// ballast is live memory as a larger program has it.
func ballast(size int) [][]byte {
	const piece = 64 << 10
	var out [][]byte
	for range size / piece {
		b := make([]byte, piece)
		for i := 0; i < piece; i += 4096 {
			b[i] = 1
		}
		out = append(out, b)
	}
	return out
}

// allocated returns how many objects the process has allocated.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:objects"}, {Name: "/gc/heap/tiny/allocs:objects"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64() + sample[1].Value.Uint64()
}

// openAll connects the sessions, several at a time.
func (c *crowd) openAll(ctx context.Context, r request) error {
	conf := &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: x509.NewCertPool()}
	conf.RootCAs.AppendCertsFromPEM([]byte(r.Roots))
	next, err := newCrowd(r.Base, conf)
	if err != nil {
		return err
	}
	c.base, c.tls, c.client, c.http, c.telemetry = next.base, next.tls, next.client, next.http, next.telemetry
	var g errgroup.Group
	g.SetLimit(32)
	for range r.Sessions {
		g.Go(func() error { return c.open(ctx, r.Kind) })
	}
	return g.Wait()
}

func memory() Memory {
	headroom.Reserve() // One block for the process, whatever the number of sessions.
	// Two collections empty pools. Each collection halves the stacks that the
	// handshakes have grown.
	for range 6 {
		debug.FreeOSMemory()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return Memory{Heap: float64(m.HeapAlloc), Stack: float64(m.StackInuse), RSS: resident(), Goroutines: float64(runtime.NumGoroutine())}
}

// resident returns the resident memory of the process, or 0 where the system does
// not report it.
func resident() float64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseFloat(fields[1], 64)
	if err != nil {
		return 0
	}
	return pages * float64(os.Getpagesize())
}

// Remote is a client in a separate process.
type Remote struct {
	kind  Kind
	child *process.Child
}

// ErrNoNode is returned when the vendor's Node package is not available.
var ErrNoNode = errors.New("not available")

// Start starts a client on the second core. The argument makes this program run [Main].
// The directory node has the vendor's Node package.
func Start(ctx context.Context, k Kind, argument, node string) (*Remote, error) {
	spec, err := process.Self(1, argument)
	if k == Node {
		if err := process.CanNode(node); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoNode, err)
		}
		spec = process.Spec{Name: "node", Args: []string{"--expose-gc", filepath.Join(node, "client.mjs")}, Core: 1}
	}
	if err != nil {
		return nil, err
	}
	child, err := process.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	return &Remote{k, child}, nil
}

// Open connects sessions with a server, over TLS if secure is set.
func (r *Remote) Open(ctx context.Context, a *server.Address, secure bool, sessions int) error {
	base := a.Plain
	if secure {
		base = a.TLS
	}
	if r.kind == Node && !secure {
		return errors.New("the vendor's Node package only supports TLS")
	}
	return r.ask(ctx, request{Do: "open", Kind: r.kind, Base: base, Roots: a.Roots, Sessions: sessions}, &struct{}{})
}

// Stat returns the state of the client.
func (r *Remote) Stat(ctx context.Context) (s Stat, err error) {
	err = r.ask(ctx, request{Do: "stat"}, &s)
	return s, err
}

// Memory returns the memory of the client.
func (r *Remote) Memory(ctx context.Context) (m Memory, err error) {
	err = r.ask(ctx, request{Do: "memory"}, &m)
	return m, err
}

// Ballast makes the client hold so many bytes of other live data.
func (r *Remote) Ballast(ctx context.Context, bytes int) error {
	return r.ask(ctx, request{Do: "ballast", Bytes: bytes}, &struct{}{})
}

// Stop makes the handlers of all sessions wait until the process ends.
func (r *Remote) Stop(ctx context.Context) error {
	return r.ask(ctx, request{Do: "stop"}, &struct{}{})
}

// Expect announces the pace at which audio will arrive.
func (r *Remote) Expect(ctx context.Context, p server.Pace) error {
	return r.ask(ctx, request{Do: "expect", Pace: p}, &struct{}{})
}

// Speak starts to send stamped audio over all sessions.
func (r *Remote) Speak(ctx context.Context, p server.Pace) error {
	return r.ask(ctx, request{Do: "speak", Pace: p}, &struct{}{})
}

// Hush ends Speak.
func (r *Remote) Hush(ctx context.Context) error {
	return r.ask(ctx, request{Do: "hush"}, &struct{}{})
}

// ListenIn starts to measure how long stamped audio takes to arrive.
func (r *Remote) ListenIn(ctx context.Context) error {
	return r.ask(ctx, request{Do: "listen in"}, &struct{}{})
}

// Delays returns how long audio has taken since ListenIn, from the server's stamp to the
// first line of the handler.
func (r *Remote) Delays(ctx context.Context) (stat.Delays, error) {
	var d delays
	err := r.ask(ctx, request{Do: "delays"}, &d)
	return d.Delays, err
}

// Close stops the client.
func (r *Remote) Close() { r.child.Close() }

func (r *Remote) ask(ctx context.Context, q request, answer any) error {
	if err := r.child.Ask(ctx, q, answer); err != nil {
		return fmt.Errorf("%s: %s: %w", r.kind, q.Do, err)
	}
	return nil
}
