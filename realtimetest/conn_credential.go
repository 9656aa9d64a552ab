package realtimetest

import (
	"net/http"
	"strings"

	"github.com/gorilla/websocket"
)

// Credential is what a client presents. Tests can compare the key; formatting, logging
// and encoding the credential leave it out.
type Credential struct {
	// Key is the API key, client secret or token; it may be empty.
	Key string `json:"-"`
	// Scheme is "bearer", "basic" (with the encoded user and password as Key), "api-key"
	// (Azure) or "subprotocol" (browsers), and "" without a key.
	Scheme string
	// Organization and Project are those of the headers or subprotocols.
	Organization, Project string
}

// String returns the credential without the key.
func (c Credential) String() string {
	if c.Key == "" {
		return "no key"
	}
	return strings.Join(strings.Fields(c.Scheme+" [key] "+c.Organization+" "+c.Project), " ")
}

// GoString returns the credential without the key.
func (c Credential) GoString() string { return "realtimetest.Credential{" + c.String() + "}" }

// Schemes of the Authorization header.
const (
	schemeBearer = "bearer"
	schemeBasic  = "basic"
)

// Subprotocols of browsers, which cannot set headers.
const (
	protocolRealtime     = "realtime"
	protocolKey          = "openai-insecure-api-key."
	protocolOrganization = "openai-organization."
	protocolProject      = "openai-project."
)

// credentialOf returns the credential of a request. As with the service, the
// bearer header takes precedence.
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
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	for _, known := range []string{schemeBearer, schemeBasic} {
		if key != "" && strings.EqualFold(scheme, known) {
			c.Key, c.Scheme = strings.TrimSpace(key), known
		}
	}
	return c
}
