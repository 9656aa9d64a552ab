// Package feed passes values from writers to any number of loops, each at its own speed.
package feed

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// room bounds the values that wait for one loop.
const room = 1024

// ErrBehind is the last error of a loop that was too slow: values were lost for it.
var ErrBehind = errors.New("realtime: the loop is more than 1,024 values behind")

// Feed passes values on. The zero value is ready. All methods may be called from any
// goroutine, under any lock.
type Feed[T any] struct {
	mu      sync.Mutex // guards what follows, and the readers; a leaf
	readers map[*reader[T]]struct{}
	over    bool
	err     error
}

type reader[T any] struct {
	waiting []T
	behind  bool
	news    chan struct{} // has room for one
}

// Put passes a value to the loops that there are.
func (f *Feed[T]) Put(v T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for r := range f.readers {
		if len(r.waiting) == room {
			r.behind = true
		} else if !r.behind {
			r.waiting = append(r.waiting, v)
		}
		r.wake()
	}
}

// Read reports whether there is a loop: without one no value need be made.
func (f *Feed[T]) Read() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.readers) > 0
}

// Close ends all loops once they have what was put; err, unless nil, is their last pair.
func (f *Feed[T]) Close(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over {
		return
	}
	f.over, f.err = true, err
	for r := range f.readers {
		r.wake()
	}
}

func (r *reader[T]) wake() {
	select {
	case r.news <- struct{}{}:
	default:
	}
}

// From yields what is put after the call. The loop ends with the feed, with the context,
// whose error is the last pair, or with [ErrBehind]. Each further loop over the same
// iterator begins anew.
func (f *Feed[T]) From(ctx context.Context) iter.Seq2[T, error] {
	first := f.join()
	stop := context.AfterFunc(ctx, func() { f.leave(first) })
	var taken sync.Once
	return func(yield func(T, error) bool) {
		var r *reader[T]
		taken.Do(func() { r = first })
		if r == nil {
			r = f.join()
		} else {
			defer stop()
		}
		defer f.leave(r)
		f.loop(ctx, r, yield)
	}
}

func (f *Feed[T]) join() *reader[T] {
	r := &reader[T]{news: make(chan struct{}, 1)}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.readers == nil {
		f.readers = map[*reader[T]]struct{}{}
	}
	f.readers[r] = struct{}{}
	return r
}

func (f *Feed[T]) leave(r *reader[T]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.readers, r)
}

func (f *Feed[T]) loop(ctx context.Context, r *reader[T], yield func(T, error) bool) {
	var none T
	for {
		v, state, err := f.next(r)
		switch state {
		case one:
			if !yield(v, nil) {
				return
			}
			continue
		case last:
			if err != nil {
				yield(none, err)
			}
			return
		case empty:
		}
		select {
		case <-r.news:
		case <-ctx.Done():
			yield(none, ctxerr.Of(ctx))
			return
		}
	}
}

type state uint8

const (
	empty state = iota
	one
	last
)

func (f *Feed[T]) next(r *reader[T]) (v T, s state, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case len(r.waiting) > 0:
		v, r.waiting = r.waiting[0], r.waiting[1:]
		return v, one, nil
	case r.behind:
		return v, last, ErrBehind
	case f.over:
		return v, last, f.err
	default:
		return v, empty, nil
	}
}
