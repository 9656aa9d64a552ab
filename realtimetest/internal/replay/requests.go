package replay

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
)

// requests are the responses that the client has asked for. The server repeats the metadata
// of a request in its response, and clients know their responses by it, so that a response
// gets the metadata of now in place of that of the recording.
type requests struct {
	waiting []request
	begun   map[string]json.RawMessage // the metadata of now, by the id of the response
}

// request is a response.create whose response has not begun.
type request struct {
	eventID  string          // in the recording
	recorded any             // metadata in the recording, nil if that does not hold it
	now      json.RawMessage // metadata of now, nil if it has none
}

type creation struct {
	EventID  string `json:"event_id"`
	Response struct {
		Metadata json.RawMessage `json:"metadata"`
	} `json:"response"`
}

// add notes a request, as it was recorded and as it is now.
func (r *requests) add(recorded, now []byte) {
	var was, is creation
	if json.Unmarshal(recorded, &was) != nil || json.Unmarshal(now, &is) != nil {
		return
	}
	r.waiting = append(r.waiting, request{was.EventID, decoded(was.Response.Metadata), is.Response.Metadata})
}

// answer returns the metadata of now of the request that a recorded frame of the server
// answers. ok is false for other frames.
func (r *requests) answer(wireName string, data []byte) (metadata json.RawMessage, ok bool) {
	switch wireName {
	case "error":
		r.refuse(data)
	case "response.created", "response.done":
		var event struct {
			Response struct {
				ID       string          `json:"id"`
				Metadata json.RawMessage `json:"metadata"`
			} `json:"response"`
		}
		if json.Unmarshal(data, &event) != nil {
			return nil, false
		}
		metadata, known := r.begun[event.Response.ID]
		if !known {
			if metadata, known = r.take(decoded(event.Response.Metadata)); !known {
				return nil, false
			}
			if r.begun == nil {
				r.begun = map[string]json.RawMessage{}
			}
			r.begun[event.Response.ID] = metadata
		}
		return metadata, true
	}
	return nil, false
}

// take removes the first request with this metadata and returns the metadata of now.
func (r *requests) take(recorded any) (json.RawMessage, bool) {
	i := slices.IndexFunc(r.waiting, func(q request) bool { return reflect.DeepEqual(q.recorded, recorded) })
	if i < 0 {
		return nil, false
	}
	now := r.waiting[i].now
	r.waiting = slices.Delete(r.waiting, i, i+1)
	return now, true
}

// refuse removes the request that an error names.
func (r *requests) refuse(data []byte) {
	var event struct {
		Error struct {
			EventID string `json:"event_id"`
		} `json:"error"`
	}
	if json.Unmarshal(data, &event) != nil || event.Error.EventID == "" {
		return
	}
	r.waiting = slices.DeleteFunc(r.waiting, func(q request) bool { return q.eventID == event.Error.EventID })
}

// decoded returns a JSON value, nil for an absent one and for an empty object.
func decoded(data json.RawMessage) (v any) {
	if len(data) == 0 || json.Unmarshal(data, &v) != nil {
		return nil
	}
	if object, ok := v.(map[string]any); ok && len(object) == 0 {
		return nil
	}
	return v
}

// withMetadata returns an event whose response has this metadata. data is a JSON object
// with a response.
func withMetadata(data []byte, metadata json.RawMessage) []byte {
	var event, response map[string]json.RawMessage
	if json.Unmarshal(data, &event) != nil || json.Unmarshal(event["response"], &response) != nil {
		return data
	}
	if metadata == nil {
		metadata = json.RawMessage("null")
	}
	if bytes.Equal(response["metadata"], metadata) {
		return data
	}
	response["metadata"] = metadata
	var err error
	if event["response"], err = json.Marshal(response); err != nil {
		return data
	}
	changed, err := json.Marshal(event)
	if err != nil {
		return data
	}
	return changed
}
