package stat

import (
	"time"

	"golang.org/x/sys/unix"
)

func processorTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t) != nil {
		return time.Duration(time.Now().UnixNano())
	}
	return time.Duration(t.Nano())
}

// Usage returns the processor time that this process has used, in user and system mode.
func Usage() time.Duration {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return processorTime()
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Monotonic returns a time that all processes of a machine share.
func Monotonic() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &t) != nil {
		return time.Duration(time.Now().UnixNano())
	}
	return time.Duration(t.Nano())
}
