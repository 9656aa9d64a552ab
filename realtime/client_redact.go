package realtime

import (
	"encoding/json"
	"net/url"

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
		switch name {
		case "model", "intent", "call_id", "api-version", "deployment":
		default:
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

func jsonText(s string) ([]byte, error) { return json.Marshal(s) }
