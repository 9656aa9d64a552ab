// Package community works the way of the best-known community Go client of the
// API, which cannot be had here. Its code is not in it; its habits are: a pass of
// encoding/json to find an event's type and another to decode it, the same again
// at each union, audio left as base64 text, a MarshalJSON whose text encoding/json
// then reads once more, and coder/websocket as it comes.
package community

import (
	"encoding/json"
	"fmt"
)

// kind is what the first pass over anything finds.
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

// EventBase is what every event of the server has.
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
		return nil, fmt.Errorf("community: event %q is not one of those that are compared", k.Type)
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
	Audio   string `json:"audio"` // base64, made by the user
}

// MarshalJSON adds the type.
func (a AudioAppend) MarshalJSON() ([]byte, error) {
	type members AudioAppend
	return json.Marshal(struct {
		members

		Type string `json:"type"`
	}{members(a), "input_audio_buffer.append"})
}
