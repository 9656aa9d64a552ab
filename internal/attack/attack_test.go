package attack

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

var (
	duration  = flag.Duration("attack", 0, "how long to attack; 0 is a fixed number of seeds")
	firstSeed = flag.Uint64("seed", 0, "the first seed")
	seeds     = flag.Uint64("seeds", 0, "how many seeds without -attack; 0: 8, or 3 with -short")
)

// key is what no error, log line or printed value may hold.
const key = "sk-proj-Zk7Qm4tRx9LwVb2Nc8Yd5Hfe3-attack"

// patience is the real time that one seed may take.
const patience = 10 * time.Minute

// heapGrowth is how much the heap may hold more after any number of seeds.
const heapGrowth = 64 << 20

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// count returns how many seeds there are without -attack.
func count() uint64 {
	switch {
	case *seeds > 0:
		return *seeds
	case testing.Short():
		return 3
	default:
		return 8
	}
}

func TestAttack(t *testing.T) {
	server, client := certificate()
	start := time.Now()
	var base uint64
	for n := uint64(0); ; n++ {
		if *duration > 0 && time.Since(start) > *duration || *duration == 0 && n >= count() {
			t.Logf("%d seeds from %d in %s%s", n, *firstSeed, time.Since(start).Round(time.Second), &tally)
			return
		}
		seed := *firstSeed + n
		watchdog := time.AfterFunc(patience, func() {
			debug.SetTraceback("all")
			panic(fmt.Sprintf("seed %d hangs", seed))
		})
		t.Run(fmt.Sprintf("seed_%d", seed), func(t *testing.T) {
			a := newAttack(seed, server, client)
			if !a.memory {
				before := goleak.IgnoreCurrent()
				a.run(t)
				assert.NoError(t, goleak.Find(before))
				return
			}
			synctest.Test(t, a.run)
		})
		watchdog.Stop()
		if n%50 == 20 {
			heap := liveHeap()
			if base == 0 {
				base = heap
			}
			if !assert.Less(t, heap, base+heapGrowth, "the heap after seed %d", seed) {
				return
			}
			fmt.Fprintf(os.Stderr, "%s: seed %d, heap %d KiB\n", time.Since(start).Round(time.Second), seed, heap>>10)
		}
	}
}

func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// attack is one seed.
type attack struct {
	t    *testing.T
	seed uint64
	rng  *rand.Rand     // For the set-up alone.
	tls  [2]*tls.Config // Of the server and the client; nil without TLS.

	memory, reconnects, compresses, garbles bool
	echoes                                  bool // The server repeats the key.

	log  *keyFinder
	opts realtime.Options
}

func newAttack(seed uint64, server, client *tls.Config) *attack {
	rng := rand.New(rand.NewPCG(seed, 1))
	a := &attack{
		seed: seed, rng: rng, memory: seed%2 == 0,
		reconnects: rng.IntN(3) > 0, compresses: rng.IntN(3) == 0, garbles: rng.IntN(3) == 0, echoes: rng.IntN(3) == 0,
		log: &keyFinder{},
	}
	if rng.IntN(2) == 0 {
		a.tls = [2]*tls.Config{server, client}
		// A garbled record makes crypto/tls wait for the lock of a writer, and the clock of a
		// bubble stands still while a goroutine waits for a lock.
		a.garbles = a.garbles && !a.memory
	}
	return a
}

// strict reports whether what arrives is what was sent.
func (a *attack) strict() bool { return !a.garbles || a.tls[0] != nil }

// unit is a second of the seed's clock, shorter where it is real.
func (a *attack) unit() time.Duration {
	if a.memory {
		return time.Second
	}
	return 30 * time.Millisecond
}

// slack is how much later than its bound a call may return.
func (a *attack) slack() time.Duration {
	if a.memory {
		return 10 * time.Millisecond
	}
	return time.Minute
}

func (a *attack) run(t *testing.T) {
	t.Helper()
	a.t = t
	defer func() {
		if t.Failed() {
			t.Logf("replay: go test -race ./internal/attack -run 'Attack$/seed_%d$' -seed %d -seeds 1", a.seed, a.seed)
			t.Logf("memory %t, TLS %t, reconnects %t, compresses %t, garbles %t", a.memory, a.tls[0] != nil, a.reconnects, a.compresses, a.garbles)
		}
	}()
	a.options()
	var wg sync.WaitGroup
	var fronts []*front
	for i := range uint64(5) {
		f := newFront(a, i)
		fronts = append(fronts, f)
		switch i {
		case 0, 1:
			wg.Go(newTalk(f).run)
		case 2:
			wg.Go(newTranslation(f).run)
		case 3:
			wg.Go(newTranscription(f).run)
		default:
			wg.Go(newRaw(f).run)
		}
	}
	wg.Wait()
	for _, f := range fronts {
		tally.add("connections", len(f.net.srv.Conns()))
		f.net.close()
	}
	a.log.check(t)
}

// front is a server of its own behind a proxy of its own, and a client for it.
type front struct {
	*attack
	number uint64
	rng    *rand.Rand
	temper *temper
	net    *network
	client *realtime.Client
}

func newFront(a *attack, number uint64) *front {
	f := &front{attack: a, number: number, rng: rand.New(rand.NewPCG(a.seed, 10+number))}
	f.temper = &temper{
		garbles: a.garbles, longest: 60 * a.unit(), calm: make(chan struct{}),
		rng: rand.New(rand.NewPCG(a.seed, 20+number)),
	}
	f.net = newNetwork(a.t, f.temper, f.serverConfig(), a.memory, a.tls[0])
	var err error
	f.client, err = realtime.NewClient(&realtime.Config{
		APIKey: key, BaseURL: f.net.baseURL(), DialContext: f.net.DialContext, Proxy: realtime.NoProxy,
		TLS: a.tls[1], DialTimeout: 30 * a.unit(), Logger: slog.New(slog.NewJSONHandler(a.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	require.NoError(a.t, err)
	return f
}

// stream returns the random numbers of one goroutine.
func (f *front) stream(n uint64) *rand.Rand { return rand.New(rand.NewPCG(f.seed, 100*(f.number+1)+n)) }

// connect tries a few times, since a connection may be refused or cut.
func (f *front) connect(dial func(context.Context) error) bool {
	for range 4 {
		ctx, cancel := context.WithTimeout(context.Background(), 50*f.unit())
		err := f.within(50*f.unit(), "Connect", func() error { return dial(ctx) })
		cancel()
		if err == nil {
			return true
		}
	}
	return false
}

// options are the settings of the seed's sessions.
func (a *attack) options() {
	u := a.unit()
	a.opts = realtime.Options{
		PingInterval: 15 * u, PingTimeout: 10 * u, WriteTimeout: 30 * u, CloseTimeout: 5 * u, ReceiveStall: 30 * u,
		Compression: a.compresses, SendQueueBytes: 256 << 10, ReceiveQueueEvents: 200,
	}
	if a.reconnects {
		a.opts.Reconnect = &realtime.Reconnect{
			Attempts: 3 + a.rng.IntN(10), InitialDelay: u / 2, MaxDelay: 8 * u, RestoreTimeout: 30 * u, MaxAge: time.Duration(1+a.rng.IntN(300)) * u,
		}
	}
}

func (f *front) serverConfig() *realtimetest.Config {
	a := f.attack
	cfg := &realtimetest.Config{
		WriteTimeout: 10 * time.Second, SessionLife: time.Duration(60+f.rng.IntN(600)) * a.unit(),
		Script: realtimetest.Script{Rules: []realtimetest.Rule{
			{When: realtimetest.Returned("f"), Do: []realtimetest.Step{realtimetest.Say{Text: "It is done."}}},
			{When: realtimetest.Said("tool"), Do: []realtimetest.Step{
				realtimetest.Call{Name: "f", Arguments: `{"n":1}`}, realtimetest.Call{Name: "f", Arguments: `{"n":2}`},
			}},
			{Do: []realtimetest.Step{realtimetest.Say{Text: "This is an answer of some words."}}},
		}},
	}
	if f.rng.IntN(3) == 0 {
		cfg.Pace = 1 / a.unit().Seconds()
	}
	if a.echoes {
		var mu sync.Mutex
		rng := f.stream(9)
		cfg.Credentials = func(c realtimetest.Credential) error {
			mu.Lock()
			defer mu.Unlock()
			if rng.IntN(4) == 0 {
				return fmt.Errorf("the key %s is wrong, or %s", c.Key, c.Key[:20])
			}
			return nil
		}
		cfg.Observe = func(c *realtimetest.Conn, e realtimetest.Entry) {
			mu.Lock()
			defer mu.Unlock()
			if e.Direction == realtimetest.Received && rng.IntN(40) == 0 {
				go c.Send(&api.ErrorEvent{Error: api.Error{Type: "server_error", Message: "the key is " + c.Credential().Key}})
			}
		}
	}
	return cfg
}

// judge holds an error of any call to what all errors promise.
func (a *attack) judge(err error) {
	if err == nil {
		return
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%q"} {
		if text := fmt.Sprintf(format, err); leaks(text) {
			assert.Fail(a.t, "an error holds the key", "%s of %T", format, err)
		}
	}
}

// within runs a call that has to return within a bound.
func (a *attack) within(bound time.Duration, what string, call func() error) error {
	start := time.Now()
	err := call()
	took := time.Since(start)
	assert.LessOrEqualf(a.t, took, bound+a.slack(), "%s took %s: %v", what, took, err)
	a.judge(err)
	name, _, _ := strings.Cut(what, " ")
	if err == nil {
		tally.add("call done: "+name, 1)
	} else {
		tally.add("call failed: "+name, 1)
	}
	return err
}

// leaks reports whether a text holds the key, or enough of it to be of use.
func leaks(text string) bool {
	return strings.Contains(text, key[8:18])
}

// keyFinder is the output of the log.
type keyFinder struct {
	mu    sync.Mutex
	lines int
	found string
}

func (k *keyFinder) Write(line []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lines++
	if leaks(string(line)) {
		k.found = string(line)
	}
	return len(line), nil
}

func (k *keyFinder) check(t *testing.T) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	assert.Empty(t, k.found, "the log holds the key")
}

// sleep waits for a random time, or until the context ends.
func (a *attack) sleep(ctx context.Context, rng *rand.Rand, most time.Duration) {
	timer := time.NewTimer(time.Duration(rng.Int64N(int64(most) + 1)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
