package realtimetest

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// Close codes with which the API refuses a connection after the handshake.
const (
	closeUnauthorized = 3000
	closeBadRequest   = 4000
)

// The subprotocols by which browsers, which cannot set headers, say who they
// are.
const (
	protocolRealtime     = "realtime"
	protocolKey          = "openai-insecure-api-key."
	protocolOrganization = "openai-organization."
	protocolProject      = "openai-project."
)

// target says what a connection wants to talk to.
type target struct {
	model         string
	callID        string
	transcription bool
	translation   bool

	preset api.SessionConfig // What a secret or a call has configured.
	// translated is the same for a translation session.
	translated *api.TranslationSessionConfig
	call       *PhoneCall // Not nil if callID is one of the server's own.
}

func targetOf(r *http.Request) target {
	q := r.URL.Query()
	return target{
		model:         q.Get("model"),
		callID:        q.Get("call_id"),
		transcription: q.Get("intent") == "transcription",
		translation:   isTranslation(r),
	}
}

// credentialOf returns what the request presents. The bearer header wins, as
// it does for the service.
func credentialOf(r *http.Request) Credential {
	c := Credential{
		Organization: r.Header.Get("OpenAI-Organization"),
		Project:      r.Header.Get("OpenAI-Project"),
	}
	for _, p := range websocket.Subprotocols(r) {
		if key, ok := strings.CutPrefix(p, protocolKey); ok {
			c.Key, c.Scheme = key, "subprotocol"
		} else if id, ok := strings.CutPrefix(p, protocolOrganization); ok {
			c.Organization = id
		} else if id, ok := strings.CutPrefix(p, protocolProject); ok {
			c.Project = id
		}
	}
	if key := r.Header.Get("Api-Key"); key != "" {
		c.Key, c.Scheme = key, "api-key"
	}
	if scheme, key, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		c.Key, c.Scheme = strings.TrimSpace(key), "bearer"
	}
	return c
}

// refusal is why a connection is told an error and closed.
type refusal struct {
	err  *api.Error
	code int
}

// admit returns nil if the connection may go on.
func (s *Server) admit(r *http.Request, t target) *refusal {
	if err := s.checkCredential(credentialOf(r)); err != nil {
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
	case t.translation && t.translated != nil && t.translated.Model != t.model:
		return refuse(closeBadRequest, protocol.CodeInvalidValue, "model", "the client secret is for another model")
	case !t.translation && (t.callID != "" || t.transcription):
		return nil
	case t.model == "":
		return refuse(closeBadRequest, "missing_model", "model", "the URL names no model")
	case s.cfg.Models != nil:
		if err := s.cfg.Models(t.model); err != nil {
			return refuse(closeBadRequest, "model_not_found", "model", err.Error())
		}
	}
	return nil
}

func anyKey(c Credential) error {
	if c.Key == "" {
		return errors.New("the request has no API key")
	}
	return nil
}

func refuse(code int, name, param, message string) *refusal {
	return &refusal{err: protocol.Error(name, param, message), code: code}
}
