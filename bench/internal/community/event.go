// Package community imitates the best-known community Go client of the API, whose
// module is not available here. It has none of its code but works in the same way. It
// decodes with one pass of encoding/json for an event's type and another for the event,
// and likewise in each union. It leaves audio as base64 text. It encodes with a
// MarshalJSON method whose output encoding/json parses again. It uses coder/websocket
// with its defaults.
package community

import (
	"encoding/json"
	"fmt"
)

// kind is the result of the first pass over an object.
type kind struct {
	Type string `json:"type"`
}

// AudioDelta is response.output_audio.delta.
type AudioDelta struct {
	EventBase

	ResponseID   string `json:"response_id"`
	ItemID       string `json:"item_id"`
	OutputIndex  int    `json:"output_index"`
	ContentIndex int    `json:"content_index"`
	Delta        string `json:"delta"` // base64, for the user to decode
}

// TextDelta is response.output_text.delta.
type TextDelta struct {
	EventBase

	ResponseID   string `json:"response_id"`
	ItemID       string `json:"item_id"`
	OutputIndex  int    `json:"output_index"`
	ContentIndex int    `json:"content_index"`
	Delta        string `json:"delta"`
}

// SessionCreated is session.created.
type SessionCreated struct {
	EventBase

	Session SessionUnion `json:"session"`
}

// ResponseDone is response.done.
type ResponseDone struct {
	EventBase

	Response Response `json:"response"`
}

// EventBase has the members of every server event.
type EventBase struct {
	EventID string `json:"event_id"`
	Type    string `json:"type"`
}

// Decode returns the event of a frame.
func Decode(frame []byte) (any, error) {
	var k kind
	if err := json.Unmarshal(frame, &k); err != nil {
		return nil, err
	}
	switch k.Type {
	case "response.output_audio.delta":
		return into(frame, new(AudioDelta))
	case "response.output_text.delta":
		return into(frame, new(TextDelta))
	case "session.created":
		return into(frame, new(SessionCreated))
	case "response.done":
		return into(frame, new(ResponseDone))
	default:
		return nil, fmt.Errorf("community: event %q is not part of the comparison", k.Type)
	}
}

func into[T any](data []byte, v *T) (*T, error) {
	if err := json.Unmarshal(data, v); err != nil {
		return nil, err
	}
	return v, nil
}

// AudioAppend is input_audio_buffer.append.
type AudioAppend struct {
	EventID string `json:"event_id,omitempty"`
	Audio   string `json:"audio"` // base64, encoded by the user
}

// MarshalJSON adds the type.
func (a AudioAppend) MarshalJSON() ([]byte, error) {
	type members AudioAppend
	return json.Marshal(struct {
		members

		Type string `json:"type"`
	}{members(a), "input_audio_buffer.append"})
}
