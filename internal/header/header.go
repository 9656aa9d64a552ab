// Package header builds and prints the headers of requests.
package header

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
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

// reserved names the headers that a caller cannot set: those of the credential and
// of the handshake.
var reserved = []string{
	"Authorization", "Api-Key", "Proxy-Authorization", "Host", "Connection", "Upgrade",
	"Sec-Websocket-Key", "Sec-Websocket-Version", "Sec-Websocket-Extensions",
	"Sec-Websocket-Accept", "Sec-Websocket-Protocol",
}

// Add adds the caller's header to h, and replaces what h has of the same name.
func Add(h, more http.Header) error {
	for name, values := range more {
		canonical := http.CanonicalHeaderKey(name)
		if slices.Contains(reserved, canonical) {
			return fmt.Errorf("realtime: header %s cannot be set by the caller", canonical)
		}
		h[canonical] = slices.Clone(values)
	}
	return nil
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

// Harmless reports whether an error text may repeat the values of a header.
func Harmless(name string) bool {
	switch name {
	case "User-Agent", "Openai-Organization", "Openai-Project", "Content-Type", "Accept":
		return true
	default:
		return false
	}
}
