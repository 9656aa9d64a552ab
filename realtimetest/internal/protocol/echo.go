package protocol

import (
	"encoding/json"
	"maps"
	"reflect"

	"github.com/voicelane/realtime-go/gen/api"
)

// Reply returns the event of the type wireName with the id eventID and the members of
// the request that it has too. E is the union of events that decode reads.
func Reply[E any](request map[string]json.RawMessage, wireName, eventID string, decode func([]byte) (E, error)) (E, error) {
	of := maps.Clone(request)
	of["type"], of["event_id"] = quoted(wireName), quoted(eventID)
	var none E
	data, err := json.Marshal(of)
	if err != nil {
		return none, err
	}
	e, err := decode(data)
	if err != nil {
		return none, err
	}
	dropUnknown(e)
	return e, nil
}

// quoted returns text as a JSON string.
func quoted(text string) json.RawMessage {
	b, err := json.Marshal(text)
	if err != nil {
		return nil
	}
	return b
}

// dropUnknown removes the members of an event without a field.
func dropUnknown(e any) {
	extra, ok := reflect.TypeAssert[*api.Extra](reflect.ValueOf(e).Elem().FieldByName("Extra").Addr())
	if !ok {
		return // No event of the protocol.
	}
	var names []string
	for name := range extra.All() {
		names = append(names, name)
	}
	for _, name := range names {
		extra.Delete(name)
	}
}
