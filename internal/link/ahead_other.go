//go:build !unix && !js

package link

import (
	"net"
	"syscall"
)

// ahead reads nothing ahead: here a wait for bytes needs memory to read them into.
type ahead struct{ rest []byte }

func (*ahead) init(net.Conn) {}

func (*ahead) fill(conn net.Conn, p []byte) (int, error) { return conn.Read(p) }

func (*ahead) socket() syscall.RawConn { return nil }

func (*ahead) free() {}
