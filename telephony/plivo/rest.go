package plivo

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
	host            *host.Host
	base, id, token string
	address         string // of the handler
}

// control returns what the API can do with a call.
func (a *rest) control(call string) line.Control {
	if a.id == "" {
		return line.Control{}
	}
	address := a.base + "/v1/Account/" + url.PathEscape(a.id) + "/Call/" + url.PathEscape(call) + "/"
	return line.Control{
		HangUp: func(ctx context.Context) error {
			err := a.host.Request(ctx, &host.Request{Method: http.MethodDelete, URL: address, User: a.id, Password: a.token})
			if status, ok := errors.AsType[*host.StatusError](err); ok && status.Status == http.StatusNotFound {
				return nil // The call is over.
			}
			return err
		},
		// The carrier asks the handler for the document that dials.
		Transfer: func(ctx context.Context, to string) error {
			return a.host.Request(ctx, &host.Request{
				Method: http.MethodPost, URL: address, User: a.id, Password: a.token,
				JSON: map[string]string{"legs": "aleg", "aleg_url": a.address + "?" + url.Values{dialMember: {to}}.Encode(), "aleg_method": http.MethodPost},
			})
		},
	}
}

// dialMember is the member of the query that asks for a document that dials.
const dialMember = "dial"
