package vonage

import (
	"context"
	"crypto/rsa"
	"net/http"
	"net/url"
	"time"

	"github.com/voicelane/realtime-go/telephony/internal/host"
	"github.com/voicelane/realtime-go/telephony/internal/line"
)

// rest is the carrier's REST API.
type rest struct {
	host        *host.Host
	base        string
	application string
	key         *rsa.PrivateKey
}

// control returns what the API can do with a call.
func (a *rest) control(call string) line.Control {
	if a.key == nil {
		return line.Control{}
	}
	return line.Control{
		HangUp: func(ctx context.Context) error {
			return a.put(ctx, call, "", map[string]string{"action": "hangup"})
		},
		Press: func(ctx context.Context, digits string) error {
			return a.put(ctx, call, "/dtmf", map[string]string{"digits": digits})
		},
		Transfer: func(ctx context.Context, to string) error {
			return a.put(ctx, call, "", map[string]any{
				"action": "transfer", "destination": map[string]any{"type": "ncco", "ncco": dial(to)},
			})
		},
	}
}

func (a *rest) put(ctx context.Context, call, suffix string, body any) error {
	token, err := issue(a.application, a.key, time.Now())
	if err != nil {
		return err
	}
	return a.host.Request(ctx, &host.Request{
		Method: http.MethodPut, URL: a.base + "/v1/calls/" + url.PathEscape(call) + suffix, JSON: body, Bearer: token,
	})
}
