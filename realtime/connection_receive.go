package realtime

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/voicelane/realtime-go/gen/api"
)

// eventLoop returns an iterator over a receiving method. It ends after an error that is
// not of a malformed frame, and silently at io.EOF.
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

// isMalformed reports whether a session survives an error.
func isMalformed(err error) bool {
	_, ok := errors.AsType[*api.DecodeError](err)
	return ok
}
