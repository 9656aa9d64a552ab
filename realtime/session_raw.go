package realtime

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"log/slog"
	"net/url"

	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/internal/eventloop"
	"github.com/voicelane/realtime-go/internal/headroom"
	"github.com/voicelane/realtime-go/internal/link"
)

// RawSession is a connection that carries messages as bytes, for a protocol or a
// proxy that this module does not know. It adds no event_id, matches no answers and
// restores nothing; dialing, credentials, queues, keepalive, closing and taps are
// those of a [Session]. Any number of goroutines may send, one receives, and Close
// may be called from anywhere.
type RawSession struct {
	connection

	in link.Inbox[[]byte]
}

// ConnectRaw opens a raw session. It returns when the WebSocket is open, so that a
// refusal of the key or the model arrives as a message. A refusal in the handshake is
// an [*APIError]. The context bounds connecting only. Reconnection is not available.
func (c *Client) ConnectRaw(ctx context.Context, target Target, opts *Options) (*RawSession, error) {
	o, err := resolved(opts)
	if err != nil {
		return nil, err
	}
	if o.Reconnect != nil {
		return nil, errors.New("realtime: a raw session cannot be restored")
	}
	r, err := c.set.route(target, o)
	if err != nil {
		return nil, err
	}
	return opened(ctx, r, func(l link.Link, u *url.URL) (*RawSession, error) {
		s := newRaw(o, r.log)
		s.moved(u, l)
		s.conn.Start(l)
		return s, nil
	})
}

func newRaw(o *options, log *slog.Logger) *RawSession {
	s := &RawSession{}
	s.init(o, log, (*rawOwner)(s), &s.in, o.taps.watcher())
	s.in.Init(&o.link, s.conn.Quit())
	s.in.Dropped = func([]byte) { s.o.taps.dropped("") }
	return s
}

// rawOwner is the RawSession as its connection sees it.
type rawOwner RawSession

// Take queues one message.
func (s *rawOwner) Take(data []byte) error {
	s.o.taps.received(nil, nil, data)
	headroom.Reserve()
	return s.in.Push(link.Arrival[[]byte]{Event: bytes.Clone(data), Size: len(data)})
}

// Redial refuses: nothing is known of what a new connection would need.
func (*rawOwner) Redial(err error) (link.Link, error) { return nil, err }

// Identify knows no ids.
func (*rawOwner) Identify([]byte) string { return "" }

// Over ends the receiver.
func (s *rawOwner) Over(end *link.Ending) {
	s.over(end)
	s.in.Close(end.Received)
}

// Send accepts a message, which is sent as one text frame, and returns; it is
// written by then or soon after, in the order of acceptance. The context bounds the
// wait for room in the send queue. The bytes are the caller's again when it returns.
// The errors are those of [Session.Send].
func (s *RawSession) Send(ctx context.Context, message []byte) error {
	return s.send(ctx, message, nil)
}

func (s *RawSession) send(ctx context.Context, message []byte, hook func(seq uint64)) error {
	if ctx.Err() != nil {
		return ctxerr.Of(ctx)
	}
	buf := link.GetFrame()
	*buf = append(*buf, message...)
	err := s.conn.Out.Put(ctx, link.Frame{Buf: buf}, hook)
	if err != nil {
		link.PutFrame(buf)
	}
	return err
}

// Recv waits for the next message, as [Session.Recv] does for events. The bytes are
// the caller's.
func (s *RawSession) Recv(ctx context.Context) ([]byte, error) { return s.in.Pop(ctx) }

// Messages is Recv as a loop, as [Session.Events] is.
func (s *RawSession) Messages(ctx context.Context) iter.Seq2[[]byte, error] {
	return eventloop.Of(ctx, s.Recv)
}
