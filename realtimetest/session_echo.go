package realtimetest

import (
	"encoding/json"
	"maps"
	"reflect"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// echo answers an event whose behavior the server does not play by the replies that
// the protocol declares, with the members of the event that they have too. An event
// without replies is refused, since silence would be taken for success.
func (s *session) echo(e event, replies []string, decode func([]byte) (event, error)) *api.Error {
	if len(replies) == 0 || s.cfg.Strict {
		return protocol.Error(protocol.CodeNotSimulated, "type", "the test server does not simulate "+e.EventType())
	}
	s.cfg.Logger.Warn("event is not simulated; its declared replies are sent", "id", s.conn.id, "type", e.EventType())
	data, err := e.AppendJSON(nil)
	var members map[string]json.RawMessage
	if err == nil {
		err = json.Unmarshal(data, &members)
	}
	for _, name := range replies {
		var reply event
		if err == nil {
			reply, err = s.reply(name, members, decode)
		}
		if err != nil {
			return protocol.Error(protocol.CodeNotSimulated, "type", "the test server cannot echo "+e.EventType())
		}
		s.emit(reply)
	}
	return nil
}

// reply makes an event of that type with the members of a request that it has too.
func (s *session) reply(name string, members map[string]json.RawMessage, decode func([]byte) (event, error)) (event, error) {
	of := maps.Clone(members)
	of["type"], of["event_id"] = quoted(name), quoted(s.newID("event"))
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

// dropUnknown takes out the members that an event has no field for.
func dropUnknown(e event) {
	extra, ok := reflect.ValueOf(e).Elem().FieldByName("Extra").Addr().Interface().(*api.Extra)
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
