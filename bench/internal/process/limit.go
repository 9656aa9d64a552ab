package process

import "golang.org/x/sys/unix"

// Descriptors returns the maximum number of open descriptors of a process. Go and Node
// raise the soft limit to it at start.
func Descriptors() int {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 1024
	}
	return int(min(l.Max, 1<<30))
}
