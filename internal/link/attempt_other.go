//go:build !unix && !js

package link

import (
	"net"
	"syscall"
	"time"
)

// attempt is not used: here each write waits for the peer.
type attempt struct{}

func (*attempt) wait(bool) {}

func (*attempt) holds() bool { return false }

func (*attempt) write(conn net.Conn, _ syscall.RawConn, p []byte) (int, error) { return conn.Write(p) }

func (*attempt) flush(net.Conn, time.Time) error { return nil }
