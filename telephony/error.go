package telephony

import (
	"errors"

	"github.com/voicelane/realtime-go/telephony/internal/line"
)

// Reasons for the abnormal end of a line. [Line.Err] and Receive return them.
var (
	// ErrStalled: nothing came from the carrier for Options.Dead.
	ErrStalled = line.ErrStalled
	// ErrFlood: the carrier sent more messages than a call can have.
	ErrFlood = line.ErrFlood
	// ErrTooLarge: a message of the carrier was too large.
	ErrTooLarge = line.ErrTooLarge
	// ErrSlow: the carrier did not read what it was sent.
	ErrSlow = line.ErrSlow
	// ErrProtocol: the carrier broke the protocol of the connection.
	ErrProtocol = line.ErrProtocol
)

// Reasons for refusing a call. They are logged; the response has a status without a reason.
var (
	// ErrBusy: Options.MaxCalls are running.
	ErrBusy = errors.New("telephony: all lines are busy")
	// ErrDraining: Shutdown was called.
	ErrDraining = errors.New("telephony: shutting down")
	// ErrUnproven: the sender did not prove to be the carrier.
	ErrUnproven = errors.New("telephony: the request does not prove to be the carrier's")
	// ErrNoStart: a connection had no usable start within Options.StartTimeout.
	ErrNoStart = errors.New("telephony: the stream did not begin")
)
