package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math"
	"math/big"
	"net"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

// Address is the address of the server.
type Address struct {
	Plain string `json:"plain"` // base URL as in [realtime.Config]
	TLS   string `json:"tls"`
	Roots string `json:"roots"` // PEM
}

// WebSocket returns the URL of the socket below a base URL.
func WebSocket(base string) string { return webSocket(base) }

// Stat is the counters of the server.
type Stat struct {
	Sent     int64         `json:"sent"`
	Sessions int           `json:"sessions"`
	Late     time.Duration `json:"late"`  // maximum since the last Stat
	Heard    int64         `json:"heard"` // audio messages of the clients
}

// Range is the sessions From ≤ i < To, in the order of their connection.
type Range struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// All is the range of all sessions.
var All = Range{0, math.MaxInt}

type request struct {
	Do    string `json:"do"`
	Some  Range  `json:"some"`
	Pace  Pace   `json:"pace"`
	Bytes int64  `json:"bytes"`
}

// Main runs the process of the server. It serves requests from standard input.
func Main() error {
	s := newServer()
	return process.Serve(func(r request) (any, error) {
		switch r.Do {
		case "listen":
			return s.address()
		case "start":
			s.start(r.Some, r.Pace)
		case "stop":
			s.halt()
		case "drop":
			s.drop()
		case "flood":
			return s.flood(r.Some, r.Bytes), nil
		case "listen in":
			s.timed.Store(true)
			s.delays.Take()
		case "delays":
			s.timed.Store(false)
			return delays{s.delays.Take()}, nil
		}
		return s.stat(), nil
	})
}

func (s *server) stat() Stat {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Stat{Sent: s.sent.Load(), Sessions: len(s.sessions), Late: time.Duration(s.late.Swap(0)), Heard: s.heard.Load()}
}

func (s *server) address() (a Address, err error) {
	if a.Plain, err = s.listen(nil); err != nil {
		return a, err
	}
	cert, roots, err := certificate()
	if err != nil {
		return a, err
	}
	a.Roots = roots
	a.TLS, err = s.listen(&tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13})
	return a, err
}

// certificate makes a certificate for loopback addresses that is valid for a day.
func certificate() (tls.Certificate, string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, "", err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, "", err
	}
	roots := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, string(roots), nil
}

// Remote is a server in a separate process.
type Remote struct {
	Address

	child *process.Child
}

// Start starts a server on the first core. The argument makes this program run [Main].
func Start(ctx context.Context, argument string) (*Remote, error) {
	spec, err := process.Self(0, argument)
	if err != nil {
		return nil, err
	}
	child, err := process.Start(ctx, spec)
	if err != nil {
		return nil, err
	}
	r := &Remote{child: child}
	if err := child.Ask(ctx, request{Do: "listen"}, &r.Address); err != nil {
		child.Close()
		return nil, fmt.Errorf("server: %w", err)
	}
	return r, nil
}

// Stream starts to send audio to the sessions of a range.
func (r *Remote) Stream(ctx context.Context, some Range, p Pace) error {
	_, err := r.ask(ctx, request{Do: "start", Some: some, Pace: p})
	return err
}

// Flood sends audio to each session of a range, as fast as it is taken, until bytes are sent
// or nothing was taken for a second. It returns how much was sent to all.
func (r *Remote) Flood(ctx context.Context, some Range, bytes int64) (int64, error) {
	var f flooded
	err := r.child.Ask(ctx, request{Do: "flood", Some: some, Bytes: bytes}, &f)
	return f.Bytes, err
}

// ListenIn starts to measure how long stamped audio of the clients takes to arrive.
func (r *Remote) ListenIn(ctx context.Context) error {
	_, err := r.ask(ctx, request{Do: "listen in"})
	return err
}

// Delays returns how long stamped audio has taken since ListenIn, from the client's stamp
// to the end of reading it.
func (r *Remote) Delays(ctx context.Context) (stat.Delays, error) {
	var d delays
	err := r.child.Ask(ctx, request{Do: "delays"}, &d)
	return d.Delays, err
}

// Halt stops the stream and waits until nothing more is being sent.
func (r *Remote) Halt(ctx context.Context) error {
	_, err := r.ask(ctx, request{Do: "stop"})
	return err
}

// Drop closes all sessions.
func (r *Remote) Drop(ctx context.Context) error {
	_, err := r.ask(ctx, request{Do: "drop"})
	return err
}

// Stat returns the counters since the last Drop.
func (r *Remote) Stat(ctx context.Context) (Stat, error) { return r.ask(ctx, request{Do: "stat"}) }

// Close stops the server.
func (r *Remote) Close() { r.child.Close() }

func (r *Remote) ask(ctx context.Context, q request) (s Stat, err error) {
	if err = r.child.Ask(ctx, q, &s); err != nil {
		err = fmt.Errorf("server: %s: %w", q.Do, err)
	}
	return s, err
}
