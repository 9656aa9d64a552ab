// Package deep keeps the stacks of goroutines small that wait for most of their lives, such as
// the reader of a session.
//
// The stack of a goroutine that waits shrinks only if less than a quarter of it is in use,
// which is not so for a reader inside TLS. What it has once grown to, it keeps.
package deep

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Run runs f on a goroutine of its own, and returns when f has. It costs about 2 µs: it is for
// what is deep and rare, such as decoding settings. If f panics, Run panics with a [*Panic]; if
// f calls [runtime.Goexit], so does Run.
func Run(f func()) {
	var end ending
	over := make(chan struct{})
	go func() {
		defer close(over)
		end.of(f)
	}()
	<-over
	switch {
	case end.panicked != nil:
		panic(end.panicked)
	case !end.returned:
		runtime.Goexit()
	}
}

// ending is how a func has ended.
type ending struct {
	returned bool
	panicked *Panic
}

// of calls f.
func (e *ending) of(f func()) {
	defer func() {
		if v := recover(); v != nil {
			e.panicked = &Panic{v, debug.Stack()}
		}
	}()
	f()
	e.returned = true
}

// Panic is what Run panics with.
type Panic struct {
	Value any    // that f panicked with
	Stack []byte // of f
}

func (p *Panic) Error() string { return fmt.Sprintf("%v\n\n%s", p.Value, p.Stack) }

// Unwrap returns the value, if it is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}
