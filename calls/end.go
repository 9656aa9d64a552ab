package calls

import (
	"context"
	"errors"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/socket"
)

const (
	// endTimeout bounds the requests that end a call after its context has ended.
	endTimeout = 10 * time.Second
	// endWithin is the default of Plan.EndWithin.
	endWithin = time.Minute
	// endPause and maxEndPause are the first and the longest pause between two attempts
	// to hang up, each of which is repeated by the client already.
	endPause, maxEndPause = time.Second, 8 * time.Second
)

// end hangs up, also if ctx has ended. It repeats that for within, 0 for the default,
// while the server or the network fails: a call that is not hung up goes on being
// charged. It returns nil if the call has already ended.
func (c *Client) end(ctx context.Context, callID string, within time.Duration) error {
	if within <= 0 {
		within = endWithin
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	for pause := endPause; ; pause = min(2*pause, maxEndPause) {
		err := c.Hangup(ctx, callID, nil)
		e, answered := errors.AsType[*realtime.APIError](err)
		_, lost := errors.AsType[*socket.TransportError](err)
		switch {
		case answered && e.IsNotFound():
			return nil
		case !lost && (!answered || e.Status < 500 && e.Status != 429 && e.Status != 408):
			return err
		case ctxerr.Sleep(ctx, pause) != nil:
			return err
		}
	}
}

// refer is Refer with its own timeout, for a ctx that may have ended.
func (c *Client) refer(ctx context.Context, id, target string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	return c.Refer(ctx, id, target, nil)
}
