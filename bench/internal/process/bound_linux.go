package process

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// bound calls start on a thread that is bound to one of the available cores. A new
// process inherits the binding from the thread that starts it.
func bound(core int, start func() error) error {
	if core == AnyCore {
		return start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return err
	}
	one.Set(nth(&all, core))
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return err
	}
	err := start()
	if back := unix.SchedSetaffinity(0, &all); err == nil {
		err = back
	}
	return err
}

// nth returns the nth core of the set, modulo the size of the set.
func nth(set *unix.CPUSet, n int) int {
	n %= max(set.Count(), 1)
	for cpu := 0; ; cpu++ {
		if set.IsSet(cpu) {
			if n == 0 {
				return cpu
			}
			n--
		}
	}
}
