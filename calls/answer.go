package calls

import (
	"context"

	"github.com/voicelane/realtime-go/gen/api"
)

// Answer handles a call from start to end. It declines the call, or accepts it,
// connects the sideband session, runs the plan, and hangs up or transfers. Connecting
// waits for a call that the server does not know yet. When Answer returns, the call has
// ended, was transferred or was left, whichever step failed. If ctx ends, Answer returns
// within Plan.EndWithin of the return of Run.
//
// Answer returns nil when the call was declined as planned, when the peer hung up, and
// when Run returned nil, [ErrHangUp] or a [TransferTo] that succeeded. It returns an
// error that matches [ErrOver] if the caller hung up before the call was accepted, and
// one that matches [ErrLeave] if the call was left.
//
// A call that could not be accepted keeps ringing. Answer may be called for it again.
func (c *Client) Answer(ctx context.Context, in *api.RealtimeCallIncoming, p *Plan) error {
	_, err := (&running{client: c, in: in, plan: p}).answer(ctx)
	return err
}

// Resume connects a sideband session to a call that was accepted before, by any process,
// and runs the plan as [Client.Answer] does, without accepting the call: Plan.Session is
// not sent. If the call no longer exists, Resume returns an error that matches
// [ErrOver]. A call to which no session can be connected for another reason is left as
// it is.
func (c *Client) Resume(ctx context.Context, in *api.RealtimeCallIncoming, p *Plan) error {
	return (&running{client: c, in: in, plan: p}).resume(ctx)
}
