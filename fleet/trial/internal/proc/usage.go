package proc

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// Usage is what a process has used so far.
type Usage struct {
	CPU    time.Duration // User and system time.
	Memory int64         // Resident bytes.
}

// ticks is the number of clock ticks of a second in /proc, the same on every platform of
// Linux that Go supports.
const ticks = 100

// Plus adds what a process has used so far. It is known on Linux alone, and 0 elsewhere.
func (u Usage) Plus(p *Process) Usage {
	more, err := usageOf(p.cmd.Process.Pid)
	if err != nil {
		return u
	}
	return Usage{u.CPU + more.CPU, u.Memory + more.Memory}
}

// Own returns what this process has used so far.
func Own() (Usage, error) { return usageOf(os.Getpid()) }

func usageOf(pid int) (Usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Usage{}, err
	}
	// The name of the program, which may hold spaces, ends with the last parenthesis.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const user, system, resident = 11, 12, 21
	if len(fields) <= resident {
		return Usage{}, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	var n [3]int64
	for i, field := range []int{user, system, resident} {
		if n[i], err = strconv.ParseInt(string(fields[field]), 10, 64); err != nil {
			return Usage{}, err
		}
	}
	return Usage{
		CPU:    time.Duration(n[0]+n[1]) * time.Second / ticks,
		Memory: n[2] * int64(os.Getpagesize()),
	}, nil
}
