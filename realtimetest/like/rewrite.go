package like

import (
	"encoding/json"
	"maps"
	"slices"
)

// Event is an event as the server sends it.
type Event struct {
	Name string
	Data []byte
}

// object is a JSON object.
type object = map[string]json.RawMessage

// Rewrite returns what the server sends for an event of the service. newID makes the ids
// of added events.
func (s *Server) Rewrite(e Event, newID func() string) []Event {
	if s == nil {
		return []Event{e}
	}
	var members object
	if json.Unmarshal(e.Data, &members) != nil || s.omits(e.Name, members) {
		return nil
	}
	source := maps.Clone(members)
	name := s.rewrite(e.Name, members)
	members["type"] = quoted(name)
	events := []Event{{name, encoded(members)}}
	for _, added := range s.Added[e.Name] {
		events = append(events, s.added(added, source, newID()))
	}
	return events
}

// omits reports whether an event is not sent.
func (s *Server) omits(name string, members object) bool {
	switch {
	case slices.Contains(s.Omitted, name):
		return true
	case name == "error":
		return slices.Contains(s.Silent, text(inner(members, "error")["code"]))
	case !s.CallsByArguments:
		return false
	case name == "response.function_call_arguments.delta":
		return true
	}
	return text(inner(members, "item")["type"]) == "function_call"
}

// rewrite changes the members of an event and returns its wire name.
func (s *Server) rewrite(name string, members object) string {
	if s.NoEventIDs {
		delete(members, "event_id")
	}
	if _, ok := members["previous_item_id"]; ok && s.NoPreviousItem {
		members["previous_item_id"] = null
	}
	switch {
	case name == "session.created" && s.Greeting != "" && s.Greeting != name:
		delete(members, "session")
		members["conversation"] = json.RawMessage(`{"id":"conv_1","object":"realtime.conversation"}`)
		return s.Greeting
	case name == "conversation.item.deleted" && s.NoDeletedItem:
		members["item_id"] = json.RawMessage(`""`)
	case name == "error":
		s.rewriteError(members)
	case members["session"] != nil && s.FlatSession:
		members["session"] = encoded(flat(inner(members, "session")))
	case members["response"] != nil:
		s.rewriteResponse(name, members)
	}
	if renamed, ok := s.Renamed[name]; ok {
		return renamed
	}
	return name
}

func (s *Server) rewriteError(members object) {
	detail := inner(members, "error")
	if s.AnonymousErrors {
		detail["event_id"] = null
	}
	members["error"] = encoded(detail)
	if s.TextErrors {
		members["error"], members["code"] = detail["message"], detail["code"]
	}
}

func (s *Server) rewriteResponse(name string, members object) {
	response := inner(members, "response")
	if s.NoMetadata {
		delete(response, "metadata")
	}
	if s.NoOutput && name == "response.done" {
		response["output"] = null
	}
	members["response"] = encoded(response)
}

// added returns an added event with the ids of its source.
func (s *Server) added(frame json.RawMessage, source object, id string) Event {
	var members object
	if json.Unmarshal(frame, &members) != nil {
		return Event{Data: frame}
	}
	for _, name := range []string{"response_id", "item_id"} {
		if value := source[name]; value != nil {
			members[name] = value
		}
	}
	if !s.NoEventIDs {
		members["event_id"] = quoted(id)
	}
	return Event{text(members["type"]), encoded(members)}
}

// flat returns a session with the members of the beta.
func flat(session object) object {
	out := object{
		"id": session["id"], "object": json.RawMessage(`"realtime.session"`), "model": session["model"],
		"modalities": json.RawMessage(`["text","audio"]`), "instructions": session["instructions"],
		"input_audio_format": json.RawMessage(`"pcm16"`), "output_audio_format": json.RawMessage(`"pcm16"`),
		"tools": session["tools"], "tool_choice": session["tool_choice"], "temperature": json.RawMessage("0.8"),
		"max_response_output_tokens": session["max_output_tokens"],
	}
	audio := inner(session, "audio")
	in, speech := inner(audio, "input"), inner(audio, "output")
	out["turn_detection"], out["input_audio_transcription"], out["voice"] = in["turn_detection"], in["transcription"], speech["voice"]
	if modalities := session["output_modalities"]; string(modalities) == `["text"]` {
		out["modalities"] = modalities
	}
	maps.DeleteFunc(out, func(_ string, value json.RawMessage) bool { return value == nil })
	return out
}

var null = json.RawMessage("null")

// inner returns an object in an object, which is empty if there is none.
func inner(members object, name string) object {
	var of object
	if json.Unmarshal(members[name], &of) != nil || of == nil {
		return object{}
	}
	return of
}

// text returns a JSON string, empty if value is none.
func text(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}

func quoted(s string) json.RawMessage { return marshaled(s) }

func encoded(members object) json.RawMessage { return marshaled(members) }

// marshaled encodes a value that has come from JSON.
func marshaled(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		return null
	}
	return data
}
