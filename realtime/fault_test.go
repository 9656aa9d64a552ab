package realtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/pending"
	"github.com/voicelane/realtime-go/socket"
)

// fault is something that a network or a peer does to a connection.
type fault struct {
	name string
	read func(c *faultyConn, p []byte) (int, error)
	// write replaces writing; nil leaves it alone.
	write func(c *faultyConn, p []byte) (int, error)
	// survives is set when the session survives the fault.
	survives bool
}

// faultyConn is the client's end of a connection. It behaves until armed.
type faultyConn struct {
	net.Conn
	f      *fault
	armed  atomic.Bool
	closed chan struct{}
	once   sync.Once
	step   atomic.Int32
}

func (c *faultyConn) Read(p []byte) (int, error) {
	if !c.armed.Load() {
		n, err := c.Conn.Read(p)
		if n > 0 || !c.armed.Load() || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		// The read that waited when the fault began.
		_ = c.SetReadDeadline(time.Time{})
	}
	return c.f.read(c, p)
}

// arm begins the fault, for the read that is waiting as well.
func (c *faultyConn) arm() {
	c.armed.Store(true)
	_ = c.SetReadDeadline(time.Unix(1, 0))
}

func (c *faultyConn) Write(p []byte) (int, error) {
	if c.armed.Load() && c.f.write != nil {
		return c.f.write(c, p)
	}
	return c.Conn.Write(p)
}

func (c *faultyConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// inject returns a read that gives these bytes once, and then the end.
func inject(data ...byte) func(*faultyConn, []byte) (int, error) {
	return func(c *faultyConn, p []byte) (int, error) {
		if c.step.Add(1) > 1 {
			return 0, io.EOF
		}
		return copy(p, data), nil
	}
}

func swallow(_ *faultyConn, p []byte) (int, error) { return len(p), nil }

func faultList() []*fault {
	return []*fault{
		{name: "cut", read: func(c *faultyConn, _ []byte) (int, error) { return 0, io.EOF }, write: func(*faultyConn, []byte) (int, error) { return 0, syscall.EPIPE }},
		{name: "reset", read: func(*faultyConn, []byte) (int, error) { return 0, syscall.ECONNRESET }},
		{name: "cannot write", read: func(c *faultyConn, p []byte) (int, error) { return c.Conn.Read(p) }, write: func(*faultyConn, []byte) (int, error) { return 0, syscall.EPIPE }},
		{name: "stall", read: func(c *faultyConn, _ []byte) (int, error) { <-c.closed; return 0, net.ErrClosed }, write: swallow},
		{name: "delay", survives: true, read: func(c *faultyConn, p []byte) (int, error) {
			time.Sleep(700 * time.Millisecond)
			return c.Conn.Read(p)
		}},
		{name: "one byte at a time", survives: true, read: func(c *faultyConn, p []byte) (int, error) { return c.Conn.Read(p[:1]) }},
		{name: "one byte, slowly", survives: true, read: func(c *faultyConn, p []byte) (int, error) {
			time.Sleep(10 * time.Millisecond)
			return c.Conn.Read(p[:1])
		}},
		{name: "garbage", read: inject([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")...), write: swallow},
		{name: "half a header", read: inject(0x81), write: swallow},
		{name: "half a frame", read: inject(0x81, 100, '{', '"', 't'), write: swallow},
		{name: "oversized frame", read: inject(0x81, 127, 0, 0, 0, 9, 0, 0, 0, 0), write: swallow},
		{name: "reserved bits", read: inject(0xf1, 2, '{', '}'), write: swallow},
		{name: "continuation of nothing", read: inject(0x80, 2, '{', '}'), write: swallow},
		{name: "oversized ping", read: inject(0x89, 126, 1, 0), write: swallow},
		{name: "bad close code", read: inject(0x88, 2, 0, 1), write: swallow},
		{name: "odd close", read: inject(0x88, 1, 3), write: swallow},
	}
}

type operation struct {
	name string
	run  func(ctx context.Context, s *Session) error
}

func operations() []operation {
	return []operation{
		{"recv", func(ctx context.Context, s *Session) error {
			if err := s.Send(ctx, &api.ResponseCreate{Response: &api.ResponseParams{Metadata: api.Value(api.Metadata{pending.Tag: "x"})}}); err != nil {
				return err
			}
			for {
				e, err := s.Recv(ctx)
				if err != nil {
					return err
				}
				if _, ok := e.(*api.ResponseDone); ok {
					return nil
				}
			}
		}},
		{"send", func(ctx context.Context, s *Session) error {
			for range 60 {
				if err := s.Send(ctx, &api.ConversationItemDelete{ItemID: "a"}); err != nil {
					return err
				}
				time.Sleep(time.Second)
			}
			return nil
		}},
		{"request", func(ctx context.Context, s *Session) error {
			_, err := s.Request(ctx, &api.ConversationItemRetrieve{ItemID: "a"})
			return err
		}},
		{"respond", func(ctx context.Context, s *Session) error {
			r, err := s.Respond(ctx, nil)
			if err == nil {
				_, err = r.Answer(ctx)
			}
			return err
		}},
		{"flush", func(ctx context.Context, s *Session) error {
			if err := s.AppendAudio(ctx, make([]byte, 1<<20)); err != nil {
				return err
			}
			if err := s.Flush(ctx); err != nil {
				return err
			}
			_, err := s.Request(ctx, &api.InputAudioBufferClear{})
			return err
		}},
		{"run", func(ctx context.Context, s *Session) error {
			m := NewMux()
			On(m, func(_ context.Context, s *Session, _ *api.SessionCreated) error {
				return s.Send(ctx, &api.ResponseCreate{Response: &api.ResponseParams{Metadata: api.Value(api.Metadata{pending.Tag: "x"})}})
			})
			On(m, func(_ context.Context, s *Session, _ *api.ResponseDone) error {
				go func() { _ = s.Close() }()
				return nil
			})
			return m.Run(ctx, s)
		}},
	}
}

// TestFaults holds every operation against every fault: what cannot go on ends
// in a typed error within its bound, and Close then has nothing to wait for.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, f := range faultList() {
		for _, op := range operations() {
			t.Run(f.name+"/"+op.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { tryFault(t, f, op) })
			})
		}
	}
}

func tryFault(t *testing.T, f *fault, op operation) {
	t.Helper()
	var faulty *faultyConn
	c, net := scriptNet(t, answers)
	net.Wrap = func(c netConn) netConn {
		faulty = &faultyConn{Conn: c, f: f, closed: make(chan struct{})}
		return faulty
	}
	s, err := c.Connect(t.Context(), Model("m"), nil)
	require.NoError(t, err)
	synctest.Wait()
	if op.name != "recv" && op.name != "run" {
		s.Discard()
	}
	faulty.arm()
	synctest.Wait()
	begin := time.Now()
	err = op.run(t.Context(), s)
	took := time.Since(begin)
	if f.survives {
		require.NoError(t, err)
	} else {
		assert.True(t, typed(err), "%T: %v", err, err)
		assert.LessOrEqual(t, took, 61*time.Second)
	}
	begin = time.Now()
	_ = s.Close()
	assert.LessOrEqual(t, time.Since(begin), 6*time.Second)
	assert.Equal(t, 1, net.Dials())
}

type netConn = net.Conn

// typed reports whether a program can tell an error from others.
func typed(err error) bool {
	_, broken := errors.AsType[*socket.TransportError](err)
	_, closed := errors.AsType[*socket.CloseError](err)
	_, server := errors.AsType[*ServerError](err)
	_, refused := errors.AsType[*APIError](err)
	return broken || closed || server || refused
}

// TestFaultsWhileConnecting holds Connect against the same.
func TestFaultsWhileConnecting(t *testing.T) {
	t.Parallel()
	for _, f := range faultList() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, net := scriptNet(t, answers)
				net.Wrap = func(c netConn) netConn {
					faulty := &faultyConn{Conn: c, f: f, closed: make(chan struct{})}
					faulty.armed.Store(true)
					return faulty
				}
				if f.name == "stall" {
					// Deadlines of a connection that ignores them: the abort remains.
					net.Wrap = nil
					c = script(t, func(p *peer) { p.Drain() })
				}
				ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
				defer cancel()
				begin := time.Now()
				s, err := c.Connect(ctx, Model("m"), nil)
				assert.LessOrEqual(t, time.Since(begin), 50*time.Second)
				if f.survives {
					require.NoError(t, err)
					require.NoError(t, s.Close())
					return
				}
				assert.True(t, typed(err), "%T: %v", err, err)
			})
		})
	}
}

// TestNothingIsSentTwice breaks connections at many places while a session
// that reconnects sends on, and holds that the servers together got every event
// once or not at all, in order, and that what is missing was reported.
func TestNothingIsSentTwice(t *testing.T) {
	t.Parallel()
	for _, after := range []int{1, 2, 3, 7, 20, 64} {
		t.Run(strconv.Itoa(after), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const total = 200
				var mu sync.Mutex
				var got []int
				c := script(t, func(p *peer) {
					p.Created()
					for i := 0; p.N > 6 || i < after; i++ {
						m := p.Read()
						if m == nil {
							return
						}
						var n int
						_, err := fmt.Sscan(textAt(m, "item_id"), &n)
						assert.NoError(t, err)
						mu.Lock()
						got = append(got, n)
						mu.Unlock()
					}
				})
				s := connect(t, c, &Options{Reconnect: &Reconnect{Attempts: 100}})
				uncertain := 0
				done := make(chan struct{})
				go func() {
					defer close(done)
					for e, err := range s.Events(t.Context()) {
						assert.NoError(t, err)
						if e, ok := e.(*Reconnected); ok {
							uncertain += len(e.Uncertain)
						}
					}
				}()
				for n := range total {
					require.NoError(t, s.Send(t.Context(), &api.ConversationItemRetrieve{ItemID: strconv.Itoa(n)}))
					if n%10 == 0 {
						time.Sleep(time.Second)
					}
				}
				require.NoError(t, s.Flush(t.Context()))
				require.NoError(t, s.Close())
				<-done
				mu.Lock()
				defer mu.Unlock()
				for i := 1; i < len(got); i++ {
					assert.Less(t, got[i-1], got[i], "in order, none twice")
				}
				assert.LessOrEqual(t, total-len(got), uncertain, "what is missing was told of")
			})
		})
	}
}
