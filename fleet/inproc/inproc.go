// Package inproc runs a NATS server with JetStream inside of the process, for a fleet of
// one process and for tests:
//
//	conn, err := inproc.Start(ctx, "calls.d")
//	f, err := fleet.Open(ctx, &fleet.Config{Conn: conn})
//
// It is a module of its own since it is what depends on the server.
package inproc

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

// Start runs a NATS server with JetStream inside of this process, with its files in dir,
// which is made if it is missing. It listens on no port. Start returns a connection to it,
// as fleet.Config.Conn needs one; closing the connection stops the server, which
// [nats.Conn.Closed] handlers given by SetClosedHandler must not replace.
//
// What the server confirms is on disk: a process that is killed, or a machine that loses
// power, finds its calls again when it starts with the same dir. ctx bounds Start alone.
func Start(ctx context.Context, dir string) (*nats.Conn, error) {
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
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // Not to stderr.
		nats.ClosedHandler(func(*nats.Conn) { stop() }))
	if err != nil {
		stop()
		return nil, fmt.Errorf("inproc: connect: %w", err)
	}
	return conn, nil
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
