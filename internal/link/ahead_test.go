//go:build unix

package link

import (
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// socketPair returns the two ends of a connection over the loopback.
func socketPair(t *testing.T) (near, far *net.TCPConn) {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	require.NoError(t, err)
	defer l.Close()
	addr, ok := l.Addr().(*net.TCPAddr)
	require.True(t, ok)
	near, err = net.DialTCP("tcp", nil, addr)
	require.NoError(t, err)
	far, err = l.AcceptTCP()
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = near.Close(), far.Close() })
	return near, far
}

// TestReadsAheadGiveEveryByte holds that a stream arrives whole and in order, whatever the
// sizes of writes and reads, and that its end is io.EOF.
func TestReadsAheadGiveEveryByte(t *testing.T) {
	t.Parallel()
	near, far := socketPair(t)
	c := watched(near)
	c.budget.Store(0)
	const size = 1 << 20
	go func() {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(i % 251)
		}
		for n := 1; len(data) > 0; n = n*3%9001 + 1 {
			k, _ := far.Write(data[:min(n, len(data))])
			data = data[k:]
		}
		_ = far.Close()
	}()
	buf, got := make([]byte, 5000), 0
	for n := 1; ; n = n*7%4999 + 1 {
		k, err := c.Read(buf[:n])
		for _, b := range buf[:k] {
			if b != byte(got%251) {
				require.Fail(t, "another byte", "at %d", got)
			}
			got++
		}
		if err != nil {
			assert.Equal(t, io.EOF, err)
			break
		}
	}
	assert.Equal(t, size, got)
}

// TestAWaitHoldsNoMemory holds that several messages take one read, and that memory is
// only held while there are bytes in it.
func TestAWaitHoldsNoMemory(t *testing.T) {
	t.Parallel()
	near, far := socketPair(t)
	c := watched(near)
	_, err := far.Write(make([]byte, 3000))
	require.NoError(t, err)
	n, err := c.Read(make([]byte, 1000))
	require.NoError(t, err)
	assert.Equal(t, 1000, n)
	assert.Len(t, c.ahead.rest, 2000)
	n, err = c.Read(make([]byte, 4000))
	require.NoError(t, err)
	assert.Equal(t, 2000, n)
	assert.Nil(t, c.ahead.buf, "every byte is used")

	require.NoError(t, near.SetReadDeadline(time.Now().Add(-time.Second)))
	_, err = c.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	assert.Nil(t, c.ahead.buf)
	require.NoError(t, near.SetReadDeadline(time.Time{}))
	require.NoError(t, c.ahead.raw.Read(func(fd uintptr) bool {
		assert.False(t, c.ahead.read(fd), "there is nothing to read")
		return true
	}))
	assert.Nil(t, c.ahead.buf)
}

// TestErrorsOfReadsAhead holds that errors are those of a socket's own Read.
func TestErrorsOfReadsAhead(t *testing.T) {
	t.Parallel()
	near, far := socketPair(t)
	require.NoError(t, far.SetLinger(0))
	require.NoError(t, far.Close()) // A reset.
	_, err := watched(near).Read(make([]byte, 1))
	op, ok := errors.AsType[*net.OpError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, "read", op.Op)
	assert.Contains(t, err.Error(), "read tcp 127.0.0.1:")
	assert.Contains(t, err.Error(), "connection reset by peer")
}

// TestCloseEndsReadsAhead holds that nothing is read after Close, even if it has arrived.
func TestCloseEndsReadsAhead(t *testing.T) {
	t.Parallel()
	near, far := socketPair(t)
	c := watched(near)
	_, err := far.Write(make([]byte, 100))
	require.NoError(t, err)
	n, err := c.Read(make([]byte, 10))
	require.NoError(t, err)
	require.Equal(t, 10, n)
	require.NoError(t, c.Close())
	_, err = c.Read(make([]byte, 10))
	require.ErrorIs(t, err, net.ErrClosed)
}

// countedConn is a socket whose Read does more than read.
type countedConn struct {
	*net.TCPConn
	reads int
}

func (c *countedConn) Read(p []byte) (int, error) {
	c.reads++
	return c.TCPConn.Read(p)
}

// TestTheReadOfAnotherTypeIsUsed holds that the Read method of a user's connection is
// called, although it has a socket in it.
func TestTheReadOfAnotherTypeIsUsed(t *testing.T) {
	t.Parallel()
	near, far := socketPair(t)
	own := &countedConn{TCPConn: near}
	c := watched(own)
	_, err := far.Write([]byte("hello"))
	require.NoError(t, err)
	n, err := c.Read(make([]byte, 3))
	require.NoError(t, err)
	assert.Equal(t, 3, n)
	assert.Equal(t, 1, own.reads)
	assert.Empty(t, c.ahead.rest)
}

// TestPushLetsTheReceiverRun is not parallel: it runs on one processor. A reader that
// never waits for bytes must not fill the queue beside a receiver that only needs a turn.
func TestPushLetsTheReceiverRun(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	b := &Inbox[int]{}
	b.Init(&Options{}, make(chan struct{}))
	const events = 1000
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range events {
			_, _ = b.Pop(t.Context())
		}
	}()
	most := 0
	for i := range events {
		require.NoError(t, b.Push(Arrival[int]{Event: i}))
		queued, _, _ := b.Stats()
		most = max(most, queued)
	}
	<-done
	assert.LessOrEqual(t, most, 4*batch)
}
