package attack

import (
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// mischief is what a proxy does to one direction of a connection at an offset.
type mischief struct {
	at   int64
	kind mischiefKind
	wait time.Duration // of a stall; negative: until the connection is closed
	n    int           // bytes to garble
	bits byte          // what a garbled byte is changed by, not 0
}

type mischiefKind int

const (
	cut    mischiefKind = iota // Both directions are closed.
	reset                      // Likewise, by a RST where there is TCP.
	half                       // This direction ends, and the other goes on.
	stall                      // Nothing is read for a time.
	garble                     // Bytes are changed.
	slow                       // From here on bytes pass one by one.
	mischiefKinds
)

var mischiefNames = [mischiefKinds]string{"cut", "reset", "half", "stall", "garble", "slow"}

// temper decides what proxies do. Its random numbers are used under mu, one plan for
// each connection in the order of the dials.
type temper struct {
	garbles bool
	longest time.Duration // of a stall

	calm chan struct{} // Closed when no mischief happens any more.
	once sync.Once     // Closes calm.

	struck atomic.Bool // Some mischief has happened.

	mu  sync.Mutex
	rng *rand.Rand // guarded by mu
}

// calmDown ends all mischief, the stalls that last included.
func (t *temper) calmDown() { t.once.Do(func() { close(t.calm) }) }

func (t *temper) isCalm() bool {
	select {
	case <-t.calm:
		return true
	default:
		return false
	}
}

// plan returns what happens to the two directions of the next connection.
func (t *temper) plan() (up, down []mischief) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for range t.rng.IntN(5) {
		m := mischief{
			at:   t.offset(),
			kind: mischiefKind(t.rng.IntN(int(mischiefKinds))),
			wait: time.Duration(t.rng.Int64N(int64(t.longest))),
			n:    1 + t.rng.IntN(20),
			bits: byte(1 + t.rng.IntN(255)),
		}
		switch {
		case m.kind == garble && !t.garbles:
			m.kind = stall
		case m.kind == stall && t.rng.IntN(4) == 0:
			m.wait = -1
		}
		if t.rng.IntN(2) == 0 {
			up = append(up, m)
		} else {
			down = append(down, m)
		}
	}
	return up, down
}

// offset returns where a mischief happens: rarely in the handshake, often soon after it.
// The lock is held.
func (t *temper) offset() int64 {
	const handshake, most = 1500, 400_000
	if t.rng.IntN(5) == 0 {
		return t.rng.Int64N(handshake)
	}
	return int64(handshake * math.Exp(t.rng.Float64()*math.Log(most/handshake)))
}

// proxy passes bytes between a client and a server. Its goroutines end when both ends
// are closed.
type proxy struct {
	temper         *temper
	client, server net.Conn
	closed         chan struct{}
	once           sync.Once
}

// relay runs a proxy until its connection has ended.
func relay(t *temper, client, server net.Conn) {
	p := &proxy{temper: t, client: client, server: server, closed: make(chan struct{})}
	up, down := t.plan()
	var wg sync.WaitGroup
	wg.Go(func() { p.pump(server, client, up) })
	wg.Go(func() { p.pump(client, server, down) })
	wg.Wait()
	p.close(false)
}

func (p *proxy) close(abort bool) {
	p.once.Do(func() {
		for _, c := range []net.Conn{p.client, p.server} {
			if tcp, ok := c.(*net.TCPConn); ok && abort {
				_ = tcp.SetLinger(0)
			}
			_ = c.Close()
		}
		close(p.closed)
	})
}

// pump passes one direction, and does what is planned for it.
func (p *proxy) pump(to, from net.Conn, plan []mischief) {
	f := &flow{proxy: p, to: to, plan: plan}
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if n > 0 && !f.pass(buf[:n]) {
			return
		}
		if err != nil {
			p.ended(to, err)
			return
		}
	}
}

// ended passes the end of a direction on. In memory, an end is that of both.
func (p *proxy) ended(to net.Conn, err error) {
	if tcp, ok := to.(*net.TCPConn); ok && errors.Is(err, io.EOF) {
		_ = tcp.CloseWrite()
		return
	}
	p.close(true)
}

// flow is one direction of a proxy.
type flow struct {
	*proxy
	to      net.Conn
	plan    []mischief
	off     int64
	garbled int
	bits    byte
	slowed  bool
}

// pass writes bytes, and reports whether the direction goes on.
func (f *flow) pass(b []byte) bool {
	if f.temper.isCalm() {
		f.plan, f.slowed = nil, false
	}
	for len(b) > 0 {
		n := len(b)
		next := -1
		for i, m := range f.plan {
			if m.at < f.off+int64(n) {
				n, next = int(max(m.at-f.off, 0)), i
			}
		}
		if !f.write(b[:n]) {
			return false
		}
		b = b[n:]
		if next >= 0 {
			m := f.plan[next]
			f.plan = append(f.plan[:next:next], f.plan[next+1:]...)
			if !f.do(m) {
				return false
			}
		}
	}
	return true
}

func (f *flow) write(b []byte) bool {
	b = append([]byte(nil), b...)
	for i := range b {
		if f.garbled > 0 {
			b[i] ^= f.bits
			f.garbled--
		}
	}
	f.off += int64(len(b))
	step := max(len(b), 1)
	if f.slowed {
		step = 1
	}
	for len(b) > 0 {
		n := min(step, len(b))
		if _, err := f.to.Write(b[:n]); err != nil {
			f.close(true)
			return false
		}
		b = b[n:]
	}
	return true
}

// do is one mischief. It reports whether the direction goes on.
func (f *flow) do(m mischief) bool {
	f.temper.struck.Store(true)
	tally.add("mischief: "+mischiefNames[m.kind], 1)
	switch m.kind {
	case cut, reset:
		f.close(m.kind == reset)
		return false
	case half:
		f.ended(f.to, io.EOF)
		return false
	case garble:
		f.garbled, f.bits = m.n, m.bits
	case slow:
		f.slowed = true
	case stall:
		var over <-chan time.Time
		if m.wait >= 0 {
			timer := time.NewTimer(m.wait)
			defer timer.Stop()
			over = timer.C
		}
		select {
		case <-over:
		case <-f.temper.calm:
		case <-f.closed:
			return false
		}
	default:
	}
	return true
}
