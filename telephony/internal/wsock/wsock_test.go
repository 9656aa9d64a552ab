package wsock

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// wire is a connection over which given bytes come, and that keeps what is written.
type wire struct {
	net.Conn

	r     io.Reader
	wrote []byte
}

func (c *wire) Read(p []byte) (int, error)       { return c.r.Read(p) }
func (c *wire) Write(p []byte) (int, error)      { c.wrote = append(c.wrote, p...); return len(p), nil }
func (c *wire) Close() error                     { return nil }
func (c *wire) SetReadDeadline(time.Time) error  { return nil }
func (c *wire) SetWriteDeadline(time.Time) error { return nil }

// appendFrame appends a frame as a client sends it.
func appendFrame(dst []byte, final bool, op byte, payload []byte) []byte {
	head := op
	if final {
		head |= 0x80
	}
	dst = append(dst, head)
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, 0x80|byte(n))
	case n <= 0xffff:
		dst = binary.BigEndian.AppendUint16(append(dst, 0x80|126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 0x80|127), uint64(n))
	}
	mask := [4]byte{7, 0xa1, 0x3c, 0xff}
	dst = append(dst, mask[:]...)
	for i, b := range payload {
		dst = append(dst, b^mask[i%4])
	}
	return dst
}

const limit = 4 << 10

// TestMessagesArriveWhole sends random messages in random fragments, with pings between
// them, over a connection that splits at random.
func TestMessagesArriveWhole(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 5))
		var sent []byte
		var want [][]byte
		pings := 0
		for range rng.IntN(20) {
			message := make([]byte, rng.IntN(limit+1))
			for i := range message {
				message[i] = byte(rng.Int())
			}
			want = append(want, message)
			op := byte(opText + len(message)%2)
			for rest := message; ; {
				n := rng.IntN(len(rest) + 1)
				if rng.IntN(2) == 0 {
					n = len(rest)
				}
				sent = appendFrame(sent, n == len(rest), op, rest[:n])
				if rest, op = rest[n:], opContinuation; len(rest) == 0 {
					break
				}
				if rng.IntN(3) == 0 {
					sent = appendFrame(sent, true, opPing, []byte("ping"))
					pings++
				}
			}
		}
		w := &wire{r: &pieces{rng, sent}}
		c := newConn(w, Options{Limit: limit})
		for _, message := range want {
			binaryMessage, data, err := c.Read()
			require.NoError(t, err, "seed %d", seed)
			require.Equal(t, len(message)%2 == 1, binaryMessage)
			require.True(t, bytes.Equal(message, data), "seed %d", seed)
		}
		_, _, err := c.Read()
		require.ErrorIs(t, err, io.EOF)
		assert.Equal(t, pings, bytes.Count(w.wrote, []byte("\x8a\x04ping")))
	}
}

// pieces returns bytes in pieces of random lengths.
type pieces struct {
	rng  *rand.Rand
	rest []byte
}

func (p *pieces) Read(to []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(to[:min(len(to), 1+p.rng.IntN(2000))], p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// TestMalformedFramesEndTheConnection holds the errors of what a peer must not send.
func TestMalformedFramesEndTheConnection(t *testing.T) {
	t.Parallel()
	half := appendFrame(nil, false, opText, make([]byte, limit/2+1))
	claim := func(n uint64) []byte {
		return append(binary.BigEndian.AppendUint64([]byte{0x82, 0x80 | 127}, n), 0, 0, 0, 0)
	}
	for name, c := range map[string]struct {
		sent []byte
		want error
	}{
		"not masked":              {[]byte{0x81, 1, 'a'}, ErrProtocol},
		"reserved bits":           {[]byte{0xc1, 0x81, 0, 0, 0, 0, 'a'}, ErrProtocol},
		"unknown opcode":          {appendFrame(nil, true, 3, nil), ErrProtocol},
		"unknown control opcode":  {appendFrame(nil, true, 11, nil), ErrProtocol},
		"long ping":               {appendFrame(nil, true, opPing, make([]byte, 126)), ErrProtocol},
		"ping in fragments":       {appendFrame(nil, false, opPing, nil), ErrProtocol},
		"continuation first":      {appendFrame(nil, true, opContinuation, nil), ErrProtocol},
		"message within another":  {append(appendFrame(nil, false, opText, nil), appendFrame(nil, true, opText, nil)...), ErrProtocol},
		"huge frame":              {appendFrame(nil, true, opText, make([]byte, limit+1)), ErrTooLarge},
		"huge claim":              {claim(1 << 40), ErrTooLarge},
		"claim beyond 63 bits":    {claim(1<<64 - 1), ErrTooLarge},
		"fragments without end":   {bytes.Repeat(append(half, appendFrame(nil, false, opContinuation, half)...), 3), ErrTooLarge},
		"end within a frame":      {appendFrame(nil, true, opText, make([]byte, 100))[:50], io.EOF},
		"end within a header":     {[]byte{0x81}, io.EOF},
		"close without a message": {appendFrame(nil, true, opClose, []byte{3, 0xe8}), io.EOF},
	} {
		w := &wire{r: bytes.NewReader(c.sent)}
		conn := newConn(w, Options{Limit: limit})
		_, _, err := conn.Read()
		require.ErrorIs(t, err, c.want, name)
		assert.LessOrEqual(t, cap(conn.buf), 2*limit, name)
	}
}

// TestMemoryGrowsWithWhatArrives lets a header claim much, and little follow.
func TestMemoryGrowsWithWhatArrives(t *testing.T) {
	t.Parallel()
	frame := appendFrame(nil, true, opText, make([]byte, 1<<20))[:1000]
	c := newConn(&wire{r: bytes.NewReader(frame)}, Options{Limit: 1 << 20})
	_, _, err := c.Read()
	require.ErrorIs(t, err, io.EOF)
	assert.Less(t, cap(c.buf), 8<<10)

	// A large message leaves no large buffer behind.
	sent := append(appendFrame(nil, true, opText, make([]byte, 1<<20)), appendFrame(nil, true, opText, []byte("x"))...)
	c = newConn(&wire{r: bytes.NewReader(sent)}, Options{Limit: 1 << 20})
	for range 2 {
		_, _, err = c.Read()
		require.NoError(t, err)
	}
	assert.LessOrEqual(t, cap(c.buf), kept)
}

// TestSilentAndDeafPeers holds the ends of a peer that sends nothing, that sends a message
// byte by byte, and that reads nothing.
func TestSilentAndDeafPeers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		c := newConn(near, Options{Limit: limit, WriteTimeout: 10 * time.Second})
		c.Idle(30 * time.Second)
		began := time.Now()
		_, _, err := c.Read()
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, 30*time.Second, time.Since(began))

		c.Idle(30 * time.Second)
		go func() {
			for _, b := range appendFrame(nil, true, opText, make([]byte, 100)) {
				time.Sleep(time.Second)
				if _, err := far.Write([]byte{b}); err != nil {
					return
				}
			}
		}()
		began = time.Now()
		_, _, err = c.Read()
		require.ErrorIs(t, err, os.ErrDeadlineExceeded, "a message takes no longer than silence may")
		assert.Equal(t, 30*time.Second, time.Since(began))

		began = time.Now()
		require.ErrorIs(t, c.Write([]byte("frame")), ErrSlow)
		assert.Equal(t, 10*time.Second, time.Since(began))
		began = time.Now()
		c.Close(1011)
		assert.LessOrEqual(t, time.Since(began), closePatience, "the close frame of a peer that does not read holds up nothing")
	})
}

// FuzzRead gives any bytes to a connection: nothing panics, no message exceeds the limit,
// and the end is one of the errors of the documentation.
func FuzzRead(f *testing.F) {
	f.Add(appendFrame(nil, true, opText, []byte(`{"event":"media"}`)))
	f.Add(append(appendFrame(nil, false, opBinary, []byte{1}), appendFrame(nil, true, opContinuation, make([]byte, 200))...))
	f.Add(appendFrame(appendFrame(nil, true, opPing, []byte("x")), true, opClose, []byte{3, 0xe8}))
	f.Fuzz(func(t *testing.T, sent []byte) {
		c := newConn(&wire{r: bytes.NewReader(sent)}, Options{Limit: limit})
		for {
			_, data, err := c.Read()
			if err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, ErrProtocol) && !errors.Is(err, ErrTooLarge) {
					t.Fatal(err)
				}
				return
			}
			if len(data) > limit || len(data) > len(sent) {
				t.Fatalf("a message of %d bytes", len(data))
			}
		}
	})
}
