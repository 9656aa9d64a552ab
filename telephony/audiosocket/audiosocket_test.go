package audiosocket

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/internal/line"
	"github.com/voicelane/realtime-go/voice"
)

func admit(context.Context, string) (voice.Info, error) { return voice.Info{}, nil }

func call(context.Context, *telephony.Line) error { return nil }

func TestConfig(t *testing.T) {
	t.Parallel()
	good := Config{Options: telephony.Options{Call: call}, Admit: admit}
	_, err := New(&good)
	require.NoError(t, err)
	for name, change := range map[string]func(c *Config){
		"Options.Call":  func(c *Config) { c.Call = nil },
		"Config.Admit":  func(c *Config) { c.Admit = nil },
		"Config.Format": func(c *Config) { c.Format = audio.ULaw },
	} {
		c := good
		change(&c)
		_, err := New(&c)
		require.ErrorContains(t, err, name)
	}
}

func TestNetworks(t *testing.T) {
	t.Parallel()
	s, err := New(&Config{Options: telephony.Options{Call: call}, Admit: admit})
	require.NoError(t, err)
	for ip, want := range map[string]bool{"127.0.0.1": true, "10.1.2.3": true, "::1": true, "8.8.8.8": false, "2001:db8::1": false} {
		assert.Equal(t, want, s.allowed(&net.TCPAddr{IP: net.ParseIP(ip)}), ip)
	}
	s.c.Allow = []netip.Prefix{netip.MustParsePrefix("8.8.8.0/24")}
	assert.True(t, s.allowed(&net.TCPAddr{IP: net.ParseIP("8.8.8.8")}))
	assert.False(t, s.allowed(&net.TCPAddr{IP: net.ParseIP("127.0.0.1")}))
}

// TestConnectionsMustBegin holds that a connection without an id that is admitted is closed:
// at once, or after StartTimeout if nothing comes.
func TestConnectionsMustBegin(t *testing.T) {
	t.Parallel()
	id := append([]byte{typeID, 0, 16}, make([]byte, 16)...)
	for name, sent := range map[string][]byte{
		"nothing":          nil,
		"half of a header": {typeID, 0},
		"half of an id":    id[:10],
		"sound first":      {typeSound, 0, 2, 1, 2},
		"a short id":       {typeID, 0, 2, 1, 2},
		"a huge message":   {typeID, 0xff, 0xff},
		"an unknown id":    id,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, err := New(&Config{
					Options: telephony.Options{Call: func(context.Context, *telephony.Line) error { t.Error("a call"); return nil }},
					Admit:   func(context.Context, string) (voice.Info, error) { return voice.Info{}, errors.New("unknown") },
				})
				require.NoError(t, err)
				near, far := net.Pipe()
				done := make(chan struct{})
				go func() { s.handle(near); close(done) }()
				began := time.Now()
				_, _ = far.Write(sent)
				_, err = io.Copy(io.Discard, far)
				require.NoError(t, err, "the connection is closed")
				<-done
				assert.LessOrEqual(t, time.Since(began), 10*time.Second)
			})
		})
	}
}

// bytesConn is a connection over which given bytes come.
type bytesConn struct {
	net.Conn

	r io.Reader
}

func (c bytesConn) Read(p []byte) (int, error)       { return c.r.Read(p) }
func (c bytesConn) Write(p []byte) (int, error)      { return len(p), nil }
func (c bytesConn) Close() error                     { return nil }
func (c bytesConn) SetReadDeadline(time.Time) error  { return nil }
func (c bytesConn) SetWriteDeadline(time.Time) error { return nil }

func FuzzStream(f *testing.F) {
	f.Add([]byte{1, 0, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0x10, 0, 2, 1, 2, 3, 0, 1, '5', 0, 0, 0})
	f.Add([]byte{0x10, 0, 0, 0xff, 0, 1, 1, 0x13, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		c := newConn(bytesConn{r: bytes.NewReader(data)}, time.Second)
		l := line.New(c, &protocol{typeSound}, line.Settings{In: audio.PCM8k, Out: audio.PCM8k, Frame: line.FrameTime})
		p := &protocol{typeSound}
		for {
			binary, m, err := c.Read()
			if err != nil || p.Receive(l, binary, m) != nil {
				return
			}
		}
	})
}

// TestFramesAreNotAllocated holds that a frame costs no allocation in either direction.
func TestFramesAreNotAllocated(t *testing.T) {
	p := &protocol{typeSound}
	l := line.New(newConn(bytesConn{r: bytes.NewReader(nil)}, time.Second), p, line.Settings{In: audio.PCM8k, Out: audio.PCM8k, Frame: line.FrameTime})
	data := append([]byte{typeSound}, make([]byte, 320)...)
	receive := func() {
		if p.Receive(l, true, data) != nil {
			t.Fatal("the message is refused")
		}
		if in, err := l.Receive(t.Context()); err != nil || len(in.Audio) != 320 {
			t.Fatal("no frame")
		}
	}
	receive()
	assert.Zero(t, testing.AllocsPerRun(1000, receive))
	frame := make([]byte, 320)
	buf := p.AppendAudio(nil, frame)
	assert.Zero(t, testing.AllocsPerRun(1000, func() { buf = p.AppendAudio(buf[:0], frame) }))
}

// strangerConn is a connection from a public address.
type strangerConn struct{ net.Conn }

func (strangerConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(8, 8, 8, 8)} }

// TestStrangersAreNotAsked closes connections from other networks before Admit is called.
func TestStrangersAreNotAsked(t *testing.T) {
	t.Parallel()
	s, err := New(&Config{
		Options: telephony.Options{Call: call},
		Admit:   func(context.Context, string) (voice.Info, error) { t.Error("asked"); return voice.Info{}, nil },
	})
	require.NoError(t, err)
	near, far := net.Pipe()
	go s.handle(strangerConn{near})
	_, err = far.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
}
