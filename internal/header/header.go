// Package header builds and prints the headers of requests.
package header

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/internal/text"
)

// Names returns the names of h, sorted.
func Names(h http.Header) []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// reserved returns why a caller cannot set a header, which is empty for other headers, and
// whether a credential may set it.
func reserved(canonical string) (why string, credential bool) {
	switch canonical {
	case "Authorization", "Api-Key":
		return "it is the credential's; use Config.Credentials with realtime.HeaderKey for a key in a header, " +
			"or Config.APIKey for a bearer", true
	case "Proxy-Authorization":
		return "a proxy's credential is part of the address that Config.Proxy returns", false
	case "Host":
		return "it is that of the address", false
	case "Connection", "Upgrade", "Sec-Websocket-Key", "Sec-Websocket-Version", "Sec-Websocket-Extensions",
		"Sec-Websocket-Accept", "Sec-Websocket-Protocol":
		return "it is part of the handshake", false
	default:
		return "", false
	}
}

// Add adds the caller's header to h, and replaces what h has of the same name.
func Add(h, more http.Header) error {
	for name, values := range more {
		canonical := http.CanonicalHeaderKey(name)
		if why, _ := reserved(canonical); why != "" {
			return fmt.Errorf("realtime: header %s cannot be set by the caller: %s", canonical, why)
		}
		h[canonical] = slices.Clone(values)
	}
	return nil
}

// SetKey sets the header of that name to a credential.
func SetKey(h http.Header, name, value string) error {
	canonical := http.CanonicalHeaderKey(name)
	why, credential := reserved(canonical)
	switch {
	case !isToken(name):
		return fmt.Errorf("realtime: the header %q cannot carry a credential: it is not a valid name", name)
	case why != "" && !credential:
		return fmt.Errorf("realtime: the header %s cannot carry a credential: %s", canonical, why)
	}
	h[canonical] = []string{value}
	return nil
}

// isToken reports whether s is a token of HTTP, as names of headers are.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	})
}

const modulePath = "github.com/voicelane/realtime-go"

// UserAgent returns the default User-Agent, which names this module and its version.
func UserAgent() string {
	version := "devel"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range append(info.Deps, &info.Main) {
			if m.Path == modulePath && m.Version != "" && m.Version != "(devel)" {
				version = m.Version
			}
		}
	}
	return "realtime-go/" + version
}

// Scrub removes secrets from the values of h.
func Scrub(h http.Header, secrets *text.Secrets) {
	for _, values := range h {
		for i, v := range values {
			values[i] = secrets.Scrub(v)
		}
	}
}

// Harmless reports whether an error text may repeat the values of a header.
func Harmless(name string) bool {
	switch name {
	case "User-Agent", "Openai-Organization", "Openai-Project", "Content-Type", "Accept":
		return true
	default:
		return false
	}
}
