package voice

import (
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// maxFed bounds what waits for one loop over a feed; the oldest is dropped first.
const maxFed = 1024

// feed passes values to any number of loops.
type feed[T any] struct {
	mu    sync.Mutex // guards what follows, and the subscribers
	loops []*subscriber[T]
	ended bool
	err   error
}

type subscriber[T any] struct {
	queue []T
	ready chan struct{} // has a token after a change
}

func (f *feed[T]) put(v T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.loops {
		l.queue = append(l.queue, v)
		l.queue = slices.Delete(l.queue, 0, max(len(l.queue)-maxFed, 0))
		signal(l.ready)
	}
}

// end ends all loops, with an error if err is not nil.
func (f *feed[T]) end(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return
	}
	f.ended, f.err = true, err
	for _, l := range f.loops {
		signal(l.ready)
	}
}

func (f *feed[T]) subscribe() *subscriber[T] {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := &subscriber[T]{ready: make(chan struct{}, 1)}
	f.loops = append(f.loops, l)
	return l
}

func (f *feed[T]) unsubscribe(l *subscriber[T]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.loops = slices.DeleteFunc(f.loops, func(x *subscriber[T]) bool { return x == l })
}

// next waits for a value. ok is false at the end.
func (f *feed[T]) next(ctx context.Context, l *subscriber[T]) (v T, ok bool, err error) {
	for {
		f.mu.Lock()
		if len(l.queue) > 0 {
			v, l.queue = l.queue[0], l.queue[1:]
			f.mu.Unlock()
			return v, true, nil
		}
		ended, err := f.ended, f.err
		f.mu.Unlock()
		if ended {
			return v, false, err
		}
		select {
		case <-l.ready:
		case <-ctx.Done():
			return v, false, ctxerr.Of(ctx)
		}
	}
}

// all returns a loop over what is put from now on. A further loop over the same iterator
// begins anew.
func (f *feed[T]) all(ctx context.Context) iter.Seq2[T, error] {
	begun := f.subscribe()
	return func(yield func(T, error) bool) {
		f.mu.Lock()
		l := begun
		begun = nil
		f.mu.Unlock()
		if l == nil {
			l = f.subscribe()
		}
		defer f.unsubscribe(l)
		for {
			v, ok, err := f.next(ctx, l)
			switch {
			case ok:
				if !yield(v, nil) {
					return
				}
			case err != nil:
				yield(v, err)
				return
			default:
				return
			}
		}
	}
}
