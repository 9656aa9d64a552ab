//go:build linux && !purego

package link

import (
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	// roomBytes is how much may wait in the system for the peer, the next write included.
	roomBytes = 16 << 10
	// leastBuffer is the size of a send buffer, as the system counts it, that has room for as
	// much and for what the system needs to manage it. By default a socket's is 46 KB or more.
	leastBuffer = 40 << 10
)

// room tells whether a socket takes a write without waiting for the peer.
type room struct {
	look   func(fd uintptr) // made once: a write must not allocate
	buffer int              // the size of the socket's send buffer; 0 if it was not asked for yet
	held   int              // by the system
	err    error
}

// takes reports whether a socket takes so many bytes at once.
func (r *room) takes(raw syscall.RawConn, bytes int) bool {
	if bytes > roomBytes {
		return false
	}
	if r.look == nil {
		r.look = r.ask
	}
	err := raw.Control(r.look)
	return err == nil && r.err == nil && r.buffer >= leastBuffer && r.held+bytes <= roomBytes
}

// ask asks the system what it holds, and once how much it can hold.
func (r *room) ask(fd uintptr) {
	if r.buffer == 0 {
		if r.buffer, r.err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUF); r.err != nil {
			return
		}
	}
	r.held, r.err = unix.IoctlGetInt(int(fd), unix.TIOCOUTQ)
}
