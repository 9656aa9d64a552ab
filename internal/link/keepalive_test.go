package link

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/monotonic"
	"github.com/voicelane/realtime-go/socket"
)

// pinged is a Link to a peer that sends bytes when it wants to, and answers each ping,
// until it dies.
type pinged struct {
	Link

	t        *testing.T
	interval time.Duration
	over     chan struct{}
	abort    func()

	// freeze, if not nil, suspends the process during a look, which has found no bytes.
	freeze func()

	mu      sync.Mutex           // guards what follows
	latency func() time.Duration // of the next answer
	dead    bool
	last    monotonic.Time
	pings   int
}

func newPinged(t *testing.T, interval time.Duration, latency func() time.Duration) *pinged {
	t.Helper()
	over := make(chan struct{})
	return &pinged{
		t: t, interval: interval, latency: latency, last: monotonic.Now(),
		over: over, abort: sync.OnceFunc(func() { close(over) }),
	}
}

func (p *pinged) nextReader() (io.Reader, error) {
	<-p.over
	return nil, net.ErrClosed
}

func (p *pinged) Abort() { p.abort() }

func (p *pinged) WriteClose(int, string, time.Time) error { return net.ErrClosed }

func (p *pinged) tries(int) bool { return true }

func (p *pinged) lastRead() monotonic.Time {
	p.mu.Lock()
	last := p.last
	p.mu.Unlock()
	if p.freeze != nil {
		p.freeze()
	}
	return last
}

func (p *pinged) ping(time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pings++
	assert.GreaterOrEqual(p.t, monotonic.Since(p.last), p.interval, "a peer that is not silent is not pinged")
	if !p.dead {
		time.AfterFunc(p.latency(), p.arrive)
	}
	return nil
}

// arrive is the arrival of a byte.
func (p *pinged) arrive() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.dead {
		p.last = monotonic.Now()
	}
}

// die returns when the last byte has arrived.
func (p *pinged) die() monotonic.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead = true
	return p.last
}

// idle is an Owner whose receiver keeps up.
type idle struct{ over chan *Ending }

func (idle) Take([]byte) error { return nil }

func (idle) Redial(err error) (Link, error) { return nil, err }

func (i idle) Over(end *Ending) { i.over <- end }

func (idle) Identify([]byte) string { return "" }

func (idle) isBlocked() bool { return false }

func (idle) relax(bool) {}

// connected starts a connection over p.
func connected(p *pinged, timeout time.Duration) (*Conn, idle) {
	c, owner := &Conn{}, idle{over: make(chan *Ending, 1)}
	c.Init(owner, owner, &Options{PingInterval: p.interval, PingTimeout: timeout, CloseTimeout: time.Second}, nil)
	c.Start(p)
	return c, owner
}

// TestAPeerIsGivenUpWhenItIsSilent holds, for any PingInterval and PingTimeout, that a peer
// that answers pings within PingTimeout is never given up, whether it sends more or not, and
// that a peer that dies is given up PingInterval and PingTimeout after its last byte.
func TestAPeerIsGivenUpWhenItIsSilent(t *testing.T) {
	t.Parallel()
	type bounds struct{ interval, timeout time.Duration }
	pairs := []bounds{{15 * time.Second, 10 * time.Second}, {5 * time.Second, 10 * time.Second}, {time.Second, time.Minute}, {time.Second, time.Second}}
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		length := func() time.Duration { return time.Duration(2+rnd.IntN(10<<rnd.IntN(14))) * time.Millisecond }
		p := bounds{length(), length()}
		if seed < uint64(len(pairs)) {
			p = pairs[seed]
		}
		synctest.Test(t, func(t *testing.T) {
			name := fmt.Sprintf("seed %d: PingInterval %s, PingTimeout %s", seed, p.interval, p.timeout)
			answers := rand.New(rand.NewPCG(seed, 2))
			latency := func() time.Duration { return time.Duration(answers.Int64N(int64(p.timeout))) }
			peer := newPinged(t, p.interval, latency)
			c, owner := connected(peer, p.timeout)
			for range 20 {
				time.Sleep(time.Duration(rnd.Int64N(3 * int64(p.interval+p.timeout))))
				if rnd.IntN(2) == 0 {
					peer.arrive()
				}
			}
			require.Nil(t, c.Ending(), name)
			last := peer.die()
			end := <-owner.over
			require.ErrorIs(t, end.Received, socket.ErrPeerSilent, name)
			require.InDelta(t, p.interval+p.timeout, monotonic.Since(last), float64(time.Millisecond), name)
			require.NoError(t, c.Close(CodeNormal, ""))
		})
	}
}

// TestAPeerIsPingedAlone holds that without PingTimeout a silent peer is pinged each
// PingInterval and never given up.
func TestAPeerIsPingedAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		peer := newPinged(t, 15*time.Second, nil)
		c, _ := connected(peer, 0)
		peer.die()
		time.Sleep(10*time.Minute + time.Second)
		require.Nil(t, c.Ending())
		require.NoError(t, c.Close(CodeNormal, ""))
		assert.Equal(t, 40, peer.pings)
	})
}

// TestASuspendedProcessGivesNoPeerUp suspends the process from the first look behind a ping to
// long after PingTimeout. The answer came meanwhile, and is read a millisecond later.
// late is a peer to which a ping is not written before a time.
type late struct {
	*pinged

	until time.Time
	waits bool // beyond its deadline, as when the process is suspended
}

func (l late) ping(deadline time.Time) error {
	if deadline.Before(l.until) && !l.waits {
		time.Sleep(time.Until(deadline))
		return os.ErrDeadlineExceeded
	}
	time.Sleep(time.Until(l.until))
	return l.pinged.ping(deadline)
}

// TestAPeerHasItsTimeFromThePingOn has one whose ping waits for a socket that is full, and one
// that is not written before the process was suspended. Both answer then.
func TestAPeerHasItsTimeFromThePingOn(t *testing.T) {
	t.Parallel()
	type situation struct {
		interval time.Duration
		waits    bool
	}
	for _, tc := range []situation{{15 * time.Second, false}, {15 * time.Second, true}, {5 * time.Second, false}, {5 * time.Second, true}} {
		synctest.Test(t, func(t *testing.T) {
			peer := newPinged(t, tc.interval, func() time.Duration { return 8 * time.Second })
			l := late{peer, time.Now().Add(tc.interval + 5500*time.Millisecond), tc.waits}
			if tc.waits {
				l.until = time.Now().Add(tc.interval + 25*time.Second)
			}
			c, owner := &Conn{}, idle{over: make(chan *Ending, 1)}
			c.Init(owner, owner, &Options{PingInterval: tc.interval, PingTimeout: 10 * time.Second, CloseTimeout: time.Second}, nil)
			c.Start(l)
			time.Sleep(time.Minute)
			require.Nil(t, c.Ending(), tc)
			last := peer.die()
			require.ErrorIs(t, (<-owner.over).Received, socket.ErrPeerSilent)
			assert.Equal(t, tc.interval+10*time.Second, monotonic.Since(last))
			require.NoError(t, c.Close(CodeNormal, ""))
		})
	}
}

// TestAConnectionThatHasEndedHoldsNoLink: with TLS that is its largest part.
func TestAConnectionThatHasEndedHoldsNoLink(t *testing.T) {
	t.Parallel()
	c, owner, link := &Conn{}, idle{over: make(chan *Ending, 1)}, weak.Pointer[pinged]{}
	func() {
		peer := newPinged(t, time.Millisecond, func() time.Duration { return 0 })
		looked := make(chan struct{})
		peer.freeze = sync.OnceFunc(func() { close(looked) })
		link = weak.Make(peer)
		c.Init(owner, owner, &Options{PingInterval: peer.interval, PingTimeout: time.Minute, CloseTimeout: time.Second}, nil)
		c.Start(peer)
		<-looked
		require.NoError(t, c.Close(CodeNormal, ""))
		<-owner.over
	}()
	assert.Eventually(t, func() bool {
		runtime.GC()
		return link.Value() == nil
	}, 10*time.Second, time.Millisecond)
	runtime.KeepAlive(c)
}

func TestASuspendedProcessGivesNoPeerUp(t *testing.T) {
	t.Parallel()
	const resumed = 40 * time.Second
	for _, answers := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			peer := newPinged(t, 15*time.Second, func() time.Duration {
				return max(0, resumed+time.Millisecond-time.Since(began))
			})
			peer.freeze = func() {
				if time.Since(began) > 15*time.Second {
					time.Sleep(resumed - time.Since(began))
				}
			}
			if !answers {
				peer.die()
			}
			c, owner := connected(peer, 10*time.Second)
			if answers {
				time.Sleep(time.Hour)
				require.Nil(t, c.Ending())
			} else {
				require.ErrorIs(t, (<-owner.over).Received, socket.ErrPeerSilent)
				assert.Equal(t, resumed+mostGrace, time.Since(began))
			}
			require.NoError(t, c.Close(CodeNormal, ""))
		})
	}
}
