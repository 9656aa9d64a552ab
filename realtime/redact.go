package realtime

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
)

// redactURL prints an address with its routing parameters alone.
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
				values[i] = redacted
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
		return redacted
	}
	return redactURL(u)
}

func jsonText(s string) ([]byte, error) { return json.Marshal(s) }

// redacted stands wherever a secret would.
const redacted = "REDACTED"

// scrub replaces in text every secret that it is given. Short values are left
// alone: replacing them would only garble the text.
func scrub(text string, secrets ...string) string {
	for _, s := range secrets {
		if len(s) >= 4 {
			text = strings.ReplaceAll(text, s, redacted)
		}
	}
	return text
}

// unprefixed takes our prefix off a cause, so that a text holds it once.
func unprefixed(err error) string {
	const prefix = "realtime: "
	s := err.Error()
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):]
	}
	return s
}

// printable keeps an answer from writing control characters into a log.
func printable(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return string(bytes.TrimSpace([]byte(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s))))
}
