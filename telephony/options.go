package telephony

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

// Options are the settings that all carriers have. Call is required; the zero value of
// every other field is a default.
type Options struct {
	// Call is called with each call once its sound begins, on a goroutine of its own. The
	// call ends when it returns: return after the conversation. Its context ends when
	// the context of Shutdown ends, not with the line. An error is logged.
	Call func(ctx context.Context, l *Line) error
	// Incoming, if not nil, is called for each call that the carrier announces by its
	// webhook. The parameters that it returns are those of Line.Info. An error rejects the
	// call, which the caller hears as busy; it is logged.
	Incoming func(ctx context.Context, in *Incoming) (parameters map[string]string, err error)

	// MaxCalls is how many calls may run at a time; further ones are answered as busy.
	// Default 1,000; negative: no bound.
	MaxCalls int
	// MarkEvery is the length of sound between marks, on carriers that have them. Default
	// 100 ms. While the carrier has little sound in store, each 20 ms have a mark.
	MarkEvery time.Duration
	// Jitter is by how much the network may hold up sound on its way to the carrier without
	// making [Line.Played] too large. Default 100 ms.
	Jitter time.Duration
	// StartTimeout bounds the time from a connection to the start of its stream. Default
	// 10 s.
	StartTimeout time.Duration
	// Stall is how long no sound comes before silence takes its place, so that the end of a
	// turn is found. Default 400 ms.
	Stall time.Duration
	// Dead is how long nothing comes before the line ends with [ErrStalled]. Default 30 s.
	Dead time.Duration
	// WriteTimeout is how long a carrier may not read before the line ends with [ErrSlow].
	// Default 10 s.
	WriteTimeout time.Duration
	// TokenKey makes the tokens that bind a stream to its call. Give all processes behind
	// one address the same 32 bytes. Default: random.
	TokenKey []byte
	// Client sends requests to the carrier's REST API. Default: one with a timeout of 10 s.
	Client *http.Client
	// Log gets a record for each call that was refused or failed, without its content.
	// Default: none.
	Log *slog.Logger
}

// Incoming is a call that a carrier announces.
type Incoming struct {
	Carrier, CallID, From, To string
	// Form holds all parameters of the webhook, as they came.
	Form url.Values
}

// Resolved returns the options with their defaults. It is for the packages of carriers.
func (o Options) Resolved() (Options, error) {
	if o.Call == nil {
		return o, errors.New("telephony: Options.Call is nil: set it to what handles a call")
	}
	if len(o.TokenKey) > 0 && len(o.TokenKey) < 32 {
		return o, errors.New("telephony: Options.TokenKey is shorter than 32 bytes")
	}
	if o.MaxCalls == 0 {
		o.MaxCalls = 1000
	}
	o.MarkEvery = positive(o.MarkEvery, 100*time.Millisecond)
	o.Jitter = positive(o.Jitter, 100*time.Millisecond)
	o.StartTimeout = positive(o.StartTimeout, 10*time.Second)
	o.Stall = positive(o.Stall, 400*time.Millisecond)
	o.Dead = positive(o.Dead, 30*time.Second)
	o.WriteTimeout = positive(o.WriteTimeout, 10*time.Second)
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 10 * time.Second}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o, nil
}

func positive(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}
