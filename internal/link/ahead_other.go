//go:build !unix && !js

package link

import "net"

// ahead reads nothing ahead: here a wait for bytes needs memory to read them into.
type ahead struct{ rest []byte }

func (*ahead) init(net.Conn) {}

func (*ahead) fill(conn net.Conn, p []byte) (int, error) { return conn.Read(p) }

func (*ahead) free() {}
