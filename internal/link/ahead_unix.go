//go:build unix

package link

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// ahead reads from a socket as much as there is, up to aheadSize, so that a busy stream
// takes one system call for several messages. It waits without memory. One goroutine
// uses it at a time.
type ahead struct {
	raw  syscall.RawConn              // nil if nothing is read ahead
	look func(fd uintptr) (done bool) // read, made once: a read must not allocate
	buf  *[aheadSize]byte             // nil unless rest holds bytes, but for a read under way
	rest []byte                       // of buf: what was read and not used
	err  error                        // of the latest read
}

// init prepares reads from conn, if it is a socket and nothing more: the Read method of
// any other type may do more than read.
func (a *ahead) init(conn net.Conn) {
	var c syscall.Conn
	switch conn := conn.(type) {
	case *net.TCPConn:
		c = conn
	case *net.UnixConn:
		c = conn
	default:
		return
	}
	if raw, err := c.SyscallConn(); err == nil {
		a.raw, a.look = raw, a.read
	}
}

// fill waits for bytes and moves those that p has room for there. Rest is empty on entry.
func (a *ahead) fill(conn net.Conn, p []byte) (int, error) {
	if a.raw == nil {
		return conn.Read(p)
	}
	a.err = nil
	err := a.raw.Read(a.look)
	if err == nil && a.err == nil {
		return a.take(p), nil
	}
	a.free()
	if op, ok := errors.AsType[*net.OpError](err); ok {
		op.Op = "read" // As in the errors of conn.Read.
		return 0, err
	}
	if errors.Is(a.err, io.EOF) {
		return 0, io.EOF
	}
	return 0, &net.OpError{
		Op: "read", Net: conn.RemoteAddr().Network(), Source: conn.LocalAddr(), Addr: conn.RemoteAddr(),
		Err: os.NewSyscallError("read", a.err),
	}
}

// read reads once. It reports false when there is nothing to read yet.
func (a *ahead) read(fd uintptr) bool {
	if a.buf == nil {
		a.buf, _ = aheadBuffers.Get().(*[aheadSize]byte)
	}
	for {
		n, err := syscall.Read(int(fd), a.buf[:])
		switch {
		case err == nil && n == 0:
			a.err = io.EOF
		case err == nil:
			a.rest = a.buf[:n]
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			a.free()
			return false
		default:
			a.err = err
		}
		return true
	}
}

// socket returns the socket that is read from, or nil.
func (a *ahead) socket() syscall.RawConn { return a.raw }

// free gives the memory back.
func (a *ahead) free() {
	if a.buf != nil {
		aheadBuffers.Put(a.buf)
		a.buf, a.rest = nil, nil
	}
}
