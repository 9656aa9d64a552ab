package realtime

import (
	"context"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/socket"
)

// SendReceipt is Send with a receipt, which shows whether the event was written. An
// event that the server should answer is better sent with Request: a receipt ends at
// the network.
func (s *Session) SendReceipt(ctx context.Context, e api.ClientEvent) (Receipt, error) {
	r := Receipt{of: &s.conn}
	if err := s.accept(ctx, e, &r); err != nil {
		return Receipt{}, err
	}
	return r, nil
}

// TakeUnsent takes out the events that were accepted and of which nothing was written,
// and returns them in the order of acceptance; after the end, those that the end lost.
// Their fate is [socket.Unsent], a pending request of one of them fails with
// [socket.ErrTaken], and a reconnection does not bring them back. A program may decode
// them with [api.DecodeClientEvent] and send them elsewhere. While the session lives, the
// event that is being written stays, and later events are not concerned. An ended session
// keeps them in memory until they are taken.
func (s *Session) TakeUnsent() []socket.UnsentEvent {
	return s.conn.Out.Take(func(f link.Frame) bool {
		s.desk.withdraw(f.Seq, socket.ErrTaken)
		s.withdrawn(f.Seq)
		return true
	})
}

// SendReceipt is Send with a receipt, which shows whether the event was written.
func (s *TranslationSession) SendReceipt(ctx context.Context, e api.TranslationClientEvent) (Receipt, error) {
	if isNil(e) {
		return Receipt{}, errNilEvent
	}
	if s.finishing.Load() {
		return Receipt{}, socket.ErrClosed
	}
	r := Receipt{of: &s.conn}
	if err := s.accept(ctx, e, translationCall(e), &r); err != nil {
		return Receipt{}, err
	}
	return r, nil
}

// TakeUnsent takes out what was not written, as [Session.TakeUnsent] does. A
// session.close stays: it was promised to the server.
func (s *TranslationSession) TakeUnsent() []socket.UnsentEvent {
	return s.conn.Out.Take(func(f link.Frame) bool {
		if f.Kind == (*api.TranslationSessionClose)(nil).EventType() {
			return false
		}
		s.desk.withdraw(f.Seq, socket.ErrTaken)
		if s.back != nil {
			s.back.owed.Withdrawn(f.Seq)
		}
		return true
	})
}

// SendReceipt is Send with a receipt, which shows whether the message was written.
func (s *RawSession) SendReceipt(ctx context.Context, message []byte) (Receipt, error) {
	r := Receipt{of: &s.conn}
	if err := s.send(ctx, message, func(seq uint64) { r.seq = seq }); err != nil {
		return Receipt{}, err
	}
	return r, nil
}

// TakeUnsent takes out the messages that were not written, as [Session.TakeUnsent] does.
func (s *RawSession) TakeUnsent() []socket.UnsentEvent {
	return s.conn.Out.Take(func(link.Frame) bool { return true })
}
