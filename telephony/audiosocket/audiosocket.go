package audiosocket

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/internal/host"
	"github.com/voicelane/realtime-go/telephony/internal/line"
	"github.com/voicelane/realtime-go/voice"
)

// Config is the configuration of a [Server]. Options.Incoming is not used.
type Config struct {
	telephony.Options

	// Admit decides about the id of a connection, in the form
	// 7d00aabb-0000-4000-8000-000000000001, and returns the numbers and
	// parameters that Line.Info will have, as far as the program has them. An error closes the
	// connection. Required: the protocol has no other proof of the sender.
	Admit func(ctx context.Context, id string) (voice.Info, error)
	// Allow lists the networks that may connect; nil: loopback and private ones.
	Allow []netip.Prefix
	// Format is that of the sound: [audio.PCM8k] (the default), which the application
	// AudioSocket has, or another rate of 16-bit samples that Dial names by c(slin16),
	// c(slin24), c(slin48) and the like.
	Format audio.Format
	// Latency is the time from sending sound to the caller's ear that Line.Played counts
	// with; default 30 ms, negative: none.
	Latency time.Duration
}

// Server takes the connections of an Asterisk.
type Server struct {
	c    Config
	host *host.Host

	mu        sync.Mutex
	listeners map[net.Listener]bool
	closed    bool
}

// New returns a server. The error is about the configuration.
func New(c *Config) (*Server, error) {
	if c == nil {
		c = &Config{}
	}
	s := &Server{c: *c, listeners: map[net.Listener]bool{}}
	if s.c.Admit == nil {
		return nil, errors.New("telephony: Config.Admit is nil: set it, since the id is the only proof of a connection")
	}
	if s.c.Format == 0 {
		s.c.Format = audio.PCM8k
	}
	if types[s.c.Format] == 0 {
		return nil, errors.New("telephony: Config.Format is not one of Asterisk's: PCM at 8, 12, 16, 24, 32, 44.1 or 48 kHz")
	}
	if s.c.Latency == 0 {
		s.c.Latency = 30 * time.Millisecond
	}
	s.c.Latency = max(s.c.Latency, 0)
	var err error
	s.host, err = host.New("audiosocket", c.Options)
	return s, err
}

// Shutdown refuses new calls and waits until those that run have ended. When ctx ends first,
// it ends them, and returns the error of ctx. Serve returns in either case.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.host.Shutdown(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for l := range s.listeners {
		_ = l.Close()
	}
	return err
}

// Serve takes connections until Shutdown or until the listener fails. It closes the
// listener, and returns nil after Shutdown.
func (s *Server) Serve(l net.Listener) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		_ = l.Close()
		return nil
	}
	s.listeners[l] = true
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.listeners, l)
		_ = l.Close()
	}()
	for {
		c, err := l.Accept()
		if err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.closed {
				return nil
			}
			return err
		}
		go s.handle(c)
	}
}

// handle runs the call of a connection.
func (s *Server) handle(raw net.Conn) {
	err := s.host.Enter()
	if err == nil && !s.allowed(raw.RemoteAddr()) {
		s.host.Leave()
		err = telephony.ErrUnproven
	}
	if err != nil {
		s.host.Log.Warn("a connection was refused", slog.String("carrier", s.host.Carrier), slog.Any("error", err))
		_ = raw.Close()
		return
	}
	defer s.host.Leave()
	c := newConn(raw, s.host.WriteTimeout)
	_ = raw.SetReadDeadline(time.Now().Add(s.host.StartTimeout))
	s.host.Run(c, s.open, func() {
		_ = raw.SetReadDeadline(time.Time{})
		c.idle = s.host.Dead
	})
}

// allowed reports whether an address may connect. An address of no network is this process.
func (s *Server) allowed(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return true
	}
	ip := tcp.AddrPort().Addr().Unmap()
	if s.c.Allow == nil {
		return ip.IsLoopback() || ip.IsPrivate()
	}
	for _, p := range s.c.Allow {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// open waits for the id of a connection.
func (s *Server) open(c line.Conn) (*host.Opening, error) {
	_, data, err := c.Read()
	if err != nil || data[0] != typeID || len(data) != 1+16 {
		return nil, telephony.ErrNoStart
	}
	id := idOf(data[1:])
	ctx, cancel := context.WithTimeout(context.Background(), s.host.StartTimeout)
	defer cancel()
	info, err := s.c.Admit(ctx, id)
	if err != nil {
		return nil, errors.Join(telephony.ErrUnproven, err)
	}
	info.Carrier, info.CallID = s.host.Carrier, id
	f := s.c.Format
	return &host.Opening{Protocol: &protocol{types[f]}, Settings: line.Settings{
		In: f, Out: f, Info: info, Frame: line.FrameTime, Ahead: line.FrameTime / 2, Clock: true, Delay: s.c.Latency, Steady: true,
	}}, nil
}
