package golden

import (
	"bytes"
	"encoding/json"
	"strings"
)

// redacted replaces a secret.
const redacted = "[redacted]"

// Redact returns a frame without the credentials of MCP servers and without keys
// at any place. A frame without secrets is returned as it is.
func Redact(data []byte) []byte {
	var v any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if d.Decode(&v) != nil || !redact(v) {
		return data
	}
	out, err := json.Marshal(v)
	if err != nil {
		return data
	}
	return out
}

// redact replaces the secrets in v and reports whether there were any.
func redact(v any) (changed bool) {
	switch v := v.(type) {
	case map[string]any:
		_, mcp := v["server_label"]
		for name, member := range v {
			headers, isMap := member.(map[string]any)
			text, isText := member.(string)
			switch {
			case mcp && name == "authorization", isText && isKey(text):
				v[name], changed = redacted, true
			case mcp && name == "headers" && isMap:
				for header := range headers {
					headers[header], changed = redacted, true
				}
			default:
				changed = redact(member) || changed
			}
		}
	case []any:
		for i, member := range v {
			if text, ok := member.(string); ok && isKey(text) {
				v[i], changed = redacted, true
				continue
			}
			changed = redact(member) || changed
		}
	}
	return changed
}

func isKey(text string) bool {
	return strings.HasPrefix(text, "sk-") || strings.HasPrefix(text, "ek_")
}
