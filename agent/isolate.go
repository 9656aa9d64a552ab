package agent

import (
	"context"
	"runtime/debug"

	"github.com/voicelane/realtime-go/realtime"
)

// isolated runs code of the program on a goroutine of its own, so that it may panic,
// exit or never return.
func isolated(ctx context.Context, f func() (string, error)) (string, error) {
	type result struct {
		output string
		err    error
	}
	returned := make(chan result, 1)
	go func() {
		r := result{err: ErrExited} // Goexit runs the deferred function alone.
		defer func() {
			if v := recover(); v != nil {
				r = result{err: &realtime.PanicError{EventType: "function_call", Value: v, Stack: debug.Stack()}}
			}
			returned <- r
		}()
		output, err := f()
		r = result{output, err}
	}()
	select {
	case r := <-returned:
		return r.output, r.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}
