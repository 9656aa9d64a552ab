//go:build linux && !purego

package link

import (
	"math"
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

// room tells whether a socket takes a write without waiting for the peer. It is small, as
// each session has one.
type room struct {
	look   func(fd uintptr) // made once: a write must not allocate
	buffer int32            // the size of the socket's send buffer; 0 if it was not asked for yet
	held   int32            // by the system; more than there is room for if it does not say
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
	return err == nil && r.buffer >= leastBuffer && int(r.held)+bytes <= roomBytes
}

// ask asks the system what it holds, and once how much it can hold.
func (r *room) ask(fd uintptr) {
	if r.buffer == 0 {
		r.buffer = 1 // If the system does not say it.
		if n, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUF); err == nil {
			r.buffer = int32(min(n, math.MaxInt32)) //nolint:gosec // See min.
		}
	}
	r.held = roomBytes
	if n, err := unix.IoctlGetInt(int(fd), unix.TIOCOUTQ); err == nil {
		r.held = int32(min(n, roomBytes)) //nolint:gosec // See min.
	}
}
