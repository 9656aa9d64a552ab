package community

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/coder/websocket"
)

// Conn is a connection. Its user calls Read and Send.
type Conn struct{ ws *websocket.Conn }

// Dial connects through an HTTP client with the dialer's defaults.
func Dial(ctx context.Context, hc *http.Client, url string) (*Conn, error) {
	ws, resp, err := websocket.Dial(ctx, url, &websocket.DialOptions{
		HTTPClient: hc, HTTPHeader: http.Header{"Authorization": {"Bearer key"}},
	})
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(-1)
	return &Conn{ws}, nil
}

var errBinary = errors.New("community: a message that is not text")

// Read returns the next event. If the context ends, the connection is closed.
func (c *Conn) Read(ctx context.Context) (any, error) {
	kind, r, err := c.ws.Reader(ctx)
	if err != nil {
		return nil, err
	}
	frame, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if kind != websocket.MessageText {
		return nil, errBinary
	}
	return Decode(frame)
}

// Send writes an event. If the context ends, the connection is closed.
func (c *Conn) Send(ctx context.Context, event any) error {
	frame, err := json.Marshal(event)
	if err != nil {
		return err
	}
	return c.ws.Write(ctx, websocket.MessageText, frame)
}

// Close closes the connection without a handshake.
func (c *Conn) Close() error { return c.ws.CloseNow() }
