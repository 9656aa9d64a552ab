package realtimetest

import (
	"bytes"
	"encoding/json"
	"errors"
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
	if f := decodeBody(r, config); f != nil {
		return f
	}
	var head struct{ Type string }
	if json.Unmarshal(r.body, &head) != nil || head.Type != "realtime" {
		return protocol.Fail(http.StatusBadRequest, protocol.CodeMissing, "type", "type is required")
	}
	if _, f := a.preview(config); f != nil {
		return f
	}
	return c.accept(config)
}

func rejectCall(r *restRequest, c *PhoneCall) *protocol.Failure {
	code := 603
	if len(r.body) > 0 {
		var q rejection
		if f := decodeBody(r, &q); f != nil {
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

func referCall(r *restRequest, c *PhoneCall) *protocol.Failure {
	var q api.CallReferRequest
	if f := decodeBody(r, &q); f != nil {
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
		given, offer, f := readOffer(multipart.NewReader(bytes.NewReader(r.body), params["boundary"]))
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
	c := newPhoneCall(a.newID("rtc"), a.cfg.Clock, true)
	c.accept(realtime)
	a.calls.add(c)
	before, _, _ := cutLast(r.URL.Path, "/realtime/")
	w.Header().Set("Location", before+"/realtime/calls/"+c.id)
	w.Header().Set("Content-Type", "application/sdp")
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n")
	return nil
}

// readOffer reads the parts of a form: sdp and, if present, session.
func readOffer(form *multipart.Reader) (config *api.RealtimeSessionConfig, sdp string, f *protocol.Failure) {
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return config, sdp, nil
		}
		if err != nil {
			return nil, "", protocol.Fail(http.StatusBadRequest, "invalid_form", "", "the form cannot be read")
		}
		data, err := io.ReadAll(part)
		name := part.FormName()
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		switch {
		case err != nil:
			return nil, "", protocol.Fail(http.StatusBadRequest, "invalid_form", name, "the form cannot be read")
		case part.FileName() != "":
			return nil, "", protocol.Fail(http.StatusBadRequest, protocol.CodeInvalidType, name, name+" must not be a file")
		case name == "sdp" && kind == "application/sdp":
			sdp = string(data)
		case name == "session" && kind == "application/json":
			config = &api.RealtimeSessionConfig{}
			if f := decodePart(data, "session", config); f != nil {
				return nil, "", f
			}
		case name == "sdp", name == "session":
			return nil, "", protocol.Fail(http.StatusBadRequest, protocol.CodeInvalidType, name, name+" has the wrong content type")
		default:
			return nil, "", protocol.Fail(http.StatusBadRequest, protocol.CodeUnknownParameter, name, "there is no parameter "+name)
		}
	}
}

// cutLast is [strings.Cut] at the last separator.
func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
