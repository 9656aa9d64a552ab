package settings

import (
	"encoding/json"

	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// Settings merge as JSON, so that members without a Go field merge too: an absent
// member keeps its value, and null clears it. The code below holds the exceptions:
// objects that are replaced instead of merged, and the defaults of new objects.

// object is a configuration that merges.
type object interface {
	json.Marshaler
	json.Unmarshaler
}

// replaced are the members that a change replaces even if both values are objects:
// each value is one choice among several.
var replaced = map[string]bool{
	"format": true, "prompt": true, "tool_choice": true, "tracing": true, "truncation": true, "voice": true,
}

// merge applies a change to dst. responses reports whether the session has
// responses, which its VAD defaults depend on.
func merge(dst object, change json.Marshaler, responses bool) error {
	before, err := dst.MarshalJSON()
	if err != nil {
		return err
	}
	update, err := change.MarshalJSON()
	if err != nil {
		return err
	}
	after, err := merged("", before, update, responses)
	if err != nil {
		return err
	}
	return dst.UnmarshalJSON(after)
}

// merged returns the value of a member after a change: objects merge, other values
// are replaced.
func merged(member string, before, change json.RawMessage, responses bool) (json.RawMessage, error) {
	update, ok := protocol.Object(change)
	if !ok || replaced[member] {
		return change, nil
	}
	members, ok := protocol.Object(before)
	if !ok || member == "turn_detection" && string(members["type"]) != string(update["type"]) {
		var err error
		if members, err = defaults(member, update, responses); err != nil {
			return nil, err
		}
	}
	for name, value := range update {
		var err error
		if members[name], err = merged(name, members[name], value, responses); err != nil {
			return nil, err
		}
	}
	return json.Marshal(members)
}

// defaults returns the members of a new object before the update that creates it.
func defaults(member string, update map[string]json.RawMessage, responses bool) (map[string]json.RawMessage, error) {
	var vad json.Marshaler
	switch member + " " + string(update["type"]) {
	case `turn_detection "server_vad"`:
		vad = serverVAD(responses)
	case `turn_detection "semantic_vad"`:
		vad = semanticVAD(responses)
	default:
		members := map[string]json.RawMessage{}
		if member == "noise_reduction" {
			members["strength"] = json.RawMessage("1")
		}
		return members, nil
	}
	data, err := json.Marshal(vad)
	if err != nil {
		return nil, err
	}
	members, _ := protocol.Object(data)
	return members, nil
}
