//go:build linux && !purego

package link

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// roomBytes is how much may wait in the system for the peer, the next write included. A
// socket holds 46 KB at least, with what the system needs to manage it.
const roomBytes = 16 << 10

// room tells whether a socket takes a write without waiting for the peer.
type room struct {
	look func(fd uintptr) // made once: a write must not allocate
	held int              // by the system
	err  error
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
	return err == nil && r.err == nil && r.held+bytes <= roomBytes
}

// ask asks the system what it holds.
func (r *room) ask(fd uintptr) { r.held, r.err = unix.IoctlGetInt(int(fd), unix.TIOCOUTQ) }
