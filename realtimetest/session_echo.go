package realtimetest

import (
	"encoding/json"

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
	if len(replies) == 0 && c.cfg.AllowUnknown && !c.cfg.Strict {
		c.cfg.Logger.Warn("event is not known; it has no answer", "id", c.id, "type", e.EventType())
		return nil
	}
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
			reply, err = protocol.Reply(members, name, c.newID("event"), decode)
		}
		if err != nil {
			return protocol.Error(protocol.CodeNotSimulated, "type", "the test server cannot echo "+e.EventType())
		}
		c.emit(reply)
	}
	return nil
}
