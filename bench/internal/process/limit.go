package process

import "golang.org/x/sys/unix"

// Descriptors returns how many descriptors a process may have open. Go and Node
// raise the limit to that by themselves when they start.
func Descriptors() int {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 1024
	}
	return int(min(l.Max, 1<<30))
}
