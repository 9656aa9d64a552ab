//go:build linux

package link

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/socket"
)

// socketLink is a Link that writes to a socket.
type socketLink struct {
	Link

	raw *watchedConn
}

func (l *socketLink) takes(bytes int) bool { return l.raw.ahead.takes(bytes) }

func (l *socketLink) write(frame []byte, _ time.Time) error {
	_, err := l.raw.Write(frame[frameHead:])
	return err
}

func tcpPair(t *testing.T) (near, far net.Conn) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	near, err = new(net.Dialer).DialContext(t.Context(), "tcp", listener.Addr().String())
	require.NoError(t, err)
	far, err = listener.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	return near, far
}

func frameOf(text string) Frame {
	buf := GetFrame()
	*buf = append(*buf, text...)
	return Frame{Buf: buf}
}

// TestASendToAnIdleSocketNeedsNoGoroutine: it is written when Put returns.
func TestASendToAnIdleSocketNeedsNoGoroutine(t *testing.T) {
	t.Parallel()
	near, far := tcpPair(t)
	var writers sync.WaitGroup
	log := &sentLog{}
	b := Outbox{o: &Options{}, watch: log, writers: &writers, failed: func(Link, error) {}}
	b.attach(&socketLink{raw: watched(near)})
	for i := range 100 {
		require.NoError(t, b.Put(t.Context(), frameOf("audio"), nil))
		require.Len(t, *log, i+1)
		got := make([]byte, 5)
		_, err := io.ReadFull(far, got)
		require.NoError(t, err)
	}
	assert.Nil(t, b.writer, "no writer was made")
}

// TestASendToAFullSocketDoesNotWait: what the peer does not read waits in the queue.
func TestASendToAFullSocketDoesNotWait(t *testing.T) {
	t.Parallel()
	near, far := tcpPair(t)
	var writers sync.WaitGroup
	b := Outbox{o: &Options{}, writers: &writers, failed: func(Link, error) {}}
	b.attach(&socketLink{raw: watched(near)})
	message := string(make([]byte, 8<<10))
	sent := 0
	for events := 0; events < 64; events, _ = b.Stats() { // Until the system takes no more.
		require.NoError(t, b.Put(t.Context(), frameOf(message), nil))
		sent++
	}
	go func() { _, _ = io.CopyN(io.Discard, far, int64(sent*len(message))) }()
	<-b.Settled()
	b.seal(io.EOF)
	writers.Wait()
}

// moody is a Link that takes some messages at once and makes the writer wait for others,
// until it fails.
type moody struct {
	Link

	t    *testing.T
	rand *rand.Rand // of its own: takes and write never run at once
	left int        // writes until it fails
	busy atomic.Bool
	got  *[]string
}

func (m *moody) takes(int) bool { return m.rand.IntN(2) == 0 }

func (m *moody) write(frame []byte, _ time.Time) error {
	assert.True(m.t, m.busy.CompareAndSwap(false, true), "two writes at once")
	defer m.busy.Store(false)
	if m.rand.IntN(3) == 0 {
		time.Sleep(time.Duration(m.rand.IntN(5)) * time.Millisecond)
	}
	if m.left--; m.left < 0 {
		return io.ErrClosedPipe
	}
	*m.got = append(*m.got, string(frame[frameHead:]))
	return nil
}

// tally counts the fates of messages by their text.
type tally struct {
	mu    sync.Mutex
	fates map[string][]socket.Fate
}

func (*tally) Sending(Frame) {}

func (c *tally) Sent(f Frame, _ int, fate socket.Fate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fates[f.Key] = append(c.fates[f.Key], fate)
}

// TestOutboxInRandomSchedules: several senders, of whom some write themselves, and links
// that fail one after another. What is written is in the order of acceptance, each message
// has one fate, and what is waited for settles.
func TestOutboxInRandomSchedules(t *testing.T) {
	t.Parallel()
	for seed := range uint64(1000) {
		synctest.Test(t, func(t *testing.T) { outboxSchedule(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func outboxSchedule(t *testing.T, seed uint64) {
	t.Helper()
	var (
		r        = rand.New(rand.NewPCG(seed, 1))
		writers  sync.WaitGroup
		got      []string
		accepted = map[string]uint64{}
		count    = &tally{fates: map[string][]socket.Fate{}}
		failed   = make(chan Link, 1)
		b        = Outbox{o: &Options{}, watch: count, writers: &writers, failed: func(l Link, _ error) { failed <- l }}
		links    = 1 + r.IntN(4)
		frames   = links + r.IntN(20) // of each sender, enough for each link to fail
	)
	attach := func(last bool) {
		left := r.IntN(frames / links)
		if last {
			left = 1 << 30
		}
		b.attach(&moody{t: t, rand: rand.New(rand.NewPCG(seed, r.Uint64())), left: left, got: &got})
	}
	attach(links == 1)
	var redialer, senders sync.WaitGroup
	redialer.Go(func() {
		for i := 1; i < links; i++ {
			<-failed
			b.Detach()
			time.Sleep(time.Millisecond)
			attach(i == links-1)
		}
	})
	for s := range 1 + r.IntN(4) {
		pauses := rand.New(rand.NewPCG(seed, uint64(s)+9))
		senders.Go(func() {
			for i := range frames {
				f := frameOf(fmt.Sprintf("%d.%d", s, i))
				f.Key = string((*f.Buf)[frameHead:])
				assert.NoError(t, b.Put(t.Context(), f, func(seq uint64) { accepted[f.Key] = seq }))
				if pauses.IntN(2) == 0 {
					time.Sleep(time.Duration(pauses.IntN(3)) * time.Millisecond)
				}
			}
		})
	}
	senders.Wait()
	redialer.Wait()
	<-b.Settled()
	b.seal(io.EOF)
	writers.Wait()
	assert.True(t, slices.IsSortedFunc(got, func(x, y string) int { return int(accepted[x]) - int(accepted[y]) }), "order")
	written := 0
	for key := range accepted {
		require.Len(t, count.fates[key], 1, key)
		if count.fates[key][0] == socket.Written {
			written++
		}
	}
	assert.Len(t, got, written)
	assert.Equal(t, links-1, len(accepted)-written, "one message is uncertain for each link that failed")
}

// TestASmallSocketIsNotWrittenByItsSender: the program has chosen a send buffer that could
// make a write wait.
func TestASmallSocketIsNotWrittenByItsSender(t *testing.T) {
	t.Parallel()
	near, far := tcpPair(t)
	for _, c := range []net.Conn{near, far} {
		tcp, ok := c.(*net.TCPConn)
		require.True(t, ok)
		require.NoError(t, tcp.SetWriteBuffer(4<<10))
		require.NoError(t, tcp.SetReadBuffer(4<<10))
	}
	l := &socketLink{raw: watched(near)}
	for _, size := range []int{1, 160, 3000, 16 << 10} {
		assert.False(t, l.takes(size), size)
	}
}

// panicky is a watcher that leaves the goroutine of a write.
type panicky struct {
	before bool
	leave  func()
}

func (p *panicky) Sending(Frame) {
	if p.before {
		p.leave()
	}
}

func (p *panicky) Sent(Frame, int, socket.Fate) {
	if !p.before {
		p.leave()
	}
}

// TestAWatcherThatLeavesASendFailsTheLink: a recovered panic leaves no session that neither
// writes nor ends.
func TestAWatcherThatLeavesASendFailsTheLink(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(){"panic": func() { panic("tap") }, "Goexit": runtime.Goexit} {
		for _, before := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, before the write %v", name, before), func(t *testing.T) {
				t.Parallel()
				var writers sync.WaitGroup
				failed := make(chan error, 1)
				b := Outbox{o: &Options{}, watch: &panicky{before, leave}, writers: &writers, failed: func(_ Link, err error) { failed <- err }}
				b.attach(&record{eager: true})
				go func() {
					defer func() { _ = recover() }()
					_ = b.Put(t.Context(), frameOf("audio"), nil)
				}()
				require.ErrorContains(t, <-failed, "a tap panicked")
				uncertain, left := b.Detach()
				assert.Equal(t, []socket.Outgoing{{Bytes: 5}}, uncertain)
				assert.EqualValues(t, 1, left)
				assert.Zero(t, b.bytes)
				assert.Equal(t, socket.Uncertain, b.Fate(1))
				assert.NotNil(t, b.Abandon(io.EOF))
				writers.Wait()
			})
		}
	}
}
