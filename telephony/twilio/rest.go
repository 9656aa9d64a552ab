package twilio

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"

	"github.com/voicelane/realtime-go/telephony/internal/host"
	"github.com/voicelane/realtime-go/telephony/internal/line"
)

// rest is the carrier's REST API.
type rest struct {
	host                 *host.Host
	base, account, token string
}

// control returns what the carrier's REST API can do with a call.
func (a *rest) control(call string) line.Control {
	if a.account == "" {
		return line.Control{}
	}
	return line.Control{
		HangUp: func(ctx context.Context) error {
			return a.update(ctx, call, url.Values{"Status": {"completed"}})
		},
		Transfer: func(ctx context.Context, to string) error {
			text, err := xml.Marshal(&response{Dial: to})
			if err != nil {
				return err
			}
			return a.update(ctx, call, url.Values{"Twiml": {string(text)}})
		},
	}
}

// update changes a running call. A call that is over needs no change.
func (a *rest) update(ctx context.Context, call string, form url.Values) error {
	address := a.base + "/2010-04-01/Accounts/" + url.PathEscape(a.account) + "/Calls/" + url.PathEscape(call) + ".json"
	err := a.host.Request(ctx, &host.Request{
		Method: http.MethodPost, URL: address, Form: form, User: a.account, Password: a.token,
	})
	if status, ok := errors.AsType[*host.StatusError](err); ok && status.Status == http.StatusNotFound {
		return nil
	}
	return err
}
