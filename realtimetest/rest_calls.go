package realtimetest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

func (a *restAPI) acceptCall(r *restRequest, c *PhoneCall) *protocol.Failure {
	config := &api.RealtimeSessionConfig{}
	if f := a.decodeBody(r, config); f != nil {
		return f
	}
	var head struct{ Type string }
	if json.Unmarshal(r.body, &head) != nil || head.Type != "realtime" {
		return protocol.Fail(http.StatusBadRequest, protocol.CodeMissing, "type", "type is required")
	}
	if _, f := a.preview(config); f != nil {
		return f
	}
	return a.startCall(c, config)
}

// startCall accepts a call and starts its session. config is nil for a call that the
// server knows by its id alone.
func (a *restAPI) startCall(c *PhoneCall, config *api.RealtimeSessionConfig) *protocol.Failure {
	t := target{}
	if config != nil {
		t = t.withPreset(config)
	}
	session := newCallSession(a.cfg, c, a.newID("sess_call"), t)
	if f := c.accept(config, session); f != nil {
		return f
	}
	if !a.run(session.run) {
		return c.finish(End{By: EndServer})
	}
	return nil
}

// joinable reports whether a sideband may connect to a call now. Calls of unknown ids
// exist elsewhere: they may have one.
func (a *restAPI) joinable(id string) bool {
	if c := a.calls.get(id); c != nil {
		return c.join()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return !a.issuedLocked(callPrefix, id)
}

// callOf returns the call of a sideband and its session, nil if it is over. A call that
// exists elsewhere is taken as accepted with the defaults.
func (a *restAPI) callOf(id string) (*PhoneCall, *callSession) {
	c := a.calls.get(id)
	if c == nil {
		c = a.calls.add(newPhoneCall(id, a.cfg.Clock, false))
		_ = a.startCall(c, nil) // Fails if another sideband was faster.
	}
	session, _ := c.session().(*callSession)
	return c, session
}

// callPrefix is the kind of the ids of calls.
const callPrefix = "rtc"

func (a *restAPI) rejectCall(r *restRequest, c *PhoneCall) *protocol.Failure {
	code := 603
	if len(r.body) > 0 {
		var q rejection
		if f := a.decodeBody(r, &q); f != nil {
			return f
		}
		if q.StatusCode != nil {
			code = *q.StatusCode
		}
	}
	return c.finish(End{By: EndRejected, Code: code})
}

// rejection adds the method Validate to a type without bounds.
type rejection struct{ api.CallRejectRequest }

func (*rejection) Validate() error { return nil }

func (a *restAPI) referCall(r *restRequest, c *PhoneCall) *protocol.Failure {
	var q api.CallReferRequest
	if f := a.decodeBody(r, &q); f != nil {
		return f
	}
	if scheme, rest, _ := strings.Cut(q.TargetURI, ":"); scheme != "tel" && scheme != "sip" && scheme != "sips" || rest == "" {
		return protocol.Fail(http.StatusBadRequest, protocol.CodeInvalidValue, "target_uri", "target_uri must be a tel: or sip: URI")
	}
	return c.finish(End{By: EndReferred, Target: q.TargetURI})
}

// createCall creates a WebRTC call. It has no media; tests speak by
// [PhoneCall.Say].
func (a *restAPI) createCall(w http.ResponseWriter, r *restRequest) *protocol.Failure {
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var sdp string
	config := a.resolve(target{}, credentialOf(r.Request)).preset
	switch kind {
	case "application/sdp":
		sdp = string(r.body)
	case "multipart/form-data":
		given, offer, f := a.cfg.checker().Offer(multipart.NewReader(bytes.NewReader(r.body), params["boundary"]))
		if f != nil {
			return f
		}
		sdp = offer
		if given != nil {
			config = given
		}
	default:
		return protocol.Fail(http.StatusUnsupportedMediaType, "unsupported_media_type", "", "the content type must be application/sdp or multipart/form-data")
	}
	if !strings.HasPrefix(sdp, "v=0") {
		return protocol.Fail(http.StatusBadRequest, protocol.CodeInvalidValue, "sdp", "sdp is not a session description")
	}
	realtime, _ := config.(*api.RealtimeSessionConfig)
	if realtime == nil || realtime.Model == nil {
		return protocol.Fail(http.StatusBadRequest, "missing_model", "session.model", "the call has no session that names a model")
	}
	if _, f := a.preview(realtime); f != nil {
		return f
	}
	c := a.calls.add(newPhoneCall(a.newID(callPrefix), a.cfg.Clock, true))
	if f := a.startCall(c, realtime); f != nil {
		return f
	}
	before, _, _ := cutLast(r.URL.Path, "/realtime/")
	w.Header().Set("Location", before+"/realtime/calls/"+c.id)
	w.Header().Set("Content-Type", "application/sdp")
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n")
	return nil
}

// cutLast is [strings.Cut] at the last separator.
func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
