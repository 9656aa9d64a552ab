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
// what is deep and rare, such as decoding settings. If f panics, Run panics with a [*PanicError]; if
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
		panic(end.panicked) //nolint:forbidigo // Of f, not of its own.
	case !end.returned:
		runtime.Goexit()
	}
}

// ending is how a func has ended.
type ending struct {
	returned bool
	panicked *PanicError
}

// of calls f.
func (e *ending) of(f func()) {
	defer func() {
		if v := recover(); v != nil {
			e.panicked = &PanicError{v, debug.Stack()}
		}
	}()
	f()
	e.returned = true
}

// PanicError is what Run panics with.
type PanicError struct {
	Value any    // that f panicked with
	Stack []byte // of f
}

func (p *PanicError) Error() string { return fmt.Sprintf("%v\n\n%s", p.Value, p.Stack) }

// Unwrap returns the value, if it is an error.
func (p *PanicError) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}
