package realtimetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// maxBody is the most that a REST request may send.
const maxBody = 1 << 20

// Request is a REST request that the server has received.
type Request struct {
	Method string
	// Path is that of the URL, still escaped.
	Path   string
	Header http.Header
	Body   []byte
}

// restState is what outlives a connection: the secrets and the calls.
type restState struct {
	mu       sync.Mutex
	made     map[string]int
	requests []Request
	secrets  map[string]*issued
	calls    map[string]*PhoneCall
	closed   bool
}

// issued is a client secret.
type issued struct {
	expires time.Time
	session api.SessionConfig // Nil for none and for translation.
	// translation is what a translation secret carries.
	translation *api.TranslationSessionConfig
}

// Requests returns the REST requests so far.
func (s *Server) Requests() []Request {
	s.rest.mu.Lock()
	defer s.rest.mu.Unlock()
	return append([]Request(nil), s.rest.requests...)
}

func (s *restState) newID(kind string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made == nil {
		s.made = map[string]int{}
	}
	s.made[kind]++
	return fmt.Sprintf("%s_%04d", kind, s.made[kind])
}

// serveREST answers requests to the paths below /realtime, and sockets for
// calls that cannot have one. It reports whether it did.
func (s *Server) serveREST(w http.ResponseWriter, r *http.Request) bool {
	path := strings.TrimSuffix(r.URL.EscapedPath(), "/")
	if strings.HasSuffix(path, "/realtime") {
		if id := r.URL.Query().Get("call_id"); id != "" && !s.joinable(id) {
			writeError(w, http.StatusNotFound, callNotFound())
			return true
		}
		return false
	}
	_, below, ok := cutLast(path, "/realtime/")
	if !ok {
		return false
	}
	w.Header().Set("X-Request-Id", s.rest.newID("req"))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	s.rest.mu.Lock()
	s.rest.requests = append(s.rest.requests, Request{Method: r.Method, Path: r.URL.EscapedPath(), Header: r.Header.Clone(), Body: body})
	s.rest.mu.Unlock()
	if s.cfg.Intercept != nil && s.cfg.Intercept(w, r) {
		return true
	}
	if f := s.answerREST(w, &restRequest{Request: r, below: below, body: body}, err); f != nil {
		writeError(w, f.status, f.err)
	}
	return true
}

// answerREST serves a request whose body was read, or could not be.
func (s *Server) answerREST(w http.ResponseWriter, r *restRequest, unread error) *failure {
	if unread != nil {
		return fail(http.StatusRequestEntityTooLarge, "request_too_large", "", "the body is too large")
	}
	operation, f := operationAt(r)
	if f != nil && f.status == http.StatusMethodNotAllowed {
		return f
	}
	if err := s.checkCredential(credentialOf(r.Request)); err != nil {
		return fail(http.StatusUnauthorized, "invalid_api_key", "", err.Error())
	}
	if f != nil {
		return f
	}
	return s.route(w, r, operation)
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

type restRequest struct {
	*http.Request
	below string // The path below /realtime/, escaped.
	body  []byte
}

// failure is the answer to a request that cannot be served.
type failure struct {
	status int
	err    *api.Error
}

func fail(status int, code, param, message string) *failure {
	return &failure{status: status, err: protocol.Error(code, param, message)}
}

func bad(e *api.Error) *failure { return &failure{status: http.StatusBadRequest, err: e} }

// route serves an operation of the API. Those without a case are not played.
func (s *Server) route(w http.ResponseWriter, r *restRequest, operation string) *failure {
	switch operation {
	case "createClientSecret":
		return s.createSecret(w, r)
	case "createTranslationClientSecret":
		return s.createTranslationSecret(w, r)
	case "createCall":
		return s.createCall(w, r)
	case "acceptCall", "rejectCall", "referCall", "hangupCall":
		return s.routeCall(r, operation)
	}
	return fail(http.StatusNotImplemented, protocol.CodeNotSimulated, "", "the test server does not simulate "+operation)
}

// routeCall serves an operation of a call, which is the segment before the last.
func (s *Server) routeCall(r *restRequest, operation string) *failure {
	id, err := url.PathUnescape(strings.Split(r.below, "/")[1])
	if err != nil {
		return fail(http.StatusBadRequest, protocol.CodeInvalidValue, "call_id", "the call id is not escaped as it should be")
	}
	call := s.call(id)
	if call == nil {
		return &failure{status: http.StatusNotFound, err: callNotFound()}
	}
	switch operation {
	case "acceptCall":
		return s.acceptCall(r, call)
	case "rejectCall":
		return rejectCall(r, call)
	case "referCall":
		return referCall(r, call)
	default: // hangupCall
		return call.finish(End{By: EndHangup})
	}
}

// operationAt returns the id of the operation that a request is for.
func operationAt(r *restRequest) (string, *failure) {
	path := "/realtime/" + r.below
	if isTranslation(r.Request) {
		return "", fail(http.StatusMethodNotAllowed, "method_not_allowed", "", "this path is for WebSocket connections")
	}
	if id, ok := api.OperationAt(r.Method, path); ok {
		return id, nil
	}
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if _, ok := api.OperationAt(method, path); ok {
			return "", fail(http.StatusMethodNotAllowed, "method_not_allowed", "", "the method must be "+method)
		}
	}
	return "", fail(http.StatusNotFound, "unknown_url", "", "there is no such path")
}

func callNotFound() *api.Error {
	return protocol.Error("call_id_not_found", "call_id", "there is no call with this id")
}

func writeError(w http.ResponseWriter, status int, e *api.Error) {
	body, err := json.Marshal(api.ErrorResponse{Error: api.RequestError{
		Type: e.Type, Code: e.Code, Param: e.Param, Message: e.Message,
	}})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, status, body)
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // The client is gone if this fails.
}

// decodeBody reads a JSON body as strictly as the socket reads events.
func decodeBody(r *restRequest, into protocol.Value) *failure {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return fail(http.StatusUnsupportedMediaType, "unsupported_media_type", "", "the content type must be application/json")
	}
	return decodeJSON(r.body, "", into)
}

func decodeJSON(data []byte, path string, into protocol.Value) *failure {
	if err := protocol.Body(data, path, into); err != nil {
		return bad(err)
	}
	return nil
}

// checkCredential lets issued secrets in while they live, and asks the
// configuration about every other key.
func (s *Server) checkCredential(c Credential) error {
	s.rest.mu.Lock()
	secret := s.rest.secrets[c.Key]
	s.rest.mu.Unlock()
	switch {
	case secret != nil && !s.cfg.Clock.Now().Before(secret.expires):
		return errors.New("the client secret has expired")
	case secret != nil:
		return nil
	case s.cfg.Credentials != nil:
		return s.cfg.Credentials(c)
	default:
		return anyKey(c)
	}
}

func (s *Server) createSecret(w http.ResponseWriter, r *restRequest) *failure {
	var q api.ClientSecretRequest
	if f := decodeBody(r, &q); f != nil {
		return f
	}
	full, f := s.preview(q.Session)
	if f != nil {
		return f
	}
	value, expires := s.issue(q.ExpiresAfter, issued{session: q.Session})
	body, err := json.Marshal(api.ClientSecret{Value: value, ExpiresAt: expires, Session: full})
	return answer(w, http.StatusOK, body, err)
}

func (s *Server) createTranslationSecret(w http.ResponseWriter, r *restRequest) *failure {
	var q api.TranslationClientSecretRequest
	if f := decodeBody(r, &q); f != nil {
		return f
	}
	value, expires := s.issue(q.ExpiresAfter, issued{translation: &q.Session})
	session, err := json.Marshal(q.Session)
	answered := api.TranslationClientSecret{Value: value, ExpiresAt: expires}
	if err == nil {
		err = answered.Session.UnmarshalJSON(session)
	}
	answered.Session.ID = s.rest.newID("sess_translation")
	answered.Session.ExpiresAt = s.cfg.Clock.Now().Add(defaultLife).Unix()
	if err != nil {
		return answer(w, http.StatusOK, nil, err)
	}
	body, err := json.Marshal(answered)
	return answer(w, http.StatusOK, body, err)
}

func answer(w http.ResponseWriter, status int, body []byte, err error) *failure {
	if err != nil {
		return fail(http.StatusInternalServerError, "internal", "", err.Error())
	}
	writeJSON(w, status, body)
	return nil
}

// issue makes a secret that works until it expires.
func (s *Server) issue(after *api.ClientSecretExpiry, secret issued) (value string, expires int64) {
	seconds := int64(600)
	if after != nil && after.Seconds != nil {
		seconds = *after.Seconds
	}
	at := s.cfg.Clock.Now().Add(time.Duration(seconds) * time.Second)
	value = s.rest.newID("ek_test")
	s.rest.mu.Lock()
	defer s.rest.mu.Unlock()
	if s.rest.secrets == nil {
		s.rest.secrets = map[string]*issued{}
	}
	secret.expires = at
	s.rest.secrets[value] = &secret
	return value, at.Unix()
}

// preview returns the session that a configuration leads to, with all defaults
// filled in, or why there can be none.
func (s *Server) preview(config api.SessionConfig) (api.Session, *failure) {
	t := target{preset: config}
	switch c := config.(type) {
	case *api.TranscriptionSessionConfig:
		t.transcription = true
	case *api.RealtimeSessionConfig:
		if c.Model != nil {
			t.model = string(*c.Model)
		}
		if fault := checkModalities(c.OutputModalities, "session.output_modalities"); fault != nil {
			return nil, bad(fault)
		}
	default: // None, or one that its check has refused.
	}
	if t.model != "" && s.cfg.Models != nil {
		if err := s.cfg.Models(t.model); err != nil {
			return nil, fail(http.StatusBadRequest, "model_not_found", "session.model", err.Error())
		}
	}
	trial := &session{
		server: s, cfg: &s.cfg, target: t, ids: map[string]int{},
		conn: &Conn{id: s.rest.newID("sess"), started: s.cfg.Clock.Now()},
	}
	trial.configure()
	trial.preset()
	return trial.snapshot(), nil
}

// resolve completes a target by what its secret or its call brings along.
func (s *Server) resolve(t target, c Credential) target {
	s.rest.mu.Lock()
	secret, call := s.rest.secrets[c.Key], s.rest.calls[t.callID]
	s.rest.mu.Unlock()
	if secret != nil {
		t.preset, t.translated = secret.session, secret.translation
	}
	if call != nil {
		t.call, t.preset = call, call.configured()
	}
	switch config := t.preset.(type) {
	case *api.TranscriptionSessionConfig:
		t.transcription = true
	case *api.RealtimeSessionConfig:
		if t.model == "" && config != nil && config.Model != nil {
			t.model = string(*config.Model)
		}
	default: // Nothing is brought along.
	}
	return t
}

// preset applies what the target brings along to a new session.
func (s *session) preset() {
	switch config := s.target.preset.(type) {
	case *api.RealtimeSessionConfig:
		if s.config != nil && config != nil {
			s.mergeRealtime(config)
		}
	case *api.TranscriptionSessionConfig:
		if s.transcription != nil && config != nil {
			s.merge(s.transcription, config)
		}
	default:
		return
	}
	s.input.Configure(s.inputSettings())
}
