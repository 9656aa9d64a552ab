package realtimetest

import (
	"encoding/json"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// Direction is the direction of a frame.
type Direction string

// The two directions.
const (
	Received Direction = "received" // From the client.
	Sent     Direction = "sent"     // From the server.
)

// Entry is one text frame of a connection.
type Entry struct {
	// At is the time since the connection opened, on the server's clock.
	At        time.Duration
	Direction Direction
	// Type is the event's wire name, empty if it has none.
	Type string
	// Data is the frame as it was on the wire. It must not be changed.
	Data json.RawMessage
}

// ClientEvent decodes a received frame.
func (e Entry) ClientEvent() (api.ClientEvent, error) { return api.DecodeClientEvent(e.Data) }

// ServerEvent decodes a sent frame.
func (e Entry) ServerEvent() (api.ServerEvent, error) { return api.DecodeServerEvent(e.Data) }

// Is returns a condition for [Conn.WaitFor] and [Fault.At]: a frame of this
// direction and wire name.
func Is(d Direction, wireName string) func(Entry) bool {
	return func(e Entry) bool { return e.Direction == d && e.Type == wireName }
}

// typeOf returns an event's wire name, empty if it has none.
func typeOf(data []byte) string {
	var head struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(data, &head) != nil {
		return ""
	}
	return head.Type
}
