package calls

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/rest"
	"github.com/voicelane/realtime-go/realtime"
)

// ErrNoCallID says that a call's id was empty. Nothing was sent.
var ErrNoCallID = errors.New("calls: the call has no id")

// Client controls calls. It is safe for concurrent use.
type Client struct {
	rt   *realtime.Client
	late sync.WaitGroup // The ends of calls that were created for nobody.
}

// New returns a client that acts with the credentials and the network of rt.
func New(rt *realtime.Client) *Client { return &Client{rt: rt} }

// Accept answers a call that rings, and starts the session that talks to the
// caller. The session may be nil; its bounds are checked before anything is
// sent. Follow the call with [realtime.Call], or use [Client.Answer].
func (c *Client) Accept(ctx context.Context, callID string, session *api.RealtimeSessionConfig, o *realtime.RequestOptions) error {
	if session == nil {
		session = &api.RealtimeSessionConfig{}
	}
	if err := session.Validate(); err != nil {
		return fmt.Errorf("calls: accept: %w", err)
	}
	ctx = rest.MayRepeat(ctx)
	return c.post(ctx, callID, o, func(ctx context.Context) (*http.Response, error) {
		return c.rt.API().AcceptCall(ctx, callID, *session)
	})
}

// Reject declines a call that rings with a SIP status, such as 486 for busy.
// Status 0 leaves it to the server, which says 603.
func (c *Client) Reject(ctx context.Context, callID string, status int, o *realtime.RequestOptions) error {
	body := api.CallRejectRequest{}
	if status != 0 {
		body.StatusCode = new(status)
	}
	ctx = rest.MayRepeat(ctx)
	err := c.post(ctx, callID, o, func(ctx context.Context) (*http.Response, error) {
		return c.rt.API().RejectCall(ctx, callID, body)
	})
	return unlessDone(err)
}

// Refer transfers a SIP call to a tel: or sip: address. It is not repeated when
// an attempt may have been carried out, unless the options hold an idempotency
// key: the other side could be dialed twice.
func (c *Client) Refer(ctx context.Context, callID, target string, o *realtime.RequestOptions) error {
	scheme, address, _ := strings.Cut(target, ":")
	switch strings.ToLower(scheme) {
	case "tel", "sip", "sips":
	default:
		address = ""
	}
	if address == "" {
		return errors.New("calls: refer: the target is not a tel: or sip: address")
	}
	return c.post(ctx, callID, o, func(ctx context.Context) (*http.Response, error) {
		return c.rt.API().ReferCall(ctx, callID, api.CallReferRequest{TargetURI: target})
	})
}

// Hangup ends a call, over SIP or WebRTC. A call that has ended already is a
// failure with [realtime.APIError.IsNotFound].
func (c *Client) Hangup(ctx context.Context, callID string, o *realtime.RequestOptions) error {
	ctx = rest.MayRepeat(ctx)
	err := c.post(ctx, callID, o, func(ctx context.Context) (*http.Response, error) {
		return c.rt.API().HangupCall(ctx, callID)
	})
	return unlessDone(err)
}

func (*Client) post(ctx context.Context, callID string, o *realtime.RequestOptions, send func(context.Context) (*http.Response, error)) error {
	switch callID {
	case "":
		return ErrNoCallID
	case ".", "..":
		return errors.New("calls: the call's id is a step in a path")
	}
	res, err := send(realtime.WithRequestOptions(ctx, o))
	if err != nil {
		return err //nolint:wrapcheck // It says what failed already.
	}
	return res.Body.Close() //nolint:wrapcheck // It has no error: the body is in memory.
}

// unlessDone forgets that a call was not found when an attempt before may have
// ended it.
func unlessDone(err error) error {
	if e, ok := errors.AsType[*realtime.APIError](err); ok && e.IsNotFound() && e.Ambiguous {
		return nil
	}
	return err
}
