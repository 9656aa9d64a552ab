package telephonytest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// RefusedError is returned by [Carrier.Call] when the program refused a request.
type RefusedError struct {
	Op     string // "webhook" or "stream"
	Status int
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("telephonytest: the program refused the %s with status %d", e.Op, e.Status)
}

// dialer connects to the program.
type dialer func(ctx context.Context) (net.Conn, error)

// wsTransport is a stream over a WebSocket.
type wsTransport struct {
	ws      *websocket.Conn
	writing sync.Mutex
}

// dialStream dials the stream of a call.
func dialStream(ctx context.Context, dial dialer, address string, header http.Header, subprotocols ...string) (*wsTransport, error) {
	d := websocket.Dialer{
		NetDialContext:    func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
		NetDialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
		Subprotocols:      subprotocols, WriteBufferPool: &writeBuffers, ReadBufferSize: 1 << 10,
	}
	ws, resp, err := d.DialContext(ctx, address, header)
	if err != nil {
		if resp != nil {
			_ = resp.Body.Close()
			return nil, &RefusedError{Op: "stream", Status: resp.StatusCode}
		}
		return nil, err
	}
	if len(subprotocols) > 0 && ws.Subprotocol() != subprotocols[0] {
		_ = ws.Close()
		return nil, &RefusedError{Op: "stream", Status: resp.StatusCode}
	}
	return &wsTransport{ws: ws}, nil
}

var writeBuffers sync.Pool

func (t *wsTransport) read() (message, error) {
	kind, data, err := t.ws.ReadMessage()
	return message{kind == websocket.BinaryMessage, data}, err
}

func (t *wsTransport) write(m message) error {
	t.writing.Lock()
	defer t.writing.Unlock()
	kind := websocket.TextMessage
	if m.binary {
		kind = websocket.BinaryMessage
	}
	return t.ws.WriteMessage(kind, m.data)
}

// closePatience bounds the write of a close frame.
const closePatience = 200 * time.Millisecond

func (t *wsTransport) close(abrupt bool) {
	if !abrupt {
		_ = t.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(closePatience))
	}
	_ = t.ws.Close()
}
