// Package vendor is the vendor's side of a trial: calls with callers, webhooks that are
// signed and delivered again until they are taken, the REST API, and sidebands that come
// and go. It keeps the books.
package vendor

import (
	"bufio"
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/fleet/trial/internal/books"
	"github.com/voicelane/realtime-go/realtimetest"
)

// Config configures a vendor.
type Config struct {
	// Secret signs the webhooks.
	Secret string
	// Patience is how long a caller waits for the answer to an order before the next.
	// Without an answer to GiveUp orders in a row it hangs up.
	Patience time.Duration
	GiveUp   int
	// ThinkLeast and ThinkMost bound the pauses of a caller between two orders.
	ThinkLeast, ThinkMost time.Duration
	// EffectMost bounds how long the effect of an order takes.
	EffectMost time.Duration
	// Seed decides what callers do.
	Seed uint64
}

// Vendor is the vendor's side.
type Vendor struct {
	// URL is the base URL of the API, EffectsURL where the functions of agents have their
	// effects.
	URL, EffectsURL string
	// Books are the logs of the calls.
	Books *books.Books
	// Fronts are where webhooks are delivered.
	Fronts *Fronts

	cfg     Config
	server  *realtimetest.Server
	http    *http.Server
	closing chan struct{} // Closed by EndCalls.
	once    sync.Once     // Of closing.

	sidebands atomic.Int64 // So far.

	mu      sync.Mutex
	callers map[string]*caller // guarded by mu; by call id
	frozen  map[string]bool    // guarded by mu; workers whose events are recorded
	random  *rand.Rand         // guarded by mu
}

// New starts a vendor on a free port of the loopback interface.
func New(ctx context.Context, cfg *Config) (*Vendor, error) {
	v := &Vendor{
		Books: books.New(), cfg: *cfg, closing: make(chan struct{}),
		callers: map[string]*caller{}, frozen: map[string]bool{},
		random: rand.New(rand.NewPCG(cfg.Seed, 1)), //nolint:gosec // A seed repeats a trial.
	}
	v.Fronts = newFronts(v)
	v.server = realtimetest.New(&realtimetest.Config{
		Script:       realtimetest.Script{Rules: []realtimetest.Rule{{Answer: v.answer}}},
		Observe:      v.observe,
		DiscardLog:   true,
		LogBytes:     1 << 20,
		NoRateLimits: true,
		WriteTimeout: time.Minute, // A frozen worker does not read.
	})
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		v.server.Close()
		return nil, err
	}
	v.URL, v.EffectsURL = "http://"+l.Addr().String()+"/v1", "http://"+l.Addr().String()+"/effects"
	mux := http.NewServeMux()
	mux.HandleFunc("POST /effects", v.effect)
	mux.HandleFunc("POST /v1/realtime/calls/{call}/{action}", v.act)
	mux.HandleFunc("GET /v1/realtime", v.join)
	v.http = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = v.http.Serve(l) }() // Returns ErrServerClosed.
	return v, nil
}

// Close ends everything.
func (v *Vendor) Close() {
	v.EndCalls()
	v.server.Close()
	_ = v.http.Close()
	v.Fronts.close()
}

// EndCalls makes all callers finish: one half hangs up, the other says goodbye and expects
// the agent to hang up.
func (v *Vendor) EndCalls() { v.once.Do(func() { close(v.closing) }) }

// Watch begins or ends the recording of what a worker sends on its sidebands.
func (v *Vendor) Watch(worker string, on bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.frozen[worker] = on
}

// observe records what watched workers send.
func (v *Vendor) observe(conn *realtimetest.Conn, e realtimetest.Entry) {
	id, worker := conn.Query().Get("call_id"), conn.Credential().Key
	if id == "" || e.Direction != realtimetest.Received {
		return
	}
	v.mu.Lock()
	watched := v.frozen[worker]
	v.mu.Unlock()
	if watched {
		v.Books.Call(id).Add(books.Steer, worker, e.Type)
	}
}

// join serves a sideband and records it.
func (v *Vendor) join(w http.ResponseWriter, r *http.Request) {
	call, worker := v.Books.Call(r.URL.Query().Get("call_id")), key(r)
	number := strconv.FormatInt(v.sidebands.Add(1), 10)
	h := &hijackWriter{ResponseWriter: w, hijacked: func() { call.Add(books.Attach, worker, number) }}
	v.server.ServeHTTP(h, r)
	if h.done {
		call.Add(books.Detach, worker, number)
	}
}

// act passes a REST request about a call on and records its outcome.
func (v *Vendor) act(w http.ResponseWriter, r *http.Request) {
	id, action, worker := r.PathValue("call"), r.PathValue("action"), key(r)
	status := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	v.server.ServeHTTP(status, r)
	done := status.status/100 == 2
	call := v.Books.Call(id)
	switch {
	case action == "accept" && done:
		call.Add(books.Accepted, worker, "")
	case action == "accept":
		call.Add(books.Again, worker, http.StatusText(status.status))
	case !done:
		call.Add(books.Late, worker, action+": "+http.StatusText(status.status))
	}
}

// effect is what a function does to the world.
func (v *Vendor) effect(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	v.Books.Call(q.Get("call")).Add(books.Effect, key(r), q.Get("tool"))
	w.WriteHeader(http.StatusNoContent)
}

// key returns the API key of a request, which is the name of the worker.
func key(r *http.Request) string {
	const bearer = "Bearer "
	if h := r.Header.Get("Authorization"); len(h) > len(bearer) {
		return h[len(bearer):]
	}
	return ""
}

// statusWriter notes the status of an answer.
type statusWriter struct {
	http.ResponseWriter

	status int
}

// WriteHeader notes the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// hijackWriter notes that a handshake was answered.
type hijackWriter struct {
	http.ResponseWriter

	hijacked func()
	done     bool
}

// Hijack implements [http.Hijacker].
func (w *hijackWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		w.done = true
		w.hijacked()
	}
	return conn, rw, err
}

// discard reads a body to its end, so that its connection can be used again.
func discard(body io.ReadCloser) {
	_, _ = io.Copy(io.Discard, body)
	_ = body.Close()
}
