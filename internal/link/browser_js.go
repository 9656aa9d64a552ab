package link

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall/js"
	"time"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/monotonic"
	"github.com/voicelane/realtime-go/internal/text"
	"github.com/voicelane/realtime-go/socket"
)

// stateOpen is the readyState of a WebSocket that can send.
const stateOpen = 1

const (
	// browserBuffer bounds what the browser holds and the network has not taken.
	// More waits in the send queue, which is bounded.
	browserBuffer = 256 << 10
	// bufferLook is the pause between looks at it: no event reports a change.
	bufferLook = 5 * time.Millisecond
)

// browserLink is the Link over the browser's own WebSocket. Its events arrive on
// the page's loop, which must never wait, so that they only fill a queue.
type browserLink struct {
	ws    js.Value
	limit int64 // Of a message.

	secrets *text.Secrets
	room    int // For messages that were not read, in bytes.

	opened chan struct{}
	signal chan struct{} // Has a token when there is something to read.

	mu      sync.Mutex // guards what follows
	remove  []func()
	waiting []string
	bytes   int   // of waiting
	end     error // Why no more will come.
}

func (*Dialer) dial(ctx context.Context, r Request, o *Options) (Link, error) {
	t := &browserLink{
		limit: o.ReadLimit, secrets: r.Secrets, room: o.ReceiveQueueBytes,
		opened: make(chan struct{}), signal: make(chan struct{}, 1),
	}
	if err := t.open(r.URL.String(), r.Protocols); err != nil {
		return nil, &socket.TransportError{Op: "dial", Err: r.Secrets.Error(err)}
	}
	select {
	case <-t.opened:
		return t, nil
	case <-t.signal:
		// Nothing is read before the WebSocket is open, so that this is its end. The
		// browser gives the page no reason, not even a status.
		return nil, &socket.TransportError{Op: "dial", Err: errors.New("the browser could not connect")}
	case <-ctx.Done():
		t.Abort()
		return nil, &socket.TransportError{Op: "dial", Err: ctxerr.Of(ctx)}
	}
}

// open makes the WebSocket and listens to it.
func (t *browserLink) open(address string, protocols []string) error {
	class := js.Global().Get("WebSocket")
	if class.IsUndefined() {
		return errors.New("there is no WebSocket here")
	}
	list := make([]any, len(protocols))
	for i, p := range protocols {
		list[i] = p
	}
	if err := try(func() { t.ws = class.New(address, list) }); err != nil {
		return err
	}
	t.ws.Set("binaryType", "arraybuffer")
	t.on("open", func(js.Value) { close(t.opened) })
	t.on("message", func(e js.Value) { t.take(e.Get("data")) })
	t.on("close", func(e js.Value) { t.finish(t.closing(e)) })
	t.on("error", func(js.Value) {
		// It carries no reason; a "close" that does should follow. Some runtimes
		// leave that out when there never was a connection.
		select {
		case <-t.opened:
		default:
			t.finish(&socket.TransportError{Op: "dial", Err: net.ErrClosed})
		}
	})
	return nil
}

func (t *browserLink) on(event string, handle func(js.Value)) {
	f := js.FuncOf(func(_ js.Value, args []js.Value) any {
		handle(args[0])
		return nil
	})
	t.ws.Call("addEventListener", event, f)
	t.remove = append(t.remove, func() {
		t.ws.Call("removeEventListener", event, f)
		f.Release()
	})
}

// closing returns the error for a close event.
func (t *browserLink) closing(e js.Value) error {
	code := e.Get("code").Int()
	if code == codeAbnormal {
		return &socket.TransportError{Op: "read", Err: io.ErrUnexpectedEOF}
	}
	return &socket.CloseError{Code: code, Reason: t.secrets.Scrub(e.Get("reason").String())}
}

// take queues a message. A page cannot make its browser stop reading, so that a
// queue which stays full has to end the connection.
func (t *browserLink) take(data js.Value) {
	message := messageText(data)
	if t.limit > 0 && int64(len(message)) > t.limit {
		t.fail(&socket.TransportError{Op: "read", Err: socket.ErrTooLarge})
		return
	}
	t.mu.Lock()
	full := t.room > 0 && t.bytes > 0 && t.bytes+len(message) > t.room
	if !full {
		t.waiting = append(t.waiting, message)
		t.bytes += len(message)
	}
	t.mu.Unlock()
	if full {
		t.fail(socket.ErrReceiveQueueFull)
		return
	}
	t.wake()
}

// messageText copies a message out of JavaScript.
func messageText(data js.Value) string {
	if data.Type() == js.TypeString {
		return data.String()
	}
	b := make([]byte, data.Get("byteLength").Int())
	js.CopyBytesToGo(b, js.Global().Get("Uint8Array").New(data))
	return string(b)
}

// finish notes the end, once, and stops listening.
func (t *browserLink) finish(end error) {
	t.mu.Lock()
	remove := t.remove
	t.remove = nil
	if t.end == nil {
		t.end = end
	}
	t.mu.Unlock()
	for _, f := range remove {
		f()
	}
	t.wake()
}

// fail ends the connection for a reason of ours.
func (t *browserLink) fail(end error) {
	t.finish(end)
	// What the browser still sends to the peer is out of reach.
	_ = try(func() { t.ws.Call("close") })
}

func (t *browserLink) wake() {
	select {
	case t.signal <- struct{}{}:
	default:
	}
}

func (*browserLink) tries(int) bool { return false }

func (t *browserLink) try([]byte) (bool, error) { return false, nil }

func (t *browserLink) complete(frame []byte, deadline time.Time) error {
	return t.write(frame, deadline)
}

func (t *browserLink) nextReader() (io.Reader, error) {
	for {
		t.mu.Lock()
		if len(t.waiting) > 0 {
			message := t.waiting[0]
			t.waiting[0] = ""
			t.waiting = t.waiting[1:]
			t.bytes -= len(message)
			t.mu.Unlock()
			return strings.NewReader(message), nil
		}
		end := t.end
		t.mu.Unlock()
		if end != nil {
			return nil, end
		}
		<-t.signal
	}
}

// readError has nothing to translate: a message is whole when it is read.
func (*browserLink) readError(err error) error { return err }

func (t *browserLink) write(frame []byte, deadline time.Time) error {
	if err := t.drained(deadline); err != nil {
		return &socket.TransportError{Op: "write", Err: err}
	}
	if err := try(func() { t.ws.Call("send", string(frame[frameHead:])) }); err != nil {
		return &socket.TransportError{Op: "write", Err: err}
	}
	return nil
}

// drained waits until the browser has room.
func (t *browserLink) drained(deadline time.Time) error {
	for {
		if end := t.ended(); end != nil {
			return end
		}
		switch {
		case t.ws.Get("readyState").Int() != stateOpen:
			return net.ErrClosed
		case t.ws.Get("bufferedAmount").Int() < browserBuffer:
			return nil
		case !deadline.IsZero() && time.Now().After(deadline):
			return os.ErrDeadlineExceeded
		}
		_ = ctxerr.Sleep(context.Background(), bufferLook)
	}
}

func (t *browserLink) ended() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.end
}

// ping does nothing: pings are the browser's own, as are the answers.
func (t *browserLink) ping(time.Time) error { return nil }

func (t *browserLink) WriteClose(code int, reason string, _ time.Time) error {
	// The browser writes what it has buffered before the close frame.
	if err := try(func() { t.ws.Call("close", code, reason) }); err != nil {
		return &socket.TransportError{Op: "write", Err: err}
	}
	return nil
}

func (t *browserLink) Abort() {
	t.fail(&socket.TransportError{Op: "read", Err: net.ErrClosed})
}

// lastRead is always now: a page does not see its browser's pongs, and silence
// alone proves nothing. The browser ends a dead connection itself.
func (t *browserLink) lastRead() monotonic.Time { return monotonic.Now() }

// RequestID is unknown: a page does not see the headers of the answer.
func (t *browserLink) RequestID() string { return "" }

func (t *browserLink) Secrets() *text.Secrets { return t.secrets }

// try calls into JavaScript and returns what it throws.
func try(call func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case js.Error:
			err = errors.New(r.Get("message").String())
		case *js.ValueError:
			err = r
		default:
			panic(r) //nolint:forbidigo // It is no exception of the page, but a bug.
		}
	}()
	call()
	return nil
}

// platformSends reports whether a page may send a close code: the others are the
// browser's own.
func platformSends(code int) bool { return code == CodeNormal || code >= 3000 }
