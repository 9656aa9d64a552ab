// Package eventloop makes loops of methods that receive.
package eventloop

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/voicelane/realtime-go/gen/api"
)

// Of returns an iterator over a receiving method. It ends after an error that is not of a
// malformed frame, and silently at io.EOF.
func Of[E any](ctx context.Context, recv func(context.Context) (E, error)) iter.Seq2[E, error] {
	return func(yield func(E, error) bool) {
		for {
			e, err := recv(ctx)
			if err != nil && !IsMalformed(err) {
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

// IsMalformed reports whether a session survives an error.
func IsMalformed(err error) bool {
	_, ok := errors.AsType[*api.DecodeError](err)
	return ok
}
