//go:build unix && (!linux || purego)

package link

import "syscall"

// room knows nothing: what a socket holds is not asked on this platform.
type room struct{}

func (*room) takes(syscall.RawConn, int) bool { return false }
