//go:build unix

package link

import (
	"fmt"
	"io"
	"math/rand/v2"
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

func frameOf(text string) Frame {
	buf := GetFrame()
	*buf = append(*buf, text...)
	return Frame{Buf: buf}
}

// moody is a Link that takes some messages at once, others in part or not at all, and makes
// the writer wait, until it fails.
type moody struct {
	Link

	t     *testing.T
	rand  *rand.Rand // of its own: no two of its methods run at once
	left  int        // writes until it fails
	busy  atomic.Bool
	begun string // the message that try has left to complete
	got   *[]string
}

func (m *moody) tries(bytes int) bool { return bytes%2 == 0 }

func (m *moody) try(frame []byte) (bool, error) {
	defer m.use()()
	assert.Empty(m.t, m.begun)
	switch m.rand.IntN(3) {
	case 0:
		return true, m.pass(frame)
	case 1:
		m.begun = string(frame[frameHead:])
	}
	return false, nil
}

func (m *moody) complete(frame []byte, _ time.Time) error {
	defer m.use()()
	if m.begun != "" {
		assert.Equal(m.t, m.begun, string(frame[frameHead:]))
		m.begun = ""
	}
	return m.pass(frame)
}

func (m *moody) write(frame []byte, _ time.Time) error {
	defer m.use()()
	assert.Empty(m.t, m.begun)
	return m.pass(frame)
}

func (m *moody) use() (done func()) {
	assert.True(m.t, m.busy.CompareAndSwap(false, true), "two writes at once")
	return func() { m.busy.Store(false) }
}

func (m *moody) pass(frame []byte) error {
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
	mu      sync.Mutex
	fates   map[string][]socket.Fate
	sending map[string]int
}

func (c *tally) Sending(f Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sending[f.Key]++
}

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
		count    = &tally{fates: map[string][]socket.Fate{}, sending: map[string]int{}}
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
		require.Equal(t, 1, count.sending[key], key)
		if count.fates[key][0] == socket.Written {
			written++
		}
	}
	assert.Len(t, got, written)
	assert.Equal(t, links-1, len(accepted)-written, "one message is uncertain for each link that failed")
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
