package realtimetest

import (
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/journal"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// restAPI is the state of the REST API: requests, client secrets and calls. Its
// methods may be called from any goroutine.
type restAPI struct {
	cfg      *Config               // Set once.
	run      func(f func()) bool   // Set once. Runs f on a goroutine, unless the server is closed.
	requests *journal.Log[Request] // Set once.
	calls    callRegistry

	// Guarded by mu.
	mu      sync.Mutex
	ids     map[string]int     // Numbers of ids by kind.
	secrets map[string]*secret // By value.
}

// Request is a REST request that the server has received.
type Request struct {
	Method string
	// Path is the escaped path of the URL.
	Path string
	// Header is the header without the credential.
	Header     http.Header
	Credential Credential
	Body       []byte
}

// restRequest is a request with its body.
type restRequest struct {
	*http.Request
	below string // The path below /realtime/, escaped.
	body  []byte
}

// newID returns an id that is unique in the server.
func (a *restAPI) newID(kind string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ids == nil {
		a.ids = map[string]int{}
	}
	a.ids[kind]++
	return fmt.Sprintf("%s_%04d", kind, a.ids[kind])
}

// issuedLocked reports whether an id of the kind is one of newID. The caller holds mu.
func (a *restAPI) issuedLocked(kind, id string) bool {
	number, ok := strings.CutPrefix(id, kind+"_")
	n, err := strconv.Atoi(number)
	return ok && err == nil && n > 0 && n <= a.ids[kind]
}

// record adds a request to the log.
func (a *restAPI) record(r *http.Request, body []byte) {
	size := len(body) + len(r.URL.Path)
	for name, values := range r.Header {
		for _, value := range values {
			size += journal.RecordBytes + len(name) + len(value)
		}
	}
	a.requests.Add(Request{
		Method: r.Method, Path: r.URL.EscapedPath(), Header: protocol.WithoutCredentials(r.Header, protocolKey), Credential: credentialOf(r), Body: body,
	}, size)
}

// decodeBody decodes a JSON body as strictly as an event.
func (a *restAPI) decodeBody(r *restRequest, v protocol.Value) *protocol.Failure {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return protocol.Fail(http.StatusUnsupportedMediaType, "unsupported_media_type", "", "the content type must be application/json")
	}
	if err := a.cfg.checker().Body(r.body, "", v); err != nil {
		return protocol.BadRequest(err)
	}
	return nil
}

// reply writes a JSON response, or returns the failure for an error of encoding.
func reply(w http.ResponseWriter, body []byte, err error) *protocol.Failure {
	if err != nil {
		return protocol.Fail(http.StatusInternalServerError, "internal", "", err.Error())
	}
	protocol.WriteJSON(w, http.StatusOK, body)
	return nil
}

// preview returns the session that a configuration gives, with all defaults, or why
// the server refuses it.
func (a *restAPI) preview(config api.SessionConfig) (api.Session, *protocol.Failure) {
	t := target{}.withPreset(config)
	if t.model != "" {
		if err := a.cfg.checkModel(t.model); err != nil {
			return nil, protocol.Fail(http.StatusBadRequest, "model_not_found", "session.model", err.Error())
		}
	}
	set := t.settings(a.newID("sess"), a.cfg.expiry(a.cfg.Clock.Now()))
	if config == nil {
		return set.Object(), nil
	}
	if err := set.Update(config); err != nil {
		return nil, protocol.BadRequest(err)
	}
	return set.Object(), nil
}

// secret is a client secret.
type secret struct {
	expires     time.Time
	session     api.SessionConfig             // Nil for none and for translation.
	translation *api.TranslationSessionConfig // Nil for other sessions.
}
