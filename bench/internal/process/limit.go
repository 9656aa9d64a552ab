package process

import "golang.org/x/sys/unix"

// wanted is the number of descriptors for a server with three times ten thousand sessions.
const wanted = 40_000

// Descriptors returns the maximum number of open descriptors of a process. Go and Node
// raise the soft limit to it at start. Descriptors raises it for processes that start
// later, where that is permitted.
func Descriptors() int {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 1024
	}
	if l.Max < wanted {
		more := unix.Rlimit{Cur: wanted, Max: wanted}
		if unix.Setrlimit(unix.RLIMIT_NOFILE, &more) == nil {
			l = more
		}
	}
	return int(min(l.Max, 1<<30))
}
