package realtimetest

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// targetOf returns the session that a request asks for by its URL.
func targetOf(r *http.Request) target {
	q := r.URL.Query()
	return target{
		model:         q.Get("model"),
		callID:        q.Get("call_id"),
		transcription: q.Get("intent") == "transcription",
		translation:   isTranslation(r),
	}
}

// target returns the session of a connection, and why it is refused if it is.
func (a *restAPI) target(r *http.Request) (target, *refusal) {
	t := a.resolve(targetOf(r), credentialOf(r))
	refused := a.admit(r, t)
	if refused == nil && t.callID != "" && !t.translation {
		if t.phone, t.call = a.callOf(t.callID); t.call == nil {
			refused = refuse(closeBadRequest, "call_id_not_found", "call_id", "the call is over")
		}
	}
	return t, refused
}

// admit returns why a connection is refused, nil if it is accepted.
func (a *restAPI) admit(r *http.Request, t target) *refusal {
	if err := a.checkCredential(credentialOf(r)); err != nil {
		return refuse(closeUnauthorized, "invalid_api_key", "", err.Error())
	}
	for _, v := range r.Header.Values("OpenAI-Beta") {
		if strings.Contains(v, "realtime=") {
			return refuse(closeBadRequest, "beta_api_shape_disabled", "", "the beta of the Realtime API has ended; leave the OpenAI-Beta header out")
		}
	}
	switch {
	case t.translation && r.URL.Query().Has("intent"):
		return refuse(closeBadRequest, protocol.CodeInvalidValue, "intent", "a translation session has no intent")
	case t.translation && t.translated != nil && string(t.translated.Model) != t.model:
		return refuse(closeBadRequest, protocol.CodeInvalidValue, "model", "the client secret is for another model")
	case !t.translation && (t.callID != "" || t.transcription):
		return nil
	case t.model == "":
		return refuse(closeBadRequest, "missing_model", "model", "the URL names no model")
	}
	if err := a.cfg.checkModel(t.model); err != nil {
		return refuse(closeBadRequest, "model_not_found", "model", err.Error())
	}
	return nil
}

// write answers the handshake with the denial.
func (d Deny) write(w http.ResponseWriter) {
	if d.RetryAfter > 0 {
		seconds := (d.RetryAfter + time.Second - 1) / time.Second
		w.Header().Set("Retry-After", strconv.Itoa(int(seconds)))
	}
	code := "denied"
	switch d.Status {
	case http.StatusUnauthorized:
		code = "invalid_api_key"
	case http.StatusTooManyRequests:
		code = "rate_limit_exceeded"
	}
	protocol.Fail(d.Status, code, "", http.StatusText(d.Status)).Write(w)
}
