package realtime

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/internal/text"
)

// redactURL returns an address without user, and with the values of its routing
// parameters alone.
func redactURL(u *url.URL) string {
	if u == nil {
		return ""
	}
	v := *u
	v.User, v.Fragment, v.RawFragment = nil, "", ""
	q := v.Query()
	for name, values := range q {
		if !harmlessQuery(name) {
			for i := range values {
				values[i] = text.Redacted
			}
		}
	}
	v.RawQuery = q.Encode()
	return v.String()
}

func redactRawURL(raw string) string {
	if raw == "" {
		return ""
	}
	u, err := url.Parse(raw)
	if err != nil {
		return text.Redacted
	}
	return redactURL(u)
}

// routing names the query parameters that choose a target. A target sets them, so
// that those of a base address are dropped.
var routing = []string{"model", "intent", "call_id"}

// harmlessQuery reports whether a text may repeat the values of a query parameter.
func harmlessQuery(name string) bool {
	switch name {
	case "model", "intent", "call_id", "api-version", "deployment":
		return true
	default:
		return false
	}
}

// secretWords are in the names of headers and query parameters that carry a key.
var secretWords = []string{"auth", "cookie", "cred", "key", "pass", "secret", "sig", "token"}

// valueSecrets returns the values of headers and query parameters that no text may
// repeat, in an order that depends on the names alone.
func valueSecrets(values map[string][]string, harmless func(name string) bool) []text.Secret {
	var list []text.Secret
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if harmless(name) {
			continue
		}
		key := slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(strings.ToLower(name), word) })
		for _, v := range values[name] {
			list = append(list, text.Secret{Text: v, Key: key})
		}
	}
	return list
}

func jsonText(s string) ([]byte, error) { return json.Marshal(s) }
