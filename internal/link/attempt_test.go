//go:build unix

package link

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/socket"
)

// narrow is a peer with small buffers on both sides, which reads when it is allowed to.
type narrow struct {
	read     chan struct{} // closed to let it read
	messages chan string   // what it has read; closed at its end
	end      func()        // ends the connection by a reset
	over     error         // why it read no more; set before messages is closed
}

// narrowLink returns a link to a narrow peer.
func narrowLink(t *testing.T, secure bool, o *Options) (*gorillaLink, *narrow) {
	t.Helper()
	peer := &narrow{read: make(chan struct{}), messages: make(chan string, 1<<16)}
	reset := make(chan func(), 1)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(peer.messages)
		up := websocket.Upgrader{EnableCompression: o.Compression}
		ws, err := up.Upgrade(w, r, nil)
		if !assert.NoError(t, err) {
			return
		}
		defer ws.Close()
		reset <- func() { _ = ws.Close() }
		<-peer.read
		for {
			_, message, err := ws.ReadMessage()
			if err != nil {
				peer.over = err
				return
			}
			peer.messages <- string(message)
		}
	}))
	small := func(_, _ string, c syscall.RawConn) (err error) {
		return errors.Join(c.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 2<<10) }), err)
	}
	require.NoError(t, s.Listener.Close())
	var err error
	s.Listener, err = (&net.ListenConfig{Control: small}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	d := &Dialer{
		Proxy: func(*http.Request) (*url.URL, error) { return nil, nil }, //nolint:nilnil // No proxy.
		Connect: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			if tcp, ok := conn.(*net.TCPConn); ok {
				err = tcp.SetWriteBuffer(20 << 10)
			}
			return conn, err
		},
	}
	u := &url.URL{Scheme: "ws", Host: s.Listener.Addr().String()}
	if secure {
		s.StartTLS()
		u.Scheme = "wss"
		d.TLS = &tls.Config{RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS12}
		d.TLS.RootCAs.AddCert(s.Certificate())
	} else {
		s.Start()
	}
	l, err := d.Dial(t.Context(), Request{URL: u}, o)
	require.NoError(t, err)
	peer.end = <-reset
	t.Cleanup(func() {
		l.Abort()
		s.Close()
	})
	g, ok := l.(*gorillaLink)
	require.True(t, ok)
	return g, peer
}

// parts counts the messages that try leaves to complete.
type parts struct {
	*gorillaLink

	begun int
}

func (p *parts) try(frame []byte) (bool, error) {
	whole, err := p.gorillaLink.try(frame)
	if p.gorillaLink.begun {
		p.begun++
	}
	return whole, err
}

var ways = map[string]struct {
	secure bool
	o      Options
}{
	"plain": {}, "TLS": {secure: true}, "compressed": {o: Options{Compression: true}}, "TLS, compressed": {true, Options{Compression: true}},
}

// TestNoSendWaitsForAPeer sends to one that does not read until it does: the system accounts
// for more than the bytes of a message, and no size of messages may make a sender wait. If
// one did, the write would time out and end the link. Then all messages arrive in order.
func TestNoSendWaitsForAPeer(t *testing.T) {
	t.Parallel()
	for name, way := range ways {
		for _, size := range []int{8, 60, 300, 3000, tryBytes, tryBytes + 1} {
			t.Run(fmt.Sprintf("%s, %d bytes", name, size), func(t *testing.T) {
				t.Parallel()
				o := way.o
				o.WriteTimeout = 10 * time.Second
				link, peer := narrowLink(t, way.secure, &o)
				require.NoError(t, link.raw.SetWriteDeadline(time.Now().Add(o.WriteTimeout))) // Of a write that waits.
				l := &parts{gorillaLink: link}
				var writers sync.WaitGroup
				b := Outbox{o: &o, writers: &writers, failed: func(_ Link, err error) { assert.NoError(t, err) }}
				b.attach(l)
				var sent []string
				for events := 0; events < 64; events, _ = b.Stats() { // Until the system takes no more.
					sent = append(sent, numbered(len(sent), size))
					require.NoError(t, b.Put(t.Context(), frameOf(sent[len(sent)-1]), nil))
				}
				close(peer.read)
				for _, message := range sent {
					require.Equal(t, message, <-peer.messages)
				}
				<-b.Settled()
				b.seal(io.EOF)
				writers.Wait()
				// Once or more often: a system that makes room while the test sends takes another.
				if size > 8 && size <= tryBytes {
					assert.Positive(t, l.begun, "messages that the system took in part")
				}
			})
		}
	}
}

// numbered returns a text of a size, longer than its number, that does not compress.
func numbered(n, size int) string {
	text := []byte(fmt.Sprintf("%08d", n))
	for x := uint64(n) + 1; len(text) < size; x = x*6364136223846793005 + 1442695040888963407 {
		text = binary.LittleEndian.AppendUint64(text, x>>1&0x3f3f3f3f3f3f3f3f|0x4040404040404040)
	}
	return string(text[:size])
}

// TestASendToAnIdleSocketNeedsNoGoroutine: it is written when Put returns.
func TestASendToAnIdleSocketNeedsNoGoroutine(t *testing.T) {
	t.Parallel()
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, peer := narrowLink(t, way.secure, &way.o)
			close(peer.read)
			var writers sync.WaitGroup
			log := &sentLog{}
			b := Outbox{o: &way.o, watch: log, writers: &writers, failed: func(Link, error) {}}
			b.attach(l)
			require.NoError(t, l.raw.SetWriteDeadline(time.Now().Add(-time.Second))) // Of an earlier write.
			for i := range 100 {
				require.NoError(t, b.Put(t.Context(), frameOf("audio"), nil))
				require.Len(t, *log, i+1)
				require.Equal(t, "audio", <-peer.messages)
			}
			assert.Nil(t, b.writer, "no writer was made")
		})
	}
}

// fill sends messages until one is written in part, and returns it.
func fill(t *testing.T, l *gorillaLink) string {
	t.Helper()
	for i := 0; ; i++ {
		text := numbered(i, 300)
		frame := frameOf(text)
		whole, err := l.try(*frame.Buf)
		require.NoError(t, err)
		if !whole {
			require.True(t, l.begun)
			return text
		}
	}
}

// TestNothingComesBetweenThePartsOfAMessage holds that a control frame waits for the rest of a
// message that was begun, and that a send beside a control frame leaves all to the writer.
func TestNothingComesBetweenThePartsOfAMessage(t *testing.T) {
	t.Parallel()
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, peer := narrowLink(t, way.secure, &way.o)
			last := fill(t, l)
			require.ErrorIs(t, l.ping(time.Now()), os.ErrDeadlineExceeded)
			close(peer.read)
			frame := frameOf(last)
			require.NoError(t, l.complete(*frame.Buf, time.Time{}))
			require.NoError(t, l.ping(time.Now().Add(time.Minute)))
			for last != <-peer.messages {
			}
			l.writing.take(nil) // As a control frame that waits for the peer does.
			frame = frameOf("next")
			whole, err := l.try(*frame.Buf)
			require.NoError(t, err)
			require.False(t, whole)
			l.writing.release()
			require.NoError(t, l.complete(*frame.Buf, time.Time{}))
			assert.Equal(t, "next", <-peer.messages)
		})
	}
}

// TestAControlFrameThatIsLateHarmsNothing pings a peer that does not read until pings
// cannot be written in time. Then the peer reads: what follows arrives, and the last is a close frame.
func TestAControlFrameThatIsLateHarmsNothing(t *testing.T) {
	t.Parallel()
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, peer := narrowLink(t, way.secure, &way.o)
			for late := 0; late < 2; {
				if l.ping(time.Now().Add(50*time.Millisecond)) != nil {
					late++
				}
			}
			close(peer.read)
			for _, text := range []string{"waits", "does not"} {
				frame := frameOf(text)
				require.NoError(t, l.write(*frame.Buf, time.Now().Add(time.Minute)))
				require.Equal(t, text, <-peer.messages)
			}
			require.NoError(t, l.ping(time.Now().Add(time.Minute)))
			require.NoError(t, l.WriteClose(CodeNormal, "", time.Now().Add(time.Minute)))
			_, more := <-peer.messages
			assert.False(t, more)
			assert.True(t, websocket.IsCloseError(peer.over, CodeNormal), peer.over)
		})
	}
}

// idOf is a namer whose messages are their ids.
type idOf struct{}

func (idOf) Identify(message []byte) string { return string(message) }

// TestAMessageInPartIsUncertain loses the connection before the rest of a message is written:
// the message is named by its text, of which the write has overwritten a part.
func TestAMessageInPartIsUncertain(t *testing.T) {
	t.Parallel()
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			link, peer := narrowLink(t, way.secure, &way.o)
			l := &parts{gorillaLink: link}
			var writers sync.WaitGroup
			failed := make(chan error, 1)
			log := &sentLog{}
			b := Outbox{o: &way.o, watch: log, names: idOf{}, writers: &writers, failed: func(_ Link, err error) { failed <- err }}
			b.attach(l)
			sent := 0
			for ; l.begun == 0; sent++ {
				require.NoError(t, b.Put(t.Context(), frameOf(numbered(sent, 300)), nil))
			}
			require.NoError(t, b.Put(t.Context(), frameOf("later"), nil))
			peer.end()
			close(peer.read)
			require.Error(t, <-failed)
			uncertain, left := b.Detach()
			assert.Equal(t, []socket.Outgoing{{Bytes: 300, ID: numbered(sent-1, 300)}}, uncertain)
			assert.EqualValues(t, sent, left)
			assert.Equal(t, socket.Written, b.Fate(uint64(sent-1)))
			assert.Equal(t, socket.Uncertain, b.Fate(uint64(sent)))
			lost := b.Abandon(io.EOF)
			require.NotNil(t, lost)
			assert.Equal(t, []socket.Outgoing{{Bytes: 5, ID: "later"}}, lost.Unsent)
			writers.Wait()
			assert.Equal(t, " uncertain", (*log)[sent-1])
			assert.Len(t, *log, sent+1, "one fate for each message")
		})
	}
}

// TestWhatIsHeldPrecedesLaterWrites holds that bytes leave in the order of the writes, including
// those of another goroutine, such as TLS, which answers an update of keys while it reads.
func TestWhatIsHeldPrecedesLaterWrites(t *testing.T) {
	t.Parallel()
	for _, waits := range []bool{false, true} {
		near, far := socketPair(t)
		require.NoError(t, near.SetWriteBuffer(4<<10))
		c := watched(near)
		c.attempt.wait(false)
		var want strings.Builder
		write := func(text string) {
			want.WriteString(text)
			n, err := c.Write([]byte(text))
			assert.NoError(t, err)
			assert.Len(t, text, n)
		}
		for i := 0; !c.attempt.holds(); i++ {
			write(numbered(i, 1000))
		}
		got := make(chan string)
		read := make(chan struct{})
		go func() {
			<-read
			all, err := io.ReadAll(far)
			assert.NoError(t, err)
			got <- string(all)
		}()
		write("held, too")
		if waits {
			c.attempt.wait(true)
		}
		close(read)
		write("later")
		require.NoError(t, c.attempt.flush(near, time.Time{}))
		assert.False(t, c.attempt.holds())
		write("last")
		require.NoError(t, c.attempt.flush(near, time.Time{}))
		require.NoError(t, near.CloseWrite())
		assert.Equal(t, want.String(), <-got)
	}
}

// TestWhatIsHeldIsBounded writes beside messages to a peer that does not read, as TLS answers
// updates of keys.
func TestWhatIsHeldIsBounded(t *testing.T) {
	t.Parallel()
	near, _ := socketPair(t)
	c := watched(near)
	c.attempt.wait(false)
	record := make([]byte, 64)
	var err error
	for written := 0; err == nil && written < 64<<20; written += len(record) {
		_, err = c.Write(record)
	}
	require.ErrorContains(t, err, "does not read")
	assert.LessOrEqual(t, len(c.attempt.rest), mostHeld+len(record))
}

// TestErrorsOfAttempts holds that errors are those of a socket's own Write.
func TestErrorsOfAttempts(t *testing.T) {
	t.Parallel()
	near, far := socketPair(t)
	c := watched(near)
	c.attempt.wait(false)
	require.NoError(t, far.SetLinger(0))
	require.NoError(t, far.Close()) // A reset.
	_, _ = near.Read(make([]byte, 1))
	_, err := c.Write([]byte("x"))
	require.ErrorIs(t, err, syscall.EPIPE)
	assert.Contains(t, err.Error(), "write tcp 127.0.0.1:")
	require.NoError(t, c.Close())
	_, err = c.Write([]byte("x"))
	require.ErrorIs(t, err, net.ErrClosed)
	assert.Contains(t, err.Error(), "write tcp 127.0.0.1:")
}
