package calls

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/rest"
	"github.com/voicelane/realtime-go/realtime"
)

// ErrNoCallID is returned when a call's id is empty. No request was sent.
var ErrNoCallID = errors.New("calls: the call has no id")

// ErrAccepted is returned by [Client.Accept] for a call that was accepted before, by any
// process, or through the service's Live API.
var ErrAccepted = errors.New("calls: the call was accepted before")

var errNoClient = errors.New("calls: the client is nil")

// Client controls calls. It is safe for concurrent use. Methods that take a call's id
// return [ErrNoCallID] if it is empty. They block until the server has responded or ctx
// ends. A response with an error status is returned as a [*realtime.APIError], a request
// without a response as a [*socket.TransportError].
type Client struct {
	rt   *realtime.Client
	late sync.WaitGroup // Calls whose Create returned early and that must be hung up.
}

// New returns a client that uses the credentials and the transport of rt.
func New(rt *realtime.Client) *Client { return &Client{rt: rt} }

// Accept answers a ringing call and starts the session that talks to the caller. The
// session may be nil; its bounds are checked before the request is sent. To follow the
// call, connect to [realtime.Call], or use [Client.Answer] instead. The error for a call
// that was accepted before matches [ErrAccepted].
func (c *Client) Accept(ctx context.Context, callID string, session *api.RealtimeSessionConfig, o *realtime.RequestOptions) error {
	if session == nil {
		session = &api.RealtimeSessionConfig{}
	}
	if err := session.Validate(); err != nil {
		return fmt.Errorf("calls: accept: %w", err)
	}
	ctx = rest.MayRepeat(ctx)
	err := c.post(ctx, callID, o, func(ctx context.Context) (*http.Response, error) {
		return c.rt.API().AcceptCall(ctx, callID, *session)
	})
	e, ok := errors.AsType[*realtime.APIError](err)
	switch {
	case !ok || !slices.Contains(acceptedCodes[:], e.Code):
		return err
	case e.Ambiguous:
		return nil // By an earlier attempt of this request.
	}
	return fmt.Errorf("%w: %w", ErrAccepted, err)
}

// acceptedCodes are the codes of a refusal to accept a call twice.
var acceptedCodes = [...]string{"decision_already_made", "call_already_accepted"}

// Reject declines a ringing call with a SIP status, such as 486 for busy. With status 0
// the server chooses 603.
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

// Refer transfers a SIP call to target, a tel: or sip: address. If an attempt may have
// been carried out, Refer does not retry it unless o has an idempotency key, because
// the target could be dialed twice.
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

// Hangup ends a SIP or WebRTC call. If the call has already ended, it returns a
// [*realtime.APIError] whose IsNotFound method returns true.
func (c *Client) Hangup(ctx context.Context, callID string, o *realtime.RequestOptions) error {
	ctx = rest.MayRepeat(ctx)
	err := c.post(ctx, callID, o, func(ctx context.Context) (*http.Response, error) {
		return c.rt.API().HangupCall(ctx, callID)
	})
	return unlessDone(err)
}

func (c *Client) post(ctx context.Context, callID string, o *realtime.RequestOptions, send func(context.Context) (*http.Response, error)) error {
	if c == nil || c.rt == nil {
		return errNoClient
	}
	switch callID {
	case "":
		return ErrNoCallID
	case ".", "..":
		return errors.New("calls: the call's id must not be a path element")
	}
	res, err := send(realtime.WithRequestOptions(ctx, o))
	if err != nil {
		return err //nolint:wrapcheck // The error has its prefix already.
	}
	return res.Body.Close() //nolint:wrapcheck // Close returns nil: the body is in memory.
}

// unlessDone returns nil instead of a not-found error if an earlier attempt may have
// ended the call, else err.
func unlessDone(err error) error {
	if e, ok := errors.AsType[*realtime.APIError](err); ok && e.IsNotFound() && e.Ambiguous {
		return nil
	}
	return err
}
