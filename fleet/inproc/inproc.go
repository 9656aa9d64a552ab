// Package inproc runs a NATS server with JetStream inside of the process, for a fleet of
// one process and for tests:
//
//	server, err := inproc.Start(ctx, "calls.d")
//	defer server.Close()
//	f, err := fleet.Open(ctx, &fleet.Config{Conn: server.Conn})
//
// It is a module of its own since it is what depends on the server.
package inproc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// ErrInUse is returned for a directory that another server uses, of this process or of
// another one.
var ErrInUse = errors.New("inproc: the directory is in use")

// startWithin bounds the start of a server, which reads what is stored.
const startWithin = 30 * time.Second

// Server is a NATS server that runs inside of this process.
type Server struct {
	// Conn is a connection to the server, as fleet.Config.Conn needs one.
	Conn *nats.Conn

	close func()
}

// Close closes Conn, stops the server, and returns when its directory is free, which can take
// some seconds. Close the fleet and other connections first. Close may be called more than once
// and from any goroutine.
func (s *Server) Close() { s.close() }

// Start runs a NATS server with JetStream inside of this process, with its files in dir,
// which is made if it is missing. It listens on no port. Call Close to stop it.
//
// What the server confirms is on disk: a process that is killed, or a machine that loses
// power, finds its calls again when it starts with the same dir. ctx bounds Start alone. The
// error matches [ErrInUse] if another server uses dir.
func Start(ctx context.Context, dir string) (*Server, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("inproc: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	switch locked, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("inproc: lock %s: %w", dir, err)
	case !locked:
		return nil, fmt.Errorf("%w: %s", ErrInUse, dir)
	}
	s, err := start(ctx, dir)
	if err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	stop := func() {
		s.Shutdown()
		s.WaitForShutdown()
		_ = lock.Unlock() // The end of the process unlocks it too.
	}
	conn, err := nats.Connect("", nats.InProcessServer(s), nats.Name("fleet/inproc"),
		nats.ReconnectBufSize(-1), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {})) // Not to stderr.
	if err != nil {
		stop()
		return nil, fmt.Errorf("inproc: connect: %w", err)
	}
	return &Server{Conn: conn, close: sync.OnceFunc(func() {
		conn.Close()
		stop()
	})}, nil
}

func start(ctx context.Context, dir string) (*server.Server, error) {
	s, err := server.NewServer(&server.Options{
		ServerName: "inproc", DontListen: true, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: dir,
		// The default writes files to disk every two minutes.
		SyncAlways: true,
	})
	if err != nil {
		return nil, fmt.Errorf("inproc: %w", err)
	}
	s.Start()
	ready := make(chan bool, 1)
	go func() { ready <- s.ReadyForConnections(startWithin) }()
	select {
	case ok := <-ready:
		if ok && s.JetStreamEnabled() {
			return s, nil
		}
		err = fmt.Errorf("inproc: JetStream did not start in %s: is the directory usable?", dir)
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	s.Shutdown()
	s.WaitForShutdown()
	return nil, err
}
