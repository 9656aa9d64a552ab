package link

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/socket"
)

// record is a Link that keeps what is written.
type record struct {
	Link

	written []string
	eager   bool // takes each message at once
}

func (s *record) tries(int) bool { return s.eager }

func (s *record) try(frame []byte) (bool, error) { return true, s.write(frame, time.Time{}) }

func (s *record) write(frame []byte, _ time.Time) error {
	s.written = append(s.written, string(frame[frameHead:]))
	return nil
}

// TestWriterLingers holds that one writer serves sends that follow each other, and
// that none is left when they end.
func TestWriterLingers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var writers sync.WaitGroup
		to := &record{}
		b := Outbox{o: &Options{}, writers: &writers, failed: func(Link, error) {}}
		b.attach(to)
		send := func(text string) {
			buf := GetFrame()
			*buf = append(*buf, text...)
			require.NoError(t, b.Put(t.Context(), Frame{Buf: buf}, nil))
			synctest.Wait()
			require.Equal(t, text, to.written[len(to.written)-1])
		}
		lingers := func() bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			return b.lingers
		}
		for range 2 {
			for range 5 {
				send("audio")
				require.True(t, lingers())
				time.Sleep(Linger / 2)
			}
			time.Sleep(2 * Linger)
			synctest.Wait()
			require.False(t, lingers())
			writers.Wait()
		}
		require.Len(t, to.written, 10)

		send("last")
		b.seal(io.EOF)
		writers.Wait()
	})
}

// TestWriterLingersAfterALongWrite holds that a writer lingers for Linger at least, although it
// wrote until shortly before a look whether it is of any use.
func TestWriterLingersAfterALongWrite(t *testing.T) {
	t.Parallel()
	for _, took := range []time.Duration{0, Linger / 2, Linger - time.Millisecond, Linger, 3 * Linger / 2} {
		synctest.Test(t, func(t *testing.T) {
			var writers sync.WaitGroup
			b := Outbox{o: &Options{}, writers: &writers, failed: func(Link, error) {}}
			b.attach(lengthy{took: took})
			require.NoError(t, b.Put(t.Context(), Frame{Buf: GetFrame()}, nil))
			time.Sleep(took)
			began := time.Now()
			writers.Wait()
			lingered := time.Since(began)
			assert.GreaterOrEqual(t, lingered, Linger, "after a write of %s", took)
			assert.LessOrEqual(t, lingered, 2*Linger, "after a write of %s", took)
			b.seal(io.EOF)
		})
	}
}

// lengthy is a Link whose writes take some time.
type lengthy struct {
	Link

	took time.Duration
}

func (lengthy) tries(int) bool { return false }

func (l lengthy) write([]byte, time.Time) error {
	time.Sleep(l.took)
	return nil
}

// broken is a Link that nothing can be written to.
type broken struct{ Link }

func (broken) tries(int) bool { return false }

func (broken) write([]byte, time.Time) error { return io.ErrClosedPipe }

// TestAFailedWriteIsNotDrained holds that what failed does not count as written, be
// it asked for before or after, until a reconnection has taken note of it.
func TestAFailedWriteIsNotDrained(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var writers sync.WaitGroup
		b := Outbox{o: &Options{}, writers: &writers, failed: func(Link, error) {}}
		b.attach(broken{})
		require.NoError(t, b.Put(t.Context(), Frame{Buf: GetFrame(), Kind: "x"}, nil))
		asked := []<-chan struct{}{b.Settled()}
		writers.Wait()
		asked = append(asked, b.Settled())
		open := func(c <-chan struct{}) bool {
			select {
			case <-c:
				return false
			default:
				return true
			}
		}
		assert.True(t, open(asked[0]))
		assert.True(t, open(asked[1]))
		uncertain, _ := b.Detach()
		require.Len(t, uncertain, 1)
		assert.Equal(t, "x", uncertain[0].Type)
		assert.False(t, slices.ContainsFunc(asked, open))
		b.seal(io.EOF)
	})
}

// gate is a Link whose writes wait for a token.
type gate struct {
	Link

	pass chan struct{}
}

func (gate) tries(int) bool { return false }

func (g gate) write([]byte, time.Time) error {
	<-g.pass
	return nil
}

// TestSettledWaitsForWhatWasAcceptedBefore holds that later frames do not delay it.
func TestSettledWaitsForWhatWasAcceptedBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var writers sync.WaitGroup
		b := Outbox{o: &Options{}, writers: &writers, failed: func(Link, error) {}}
		g := gate{pass: make(chan struct{})}
		b.attach(g)
		put := func() { require.NoError(t, b.Put(t.Context(), Frame{Buf: GetFrame()}, nil)) }
		put()
		put()
		two := b.Settled()
		put()
		three := b.Settled()
		assert.Equal(t, three, b.Settled(), "one channel for one place")
		settled := func(c <-chan struct{}) bool {
			synctest.Wait()
			select {
			case <-c:
				return true
			default:
				return false
			}
		}
		g.pass <- struct{}{}
		assert.False(t, settled(two))
		g.pass <- struct{}{}
		assert.True(t, settled(two))
		assert.False(t, settled(three))
		assert.Equal(t, []string{"c"}, keyed(t, &b, "c"))
		g.pass <- struct{}{}
		assert.True(t, settled(three), "what is removed is settled, too")
		assert.True(t, settled(b.Settled()))
		b.seal(io.EOF)
		writers.Wait()
	})
}

// keyed puts a frame with a key and removes it.
func keyed(t *testing.T, b *Outbox, key string) []string {
	t.Helper()
	require.NoError(t, b.Put(t.Context(), Frame{Buf: GetFrame(), Key: key}, nil))
	var keys []string
	for _, f := range b.Remove(func(Frame) bool { return false }) {
		assert.Nil(t, f.Buf)
		keys = append(keys, f.Key)
	}
	return keys
}

// TestNothingIsWrittenAfterCut attaches a link that a redial has made meanwhile.
func TestNothingIsWrittenAfterCut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var writers sync.WaitGroup
		b := Outbox{o: &Options{}, writers: &writers, failed: func(Link, error) {}}
		require.NoError(t, b.Put(t.Context(), Frame{Buf: GetFrame(), Kind: "x"}, nil))
		b.cut(io.EOF)
		to := &record{}
		b.attach(to)
		synctest.Wait()
		assert.Empty(t, to.written)
		lost := b.Abandon(io.EOF)
		require.NotNil(t, lost)
		assert.Equal(t, []socket.Outgoing{{Type: "x"}}, lost.Unsent)
		assert.Empty(t, lost.Uncertain)
		writers.Wait()
	})
}

// TestWhatIsPutBackKeepsItsFate writes frames again over a new link: neither they nor
// later ones look as if they were not written yet.
func TestWhatIsPutBackKeepsItsFate(t *testing.T) {
	t.Parallel()
	for name, back := range map[string][]uint64{"the first": {1}, "the last": {3}, "two": {1, 2}} {
		for _, fails := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, failing %v", name, fails), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var writers sync.WaitGroup
					b := Outbox{o: &Options{}, writers: &writers, failed: func(Link, error) {}}
					written := func() []socket.Fate { return []socket.Fate{b.Fate(1), b.Fate(2), b.Fate(3)} }
					all := []socket.Fate{socket.Written, socket.Written, socket.Written}
					b.attach(&record{})
					for range 3 {
						require.NoError(t, b.Put(t.Context(), Frame{Buf: GetFrame()}, nil))
					}
					synctest.Wait()
					require.Equal(t, all, written())
					b.Detach()
					frames := make([]Frame, len(back))
					for i, seq := range back {
						frames[i] = Frame{Buf: GetFrame(), Seq: seq}
					}
					b.PutBack(frames)
					assert.Equal(t, all, written(), "while they wait")

					if fails {
						b.attach(broken{})
						synctest.Wait()
						assert.Equal(t, all, written(), "after a second write that failed")
					} else {
						g := gate{pass: make(chan struct{})}
						b.attach(g)
						for range back {
							synctest.Wait()
							assert.Equal(t, all, written(), "while one is written again")
							g.pass <- struct{}{}
						}
						synctest.Wait()
						assert.Equal(t, all, written())
						b.attach(gate{pass: make(chan struct{})})
						b.Detach()
					}
					b.seal(io.EOF)
				})
			})
		}
	}
}

// sentLog is a Watcher that keeps the fates.
type sentLog []string

func (*sentLog) Sending(Frame) {}

func (l *sentLog) Sent(f Frame, _ int, fate socket.Fate) { *l = append(*l, f.Kind+" "+fate.String()) }

// reader is a Watcher that reads the messages.
type reader struct {
	t    *testing.T
	sent int
}

func (*reader) Sending(Frame) {}

func (r *reader) Sent(f Frame, size int, _ socket.Fate) {
	r.sent++
	assert.Len(r.t, Message(*f.Buf), size)
}

// TestAMessageIsItsWatchersWhileItIsSent holds that the memory of a message is lent to no other
// while the watcher has it.
func TestAMessageIsItsWatchersWhileItIsSent(t *testing.T) {
	t.Parallel()
	var writers sync.WaitGroup
	watch := &reader{t: t}
	b := Outbox{o: &Options{}, watch: watch, writers: &writers, failed: func(Link, error) {}}
	put := func() {
		f := Frame{Buf: GetFrame()}
		*f.Buf = append(*f.Buf, "audio"...)
		require.NoError(t, b.Put(t.Context(), f, nil))
	}
	b.attach(&record{eager: true})
	put()
	b.Detach()
	put()
	b.Remove(func(Frame) bool { return false })
	put()
	b.Take(func(Frame) bool { return true })
	assert.Equal(t, 3, watch.sent)
}

// TestWhatIsPutBackAndRemovedIsUsedAgain holds that the memory of frames that were written
// before is given back.
func TestWhatIsPutBackAndRemovedIsUsedAgain(t *testing.T) {
	t.Parallel()
	again := func() bool {
		b := Outbox{o: &Options{}}
		f := Frame{Buf: GetFrame(), Seq: 1}
		b.most = 1
		b.PutBack([]Frame{f})
		b.Remove(func(Frame) bool { return false })
		return GetFrame() == f.Buf
	}
	for range 1000 { // The pool may forget, as it does at random under the race detector.
		if again() {
			return
		}
	}
	assert.Fail(t, "it never was")
}

// TestWhatIsPutBackIsNotUnsent holds that a frame that was written, and waits to be
// written again, is not unsent when it is taken out of the queue.
func TestWhatIsPutBackIsNotUnsent(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(t *testing.T, b *Outbox){
		"the program": func(t *testing.T, b *Outbox) {
			t.Helper()
			assert.Len(t, b.Take(func(Frame) bool { return true }), 1)
			events, _ := b.Stats()
			assert.Equal(t, 1, events, "the connection still needs it")
		},
		"a reconnection": func(t *testing.T, b *Outbox) {
			t.Helper()
			assert.Len(t, b.Remove(func(Frame) bool { return false }), 2)
			_, size := b.Stats()
			assert.Zero(t, size)
		},
		"the end": func(t *testing.T, b *Outbox) {
			t.Helper()
			lost := b.Abandon(io.EOF)
			require.NotNil(t, lost)
			assert.Empty(t, lost.Uncertain)
			require.Len(t, lost.Unsent, 1)
			assert.Equal(t, "later", lost.Unsent[0].Type)
			assert.Len(t, b.Take(func(Frame) bool { return true }), 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var writers sync.WaitGroup
				var log sentLog
				b := Outbox{o: &Options{}, watch: &log, writers: &writers, failed: func(Link, error) {}}
				frame := func(kind string, seq uint64) Frame { return Frame{Buf: GetFrame(), Kind: kind, Seq: seq} }
				b.attach(&record{})
				require.NoError(t, b.Put(t.Context(), frame("first", 0), nil))
				synctest.Wait()
				_, left := b.Detach()
				require.NoError(t, b.Put(t.Context(), frame("later", 0), nil))
				b.PutBack([]Frame{frame("first", left)})

				take(t, &b)
				assert.Equal(t, socket.Written, b.Fate(1))
				assert.Equal(t, socket.Unsent, b.Fate(2))
				assert.Equal(t, sentLog{"first written", "later unsent"}, log)
				b.seal(io.EOF)
				writers.Wait()
			})
		})
	}
}

// TestWhatIsPutBackHasLeftNoMore ends a link before it takes what was put back, and holds
// that the owner is not shown these frames as gone: it would repeat them beside the queue.
func TestWhatIsPutBackHasLeftNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var writers sync.WaitGroup
		b := Outbox{o: &Options{}, writers: &writers, failed: func(Link, error) {}}
		b.attach(&record{})
		for range 3 {
			require.NoError(t, b.Put(t.Context(), Frame{Buf: GetFrame()}, nil))
		}
		synctest.Wait()
		_, left := b.Detach()
		assert.EqualValues(t, 3, left)
		b.PutBack([]Frame{{Buf: GetFrame(), Seq: 2}, {Buf: GetFrame(), Seq: 3}})
		_, left = b.Detach()
		assert.EqualValues(t, 1, left, "nothing was taken")

		g := gate{pass: make(chan struct{}, 1)}
		g.pass <- struct{}{}
		b.attach(g)
		synctest.Wait()
		g.pass <- struct{}{}
		_, left = b.Detach()
		assert.EqualValues(t, 3, left, "both were taken")
		events, _ := b.Stats()
		assert.Zero(t, events)
		b.seal(io.EOF)
		writers.Wait()
	})
}

// TestTheSendQueueHoldsItsBytes fills a queue to the last byte, before there is a link.
func TestTheSendQueueHoldsItsBytes(t *testing.T) {
	t.Parallel()
	b := Outbox{o: &Options{SendQueueBytes: 10, SendPolicy: socket.SendFail}, failed: func(Link, error) {}}
	put := func(size int, urgent bool) error {
		buf := GetFrame()
		*buf = append(*buf, make([]byte, size)...)
		return b.Put(t.Context(), Frame{Buf: buf, Urgent: urgent}, nil)
	}
	require.NoError(t, put(4, false))
	require.NoError(t, put(6, false))
	require.ErrorIs(t, put(1, false), socket.ErrSendQueueFull)
	require.NoError(t, put(1, true))
	b.seal(io.EOF)
}
