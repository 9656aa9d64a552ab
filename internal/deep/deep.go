// Package deep keeps the stacks of goroutines small that wait for most of their lives, such as
// the reader of a session.
//
// The stack of a goroutine that waits shrinks only if less than a quarter of it is in use,
// which is not so for a reader inside TLS. What it has once grown to, it keeps.
package deep

// Run runs f on a goroutine of its own, and returns when f has. It costs about 2 µs: it is for
// what is deep and rare, such as decoding settings. A panic of f ends the program, even if the
// caller would recover from it, and f must not call [runtime.Goexit].
func Run(f func()) {
	over := make(chan struct{})
	go func() {
		f()
		close(over)
	}()
	<-over
}
