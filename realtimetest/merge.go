package realtimetest

import (
	"cmp"
	"encoding/json"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// An update changes what it names: an absent member keeps its value, and null
// clears it. Sessions merge as JSON, so that a member of which this package does
// not know merges too. Written here is behaviour alone: which objects are
// replaced instead of merged, and what an object begins with.

// settings are a part of a session that an update changes.
type settings interface {
	json.Marshaler
	json.Unmarshaler
}

// replaced are the members that an update replaces even where they are objects:
// each is one choice among several.
var replaced = map[string]bool{
	"format": true, "prompt": true, "tool_choice": true, "tracing": true, "truncation": true, "voice": true,
}

// mergeRealtime applies an update to a realtime session. Its model never changes
// once it has one.
func (s *session) mergeRealtime(change *api.RealtimeSessionConfig) {
	model := s.config.Model
	s.merge(s.config, change)
	s.config.Model = cmp.Or(model, s.config.Model)
}

// merge applies a change to settings of the session.
func (s *session) merge(dst settings, change json.Marshaler) {
	err := func() error {
		before, err := dst.MarshalJSON()
		if err != nil {
			return err
		}
		update, err := change.MarshalJSON()
		if err != nil {
			return err
		}
		after, err := s.merged("", before, update)
		if err != nil {
			return err
		}
		return dst.UnmarshalJSON(after)
	}()
	if err != nil {
		// What came over the wire has JSON.
		s.server.cfg.Logger.Error("settings cannot be merged", "id", s.conn.id, "error", err)
	}
}

// merged returns the value of a member after a change: objects merge, anything
// else takes the place of what was there.
func (s *session) merged(member string, before, change json.RawMessage) (json.RawMessage, error) {
	update, ok := protocol.Object(change)
	if !ok || replaced[member] {
		return change, nil
	}
	object, ok := protocol.Object(before)
	if !ok || member == "turn_detection" && string(object["type"]) != string(update["type"]) {
		var err error
		if object, err = s.beginning(member, update); err != nil {
			return nil, err
		}
	}
	for name, value := range update {
		var err error
		if object[name], err = s.merged(name, object[name], value); err != nil {
			return nil, err
		}
	}
	return json.Marshal(object)
}

// beginning is what an object holds that begins with this update.
func (s *session) beginning(member string, update map[string]json.RawMessage) (map[string]json.RawMessage, error) {
	var defaults json.Marshaler
	switch member + " " + string(update["type"]) {
	case `turn_detection "server_vad"`:
		defaults = s.serverVAD()
	case `turn_detection "semantic_vad"`:
		defaults = s.semanticVAD()
	default:
		object := map[string]json.RawMessage{}
		if member == "noise_reduction" {
			object["strength"] = json.RawMessage("1")
		}
		return object, nil
	}
	data, err := json.Marshal(defaults)
	if err != nil {
		return nil, err
	}
	object, _ := protocol.Object(data)
	return object, nil
}
