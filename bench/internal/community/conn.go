package community

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/gorilla/websocket"
)

// Conn is a connection, read and written by its user.
type Conn struct{ ws *websocket.Conn }

// Dial connects by a dialer that is not tuned.
func Dial(ctx context.Context, d *websocket.Dialer, url string) (*Conn, error) {
	ws, resp, err := d.DialContext(ctx, url, http.Header{"Authorization": {"Bearer key"}})
	if err != nil {
		return nil, err
	}
	return &Conn{ws}, resp.Body.Close()
}

// Read returns the next event.
func (c *Conn) Read() (any, error) {
	_, frame, err := c.ws.ReadMessage()
	if err != nil {
		return nil, err
	}
	return Decode(frame)
}

// Send writes an event.
func (c *Conn) Send(event any) error {
	frame, err := json.Marshal(event)
	if err != nil {
		return err
	}
	return c.ws.WriteMessage(websocket.TextMessage, frame)
}

// Close drops the connection.
func (c *Conn) Close() error { return c.ws.Close() }
