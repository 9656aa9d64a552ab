package fleet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
)

// offerWithin bounds Offer: the service repeats a webhook that is not answered.
const offerWithin = 2 * time.Second

// maxID is the largest id of a call in bytes. It is part of subjects, and an escaped byte is
// three; the server closes the connection of a line above 4 KiB.
const maxID = 1000

// codeNotKept is the error for a message that a stream has no room for: its subject has one,
// or the stream has all the bytes or messages it may have. The library has no name for it.
const codeNotKept jetstream.ErrorCode = 10077

// subjectFull reports whether a message was refused since its subject has one. Only the text
// tells that from a stream that is full.
func subjectFull(err error) bool {
	e, ok := errors.AsType[*jetstream.APIError](err)
	return ok && e.ErrorCode == codeNotKept && strings.Contains(e.Description, "per subject")
}

// Offer stores a call for the workers. It fits [calls.HandlerConfig].Call: it returns nil
// once the servers have stored the call, or had it before, and an error otherwise, so that
// the service delivers the webhook again. It blocks for two seconds at most. A call may be
// offered any number of times; it is handled once. An id that is empty, longer than 1,000
// bytes, not UTF-8, "." or ".." is an error that matches [calls.ErrNoCallID], [ErrTooLarge] or
// [ErrCallID].
func (f *Fleet) Offer(in *api.RealtimeCallIncoming) error {
	if in == nil {
		return calls.ErrNoCallID
	}
	if err := checkID(in.Data.CallID); err != nil {
		return err
	}
	body, err := in.MarshalJSON()
	if err != nil {
		return fmt.Errorf("fleet: offer: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), offerWithin)
	defer cancel()
	id := in.Data.CallID
	for {
		_, err := f.js.Publish(ctx, f.names.subject(id), body,
			jetstream.WithMsgID(id), jetstream.WithExpectStream(f.names.stream(f.names.shard(id))))
		switch {
		case err == nil, subjectFull(err):
			return nil
		case refused(err), !sleep(ctx, again):
			return fmt.Errorf("fleet: the call was not stored: %w", err)
		}
	}
}

// refused reports whether the servers have answered and a repetition would not help.
func refused(err error) bool {
	var e *jetstream.APIError
	return errors.As(err, &e) && e.Code < 500
}

// checkID returns an error for an id with which nothing can be done. Any other is escaped in
// subjects, keys and URLs.
func checkID(id string) error {
	switch {
	case id == "":
		return calls.ErrNoCallID
	case len(id) > maxID:
		// The server would close the connection, on which all calls depend.
		return fmt.Errorf("%w: the id of the call has %d bytes, at most %d are allowed", ErrTooLarge, len(id), maxID)
	case id == ".", id == "..", !utf8.ValidString(id):
		return fmt.Errorf("%w: %q", ErrCallID, id)
	}
	return nil
}
