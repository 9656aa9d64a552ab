package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
)

// offerWithin bounds Offer: the service repeats a webhook that is not answered.
const offerWithin = 2 * time.Second

// codeSubjectFull is the error for a second message of a subject that may have one. The
// library has no name for it.
const codeSubjectFull jetstream.ErrorCode = 10077

// Offer stores a call for the workers. It fits [calls.HandlerConfig].Call: it returns nil
// once the servers have stored the call, or had it before, and an error otherwise, so that
// the service delivers the webhook again. It blocks for two seconds at most. A call may be
// offered any number of times; it is handled once.
func (f *Fleet) Offer(in *api.RealtimeCallIncoming) error {
	if in == nil || in.Data.CallID == "" {
		return calls.ErrNoCallID
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
		case err == nil, hasCode(err, codeSubjectFull):
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
