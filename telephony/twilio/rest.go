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

// control returns what the carrier's REST API can do with a call.
func (h *Handler) control(call string) line.Control {
	if h.c.AccountSID == "" || h.c.Dialect == Exotel {
		return line.Control{}
	}
	return line.Control{
		HangUp: func(ctx context.Context) error {
			return h.update(ctx, call, url.Values{"Status": {"completed"}})
		},
		Transfer: func(ctx context.Context, to string) error {
			text, err := xml.Marshal(&response{Dial: to})
			if err != nil {
				return err
			}
			return h.update(ctx, call, url.Values{"Twiml": {string(text)}})
		},
	}
}

// update changes a running call. A call that is over needs no change.
func (h *Handler) update(ctx context.Context, call string, form url.Values) error {
	address := h.c.API + "/2010-04-01/Accounts/" + url.PathEscape(h.c.AccountSID) + "/Calls/" + url.PathEscape(call) + ".json"
	err := h.host.Request(ctx, &host.Request{
		Method: http.MethodPost, URL: address, Form: form, User: h.c.AccountSID, Password: h.c.AuthToken,
	})
	if status, ok := errors.AsType[*host.StatusError](err); ok && status.Status == http.StatusNotFound {
		return nil
	}
	return err
}
