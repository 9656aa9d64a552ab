// Package feed passes values from one writer to any number of readers, each at its own
// speed.
package feed

import (
	"context"
	"errors"
	"iter"
	"sync"
)

// room bounds the values that wait for one reader.
const room = 1024

// ErrBehind is the last error of a reader that was too slow: values were lost for it.
var ErrBehind = errors.New("agent: the loop is more than 1,024 values behind")

// Feed passes values on. The zero value is ready. All methods may be called from any
// goroutine.
type Feed[T any] struct {
	mu      sync.Mutex // guards what follows, and the readers
	readers map[*reader[T]]struct{}
	over    bool
	err     error
}

type reader[T any] struct {
	waiting []T
	behind  bool
	news    chan struct{} // has room for one
}

// Put passes a value to those that read.
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

// Close ends the loops of all readers once they have what was put; err, unless nil, is
// their last pair.
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

// From yields what is put after the call. The loop ends with the feed, with the
// context, whose cause is the last error, or with [ErrBehind]. It can be read once.
func (f *Feed[T]) From(ctx context.Context) iter.Seq2[T, error] {
	r := &reader[T]{news: make(chan struct{}, 1)}
	f.mu.Lock()
	if f.readers == nil {
		f.readers = map[*reader[T]]struct{}{}
	}
	f.readers[r] = struct{}{}
	f.mu.Unlock()
	leave := func() {
		f.mu.Lock()
		delete(f.readers, r)
		f.mu.Unlock()
		r.wake()
	}
	stop := context.AfterFunc(ctx, leave)
	return func(yield func(T, error) bool) {
		defer stop()
		defer leave()
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
			}
			if ctx.Err() != nil {
				yield(none, context.Cause(ctx))
				return
			}
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
