package realtimetest

import (
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// maxBody is the maximum size of a request's body.
const maxBody = 1 << 20

// serve answers requests to the paths below /realtime, and sidebands of calls that
// cannot have one. It reports whether it has answered.
func (a *restAPI) serve(w http.ResponseWriter, r *http.Request) bool {
	path := strings.TrimSuffix(r.URL.EscapedPath(), "/")
	if strings.HasSuffix(path, "/realtime") {
		if id := r.URL.Query().Get("call_id"); id != "" && !a.joinable(id) {
			protocol.CallNotFound().Write(w)
			return true
		}
		return false
	}
	_, below, ok := cutLast(path, "/realtime/")
	if !ok {
		return false
	}
	w.Header().Set("X-Request-Id", a.newID("req"))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	a.record(r, body)
	if a.cfg.Intercept != nil && a.cfg.Intercept(w, r) {
		return true
	}
	if f := a.answer(w, &restRequest{Request: r, below: below, body: body}, err); f != nil {
		f.Write(w)
	}
	return true
}

// answer serves a request. readErr is the error of reading its body.
func (a *restAPI) answer(w http.ResponseWriter, r *restRequest, readErr error) *protocol.Failure {
	if readErr != nil {
		return protocol.Fail(http.StatusRequestEntityTooLarge, "request_too_large", "", "the body is too large")
	}
	operation, f := operationAt(r)
	if f != nil && f.Status == http.StatusMethodNotAllowed {
		return f
	}
	if err := a.checkCredential(credentialOf(r.Request)); err != nil {
		return protocol.Fail(http.StatusUnauthorized, "invalid_api_key", "", err.Error())
	}
	if f != nil {
		return f
	}
	return a.route(w, r, operation)
}

// route serves an operation of the API. The server simulates the cases below.
func (a *restAPI) route(w http.ResponseWriter, r *restRequest, operation string) *protocol.Failure {
	switch operation {
	case "createClientSecret":
		return a.createSecret(w, r)
	case "createTranslationClientSecret":
		return a.createTranslationSecret(w, r)
	case "createCall":
		return a.createCall(w, r)
	case "acceptCall", "rejectCall", "referCall", "hangupCall":
		return a.routeCall(r, operation)
	}
	return protocol.Fail(http.StatusNotImplemented, protocol.CodeNotSimulated, "", "the test server does not simulate "+operation)
}

// routeCall serves an operation of the call whose id is in the path.
func (a *restAPI) routeCall(r *restRequest, operation string) *protocol.Failure {
	id, err := url.PathUnescape(strings.Split(r.below, "/")[1])
	if err != nil {
		return protocol.Fail(http.StatusBadRequest, protocol.CodeInvalidValue, "call_id", "the call id is not escaped as it should be")
	}
	call := a.calls.get(id)
	if call == nil {
		return protocol.CallNotFound()
	}
	switch operation {
	case "acceptCall":
		return a.acceptCall(r, call)
	case "rejectCall":
		return a.rejectCall(r, call)
	case "referCall":
		return a.referCall(r, call)
	default: // hangupCall
		return call.finish(End{By: EndHangup})
	}
}

// operationAt returns the id of the operation that a request is for.
func operationAt(r *restRequest) (string, *protocol.Failure) {
	path := "/realtime/" + r.below
	if isTranslation(r.Request) {
		return "", protocol.Fail(http.StatusMethodNotAllowed, "method_not_allowed", "", "this path is for WebSocket connections")
	}
	if id, ok := api.OperationAt(r.Method, path); ok {
		return id, nil
	}
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if _, ok := api.OperationAt(method, path); ok {
			return "", protocol.Fail(http.StatusMethodNotAllowed, "method_not_allowed", "", "the method must be "+method)
		}
	}
	return "", protocol.Fail(http.StatusNotFound, "unknown_url", "", "there is no such path")
}

// isTranslation reports whether the path is that of translation sessions.
func isTranslation(r *http.Request) bool {
	return strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), "/realtime/translations")
}
