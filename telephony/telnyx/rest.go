package telnyx

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/voicelane/realtime-go/telephony/internal/host"
	"github.com/voicelane/realtime-go/telephony/internal/line"
)

// rest is the carrier's REST API.
type rest struct {
	host      *host.Host
	base, key string
}

// control returns what the API can do with a call.
func (a *rest) control(call string) line.Control {
	if a.key == "" {
		return line.Control{}
	}
	return line.Control{
		HangUp: func(ctx context.Context) error { return a.act(ctx, call, "hangup", struct{}{}) },
		Press: func(ctx context.Context, digits string) error {
			return a.act(ctx, call, "send_dtmf", map[string]string{"digits": digits})
		},
		Transfer: func(ctx context.Context, to string) error {
			return a.act(ctx, call, "transfer", map[string]string{"to": to})
		},
	}
}

// codeOver is the error of an action on a call that is over.
const codeOver = "90018"

func (a *rest) act(ctx context.Context, call, action string, body any) error {
	err := a.host.Request(ctx, &host.Request{
		Method: http.MethodPost, URL: a.base + "/v2/calls/" + url.PathEscape(call) + "/actions/" + action, JSON: body, Bearer: a.key,
	})
	if status, ok := errors.AsType[*host.StatusError](err); ok && status.Code == codeOver && action == "hangup" {
		return nil
	}
	return err
}
