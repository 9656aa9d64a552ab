// Package failure reads errors in the forms in which servers write them.
package failure

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Detail is an error of a server, whichever form the server gave it: an object, a text, a
// list of either, or an error inside an error.
type Detail struct {
	Kind, Code, Param, Message, EventID string
}

// Read reads an error. What is not JSON, or says nothing, gives the zero value.
func Read(raw json.RawMessage) Detail { return readNested(raw, 0) }

// maxNesting bounds errors in errors.
const maxNesting = 4

func readNested(raw json.RawMessage, depth int) (d Detail) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || depth > maxNesting {
		return Detail{}
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
			if one.Message != "" {
				texts = append(texts, one.Message)
			}
			d.Fill(one)
		}
		d.Message = strings.Join(texts, "; ")
		return d
	default:
		return Detail{Message: jsonString(raw)}
	}
}

// Members reads an error from the members of an object. Their values may have any
// kind.
func Members(member func(name string) json.RawMessage) Detail { return readMembers(member, 0) }

func readMembers(member func(name string) json.RawMessage, depth int) Detail {
	scalar := func(name string) string {
		raw := member(name)
		if len(raw) > 0 && (raw[0] == '{' || raw[0] == '[') {
			return readNested(raw, depth+1).Message
		}
		return jsonString(raw)
	}
	d := readNested(member("error"), depth+1) // It says more than what is around it.
	d.Fill(Detail{
		Kind: scalar("type"), Code: scalar("code"), Param: scalar("param"), EventID: scalar("event_id"), Message: scalar("message"),
	})
	for _, name := range []string{"errors", "detail", "msg", "error_description"} {
		d.Fill(readNested(member(name), depth+1))
	}
	return d
}

// Fill takes from other what d does not say.
func (d *Detail) Fill(other Detail) {
	for _, m := range [...]struct {
		to   *string
		from string
	}{
		{&d.Kind, other.Kind}, {&d.Code, other.Code}, {&d.Param, other.Param}, {&d.Message, other.Message}, {&d.EventID, other.EventID},
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
