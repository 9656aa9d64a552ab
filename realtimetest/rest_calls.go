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
	"github.com/voicelane/realtime-go/internal/audio"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// The REST operations on calls. A call that the server knows is a [PhoneCall]:
// one that rings by [Server.Ring], or one that a client created over WebRTC.

func (s *Server) call(id string) *PhoneCall {
	s.rest.mu.Lock()
	defer s.rest.mu.Unlock()
	return s.rest.calls[id]
}

func (s *Server) addCall(c *PhoneCall) {
	s.rest.mu.Lock()
	if s.rest.calls == nil {
		s.rest.calls = map[string]*PhoneCall{}
	}
	s.rest.calls[c.id] = c
	closed := s.rest.closed
	s.rest.mu.Unlock()
	if closed {
		c.finish(End{By: EndServer})
	}
}

// Call returns a call by its id: one that rang, or one that a client created.
// It is nil if there was none.
func (s *Server) Call(id string) *PhoneCall { return s.call(id) }

func (s *Server) closeCalls() {
	s.rest.mu.Lock()
	s.rest.closed = true
	calls := make([]*PhoneCall, 0, len(s.rest.calls))
	for _, c := range s.rest.calls {
		calls = append(calls, c)
	}
	s.rest.mu.Unlock()
	for _, c := range calls {
		c.finish(End{By: EndServer})
	}
}

// joinable reports whether a sideband may be attached to a call now. Ids that
// are not the server's own may be anything.
func (s *Server) joinable(id string) bool {
	c := s.call(id)
	return c == nil || c.join()
}

func (s *Server) acceptCall(r *restRequest, c *PhoneCall) *failure {
	config := &api.RealtimeSessionConfig{}
	if f := decodeBody(r, config); f != nil {
		return f
	}
	var head struct{ Type string }
	if json.Unmarshal(r.body, &head) != nil || head.Type != "realtime" {
		return fail(http.StatusBadRequest, protocol.CodeMissing, "type", "type is required")
	}
	if _, f := s.preview(config); f != nil {
		return f
	}
	return c.accept(config)
}

func rejectCall(r *restRequest, c *PhoneCall) *failure {
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

// rejection has no bounds of its own to check.
type rejection struct{ api.CallRejectRequest }

func (*rejection) Validate() error { return nil }

func referCall(r *restRequest, c *PhoneCall) *failure {
	var q api.CallReferRequest
	if f := decodeBody(r, &q); f != nil {
		return f
	}
	if scheme, rest, _ := strings.Cut(q.TargetURI, ":"); scheme != "tel" && scheme != "sip" && scheme != "sips" || rest == "" {
		return fail(http.StatusBadRequest, protocol.CodeInvalidValue, "target_uri", "target_uri must be a tel: or sip: URI")
	}
	return c.finish(End{By: EndReferred, Target: q.TargetURI})
}

// createCall starts a WebRTC call. Nobody speaks on it unless a test does.
func (s *Server) createCall(w http.ResponseWriter, r *restRequest) *failure {
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	var sdp string
	config := s.resolve(target{}, credentialOf(r.Request)).preset
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
		return fail(http.StatusUnsupportedMediaType, "unsupported_media_type", "", "the content type must be application/sdp or multipart/form-data")
	}
	if !strings.HasPrefix(sdp, "v=0") {
		return fail(http.StatusBadRequest, protocol.CodeInvalidValue, "sdp", "sdp is not a session description")
	}
	realtime, _ := config.(*api.RealtimeSessionConfig)
	if realtime == nil || realtime.Model == nil {
		return fail(http.StatusBadRequest, "missing_model", "session.model", "the call has no session that names a model")
	}
	if _, f := s.preview(realtime); f != nil {
		return f
	}
	c := newPhoneCall(s, s.rest.newID("rtc"), true)
	c.accept(realtime)
	s.addCall(c)
	before, _, _ := cutLast(r.URL.Path, "/realtime/")
	w.Header().Set("Location", before+"/realtime/calls/"+c.id)
	w.Header().Set("Content-Type", "application/sdp")
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n")
	return nil
}

// readOffer reads the parts of a form: sdp and, if there is one, session.
func readOffer(form *multipart.Reader) (config *api.RealtimeSessionConfig, sdp string, f *failure) {
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return config, sdp, nil
		}
		if err != nil {
			return nil, "", fail(http.StatusBadRequest, "invalid_form", "", "the form cannot be read")
		}
		data, err := io.ReadAll(part)
		name := part.FormName()
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		switch {
		case err != nil:
			return nil, "", fail(http.StatusBadRequest, "invalid_form", name, "the form cannot be read")
		case part.FileName() != "":
			return nil, "", fail(http.StatusBadRequest, protocol.CodeInvalidType, name, name+" must not be a file")
		case name == "sdp" && kind == "application/sdp":
			sdp = string(data)
		case name == "session" && kind == "application/json":
			config = &api.RealtimeSessionConfig{}
			if f := decodeJSON(data, "session", config); f != nil {
				return nil, "", f
			}
		case name == "sdp", name == "session":
			return nil, "", fail(http.StatusBadRequest, protocol.CodeInvalidType, name, name+" has the wrong content type")
		default:
			return nil, "", fail(http.StatusBadRequest, protocol.CodeUnknownParameter, name, "there is no parameter "+name)
		}
	}
}

// attach makes the session the one that talks on its call.
func (s *session) attach() {
	if c := s.target.call; c != nil && !c.attach(s.conn) {
		s.close(1000, "call_ended")
	}
}

// hearCaller takes sound from the line, which is 24 kHz PCM16 here.
func (s *session) hearCaller(sound []byte) {
	sound = audio.Convert(sound, audio.PCM24k, s.input.Settings().Format)
	if fault := s.appendInput(&api.InputAudioBufferAppend{Audio: sound}); fault != nil {
		s.fail(fault, "")
	}
}

// play lets the caller hear a piece of an answer. On a call the sound goes over
// the line and not through the sideband, which is told of its beginning.
func (r *response) play(piece []byte) bool {
	c := r.s.target.call
	if c == nil {
		return false
	}
	if !r.playing {
		r.playing = true
		r.s.emit(&api.OutputAudioBufferStarted{EventID: r.s.newID("event"), ResponseID: r.id})
	}
	c.hear(audio.Convert(piece, r.format, audio.PCM24k))
	return true
}

// playedOut tells the sideband that the line has gone quiet.
func (r *response) playedOut() {
	switch {
	case !r.playing:
	case r.status == api.ResponseStatusCancelled:
		r.s.emit(&api.OutputAudioBufferCleared{EventID: r.s.newID("event"), ResponseID: r.id})
	default:
		r.s.emit(&api.OutputAudioBufferStopped{EventID: r.s.newID("event"), ResponseID: r.id})
	}
}
