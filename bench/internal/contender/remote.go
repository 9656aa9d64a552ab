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
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/bench/internal/server"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

// Stat is the state of a client process.
type Stat struct {
	CPU    time.Duration `json:"cpu"`
	Events int64         `json:"events"`
	Broken int64         `json:"broken"` // sessions that ended
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
}

// Main runs the process of a Go client. It serves requests from standard input.
func Main(ctx context.Context) error {
	c := &crowd{}
	return process.Serve(func(r request) (any, error) {
		switch r.Do {
		case "open":
			return struct{}{}, c.openAll(ctx, r)
		case "memory":
			return memory(), nil
		default:
			return Stat{CPU: stat.Usage(), Events: c.events.Load(), Broken: c.broken.Load()}, nil
		}
	})
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

// Close stops the client.
func (r *Remote) Close() { r.child.Close() }

func (r *Remote) ask(ctx context.Context, q request, answer any) error {
	if err := r.child.Ask(ctx, q, answer); err != nil {
		return fmt.Errorf("%s: %s: %w", r.kind, q.Do, err)
	}
	return nil
}
