package realtime

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/voicelane/realtime-go/gen/api"
)

// eventLoop is the iterator over a receiving method.
func eventLoop[E any](ctx context.Context, recv func(context.Context) (E, error)) iter.Seq2[E, error] {
	return func(yield func(E, error) bool) {
		for {
			e, err := recv(ctx)
			if err != nil && !isMalformed(err) {
				if !errors.Is(err, io.EOF) {
					yield(e, err)
				}
				return
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

// isMalformed reports the one kind of error that a session survives.
func isMalformed(err error) bool {
	_, ok := errors.AsType[*api.DecodeError](err)
	return ok
}
