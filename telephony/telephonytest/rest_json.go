package telephonytest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// restTelnyx acts on a call.
func (c *Carrier) restTelnyx(r *http.Request, body []byte) (status int, answer string) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
		return http.StatusUnauthorized, `{"errors":[{"code":"10009"}]}`
	}
	id, action, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/calls/"), "/actions/")
	call := c.running(id)
	if call == nil {
		return http.StatusUnprocessableEntity, `{"errors":[{"code":"90018"}]}`
	}
	var members struct{ Digits, To string }
	if json.Unmarshal(body, &members) != nil {
		return http.StatusBadRequest, `{"errors":[{"code":"10015"}]}`
	}
	switch action {
	case "hangup":
		call.end(Program, false)
	case "send_dtmf":
		call.pressed(members.Digits)
	case "transfer":
		call.transferred(members.To)
		call.end(Program, false)
	default:
		return http.StatusNotFound, `{"errors":[{"code":"10005"}]}`
	}
	return http.StatusOK, `{"data":{"result":"ok"}}`
}

// restPlivo ends or transfers a call.
func (c *Carrier) restPlivo(r *http.Request, body []byte) (status int, answer string) {
	if _, password, _ := r.BasicAuth(); password != c.c.Secret {
		return http.StatusUnauthorized, `{}`
	}
	_, name, _ := strings.Cut(r.URL.Path, "/Call/")
	call := c.running(strings.Trim(name, "/"))
	if call == nil {
		return http.StatusNotFound, `{}`
	}
	if r.Method == http.MethodDelete {
		call.end(Program, false)
		return http.StatusNoContent, ``
	}
	var members struct {
		Legs, Method string
		URL          string `json:"aleg_url"`
	}
	u, err := url.Parse("")
	if json.Unmarshal(body, &members) == nil {
		u, err = url.Parse(members.URL)
	}
	if err != nil || members.Legs != "aleg" || u.Query().Get("dial") == "" {
		return http.StatusBadRequest, `{}`
	}
	call.transferred(u.Query().Get("dial"))
	call.end(Program, false)
	return http.StatusAccepted, `{}`
}

// restVonage changes a call.
func (c *Carrier) restVonage(r *http.Request, body []byte) (status int, answer string) {
	if strings.Count(r.Header.Get("Authorization"), ".") != 2 {
		return http.StatusUnauthorized, `{}`
	}
	id, suffix, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/calls/"), "/")
	call := c.running(id)
	if call == nil || r.Method != http.MethodPut {
		return http.StatusNotFound, `{}`
	}
	var members struct {
		Action, Digits string
		Destination    struct {
			NCCO []struct {
				Endpoint []struct{ Number string }
			}
		}
	}
	if json.Unmarshal(body, &members) != nil {
		return http.StatusBadRequest, `{}`
	}
	to := members.Destination.NCCO
	switch {
	case suffix == "dtmf":
		call.pressed(members.Digits)
	case members.Action == "hangup":
		call.end(Program, false)
	case members.Action == "transfer" && len(to) == 1 && len(to[0].Endpoint) == 1:
		call.transferred("+" + to[0].Endpoint[0].Number)
		call.end(Program, false)
	default:
		return http.StatusBadRequest, `{}`
	}
	return http.StatusOK, `{}`
}

// pressed notes keys of the program.
func (c *Call) pressed(digits string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keyed(digits)
}
