package deep_test

import (
	"io"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/internal/deep"
)

// TestStacksOfThoseWhoWaitStaySmall compares goroutines that called a deep function themselves
// with goroutines that called it through Run. It is not parallel: it measures the process.
func TestStacksOfThoseWhoWaitStaySmall(t *testing.T) { //nolint:paralleltest // See above.
	const goroutines = 500
	waiting := func(run func(f func())) uint64 {
		end := make(chan struct{})
		var ready, all sync.WaitGroup
		before := stacks()
		for range goroutines {
			ready.Add(1)
			all.Go(func() {
				shallow(func() { run(func() { descend(24) }) }, func() { ready.Done(); <-end })
			})
		}
		ready.Wait()
		size := stacks() - before
		close(end)
		all.Wait()
		return size / goroutines
	}
	small := waiting(deep.Run) // First: goroutines begin with the stacks that others have had.
	kept := waiting(func(f func()) { f() })
	assert.Greater(t, kept, small+4<<10)
}

// shallow has part of the stack in use while it waits, as a reader has.
//
//go:noinline
func shallow(run, wait func()) {
	var local [3 << 10]byte
	run()
	wait()
	runtime.KeepAlive(&local)
}

// descend uses about half a KB of the stack for each step.
//
//go:noinline
func descend(n int) byte {
	var local [512]byte
	local[n] = byte(n)
	if n > 0 {
		local[0] = descend(n - 1)
	}
	return local[0] + local[n]
}

func stacks() uint64 {
	for range 4 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.StackInuse
}

// TestPanicsReachTheCaller holds that a caller recovers from a panic as if it had called the
// func itself, and learns where it was.
func TestPanicsReachTheCaller(t *testing.T) {
	t.Parallel()
	defer func() {
		p, ok := recover().(*deep.PanicError)
		assert.True(t, ok)
		assert.ErrorIs(t, p, io.EOF)
		assert.Contains(t, p.Error(), "TestPanicsReachTheCaller")
	}()
	deep.Run(func() { panic(io.EOF) })
}

// TestGoexitEndsTheCaller: a func that ends its goroutine, as FailNow of a test does, leaves no
// caller that waits.
func TestGoexitEndsTheCaller(t *testing.T) {
	t.Parallel()
	goes, ended := true, make(chan struct{})
	go func() {
		defer close(ended)
		deep.Run(runtime.Goexit)
		goes = false
	}()
	<-ended
	assert.True(t, goes)
}
