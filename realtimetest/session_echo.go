package realtimetest

import (
	"encoding/json"
	"maps"
	"reflect"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// echoes answers the events that the server does not simulate by the replies that
// the protocol declares, with the members that both events have. It belongs to the
// session's goroutine.
type echoes struct{ *core }

// answer sends the replies to e. An event without declared replies is refused:
// clients would take silence for success.
func (c echoes) answer(e event, replies []string, decode func([]byte) (event, error)) *api.Error {
	if len(replies) == 0 || c.cfg.Strict {
		return protocol.Error(protocol.CodeNotSimulated, "type", "the test server does not simulate "+e.EventType())
	}
	c.cfg.Logger.Warn("event is not simulated; its declared replies are sent", "id", c.id, "type", e.EventType())
	data, err := e.AppendJSON(nil)
	var members map[string]json.RawMessage
	if err == nil {
		err = json.Unmarshal(data, &members)
	}
	for _, name := range replies {
		var reply event
		if err == nil {
			reply, err = c.reply(name, members, decode)
		}
		if err != nil {
			return protocol.Error(protocol.CodeNotSimulated, "type", "the test server cannot echo "+e.EventType())
		}
		c.emit(reply)
	}
	return nil
}

// reply returns an event of the type name with the members of the request that it
// has too.
func (c echoes) reply(name string, members map[string]json.RawMessage, decode func([]byte) (event, error)) (event, error) {
	of := maps.Clone(members)
	of["type"], of["event_id"] = quoted(name), quoted(c.newID("event"))
	data, err := json.Marshal(of)
	if err != nil {
		return nil, err
	}
	e, err := decode(data)
	if err != nil {
		return nil, err
	}
	dropUnknown(e)
	return e, nil
}

// dropUnknown removes the members of an event without a field.
func dropUnknown(e event) {
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
