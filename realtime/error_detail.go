package realtime

import (
	"bytes"
	"encoding/json"
	"strings"
)

// errorDetail is an error of a server, whichever form the server gave it: an object, a
// text, a list of either, or an error inside an error.
type errorDetail struct {
	kind, code, param, message, eventID string
}

// readDetail reads an error. What is not JSON, or says nothing, gives the zero value.
func readDetail(raw json.RawMessage) errorDetail { return readNested(raw, 0) }

// maxNesting bounds errors in errors.
const maxNesting = 4

func readNested(raw json.RawMessage, depth int) (d errorDetail) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || depth > maxNesting {
		return errorDetail{}
	}
	switch raw[0] {
	case '{':
		var members map[string]json.RawMessage
		_ = json.Unmarshal(raw, &members)
		return readMembers(func(name string) json.RawMessage { return members[name] }, depth)
	case '[':
		var list []json.RawMessage
		_ = json.Unmarshal(raw, &list)
		var texts []string
		for _, element := range list {
			one := readNested(element, depth+1)
			if one.message != "" {
				texts = append(texts, one.message)
			}
			d.fill(one)
		}
		d.message = strings.Join(texts, "; ")
		return d
	default:
		return errorDetail{message: jsonString(raw)}
	}
}

// readMembers reads an error from the members of an object. Their values may have any
// kind.
func readMembers(member func(name string) json.RawMessage, depth int) errorDetail {
	scalar := func(name string) string {
		raw := member(name)
		if len(raw) > 0 && (raw[0] == '{' || raw[0] == '[') {
			return readNested(raw, depth+1).message
		}
		return jsonString(raw)
	}
	d := readNested(member("error"), depth+1) // It says more than what is around it.
	d.fill(errorDetail{
		kind: scalar("type"), code: scalar("code"), param: scalar("param"), eventID: scalar("event_id"), message: scalar("message"),
	})
	for _, name := range []string{"errors", "detail", "msg", "error_description"} {
		d.fill(readNested(member(name), depth+1))
	}
	return d
}

// fill takes from other what d does not say.
func (d *errorDetail) fill(other errorDetail) {
	for _, m := range [...]struct {
		to   *string
		from string
	}{
		{&d.kind, other.kind}, {&d.code, other.code}, {&d.param, other.param}, {&d.message, other.message}, {&d.eventID, other.eventID},
	} {
		if *m.to == "" {
			*m.to = m.from
		}
	}
}

// jsonString returns a JSON value as text: the value of a string, nothing for null.
func jsonString(raw json.RawMessage) string {
	var s string
	if raw == nil || json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}
