// Package eventid gives ids to events and encodes them.
package eventid

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/voicelane/realtime-go/gen/api"
)

// Event is what the client events of all protocols have in common.
type Event interface {
	EventType() string
	AppendJSON(dst []byte) ([]byte, error)
	Validate() error
}

// Source makes ids that are unique among all sessions.
type Source struct {
	prefix [len("evt_0123456789_")]byte // in place, since a send finds the memory of a session cold
	n      atomic.Uint64
}

// Init makes the ids of s unlike those of others.
func (s *Source) Init() { copy(s.prefix[:], "evt_"+rand.Text()[:10]+"_") }

// append appends the next id to dst.
func (s *Source) append(dst []byte) []byte {
	dst = append(dst, s.prefix[:]...)
	return strconv.AppendUint(dst, s.n.Add(1), 36)
}

// Next returns the next id.
func (s *Source) Next() string { return string(s.append(nil)) }

// Encode appends an event to buf, with a new id in front when it has none. It returns
// the new id only if wantID is set, since the string takes memory.
func (s *Source) Encode(buf *[]byte, e Event, wantID bool) (id string, err error) {
	id, has := idOf(e)
	dst := *buf
	mark := 0
	if !has {
		dst = append(dst, `{"event_id":"`...)
		start := len(dst)
		dst = s.append(dst)
		if wantID {
			id = string(dst[start:])
		}
		dst = append(dst, '"')
		mark = len(dst)
	}
	dst, err = e.AppendJSON(dst)
	if err != nil {
		return "", fmt.Errorf("realtime: %s: %w", e.EventType(), err)
	}
	if !has {
		// The event's own opening brace becomes the comma after the id.
		dst[mark] = ','
	}
	*buf = dst
	return id, nil
}

// Validate validates an event, and adds its type to the error.
func Validate(e Event) error {
	if err := e.Validate(); err != nil {
		return fmt.Errorf("realtime: %s: %w", e.EventType(), err)
	}
	return nil
}

// Item returns an id for a conversation item, which may have 32 characters.
func (s *Source) Item() string { return "item_" + rand.Text()[:20] }

// idOf returns the id that the caller gave the event, and whether there is one.
func idOf(e Event) (id string, has bool) {
	switch e := e.(type) {
	case api.ClientEvent:
		return api.ClientEventID(e), api.HasClientEventID(e)
	case api.TranslationClientEvent:
		return api.TranslationClientEventID(e), api.HasTranslationClientEventID(e)
	}
	return "", true // An unknown kind of event is not rewritten.
}

// Of returns the event_id of an encoded event.
func Of(message []byte) string {
	// Events without an id of the caller's begin with theirs, which needs no escapes.
	if rest, ok := bytes.CutPrefix(message, []byte(`{"event_id":"evt_`)); ok {
		id, _, _ := bytes.Cut(rest, []byte(`"`))
		return "evt_" + string(id)
	}
	var e struct {
		EventID string `json:"event_id"`
	}
	_ = json.Unmarshal(message, &e)
	return e.EventID
}
