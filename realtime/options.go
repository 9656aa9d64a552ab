package realtime

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Overflow says what happens when events arrive and the receive queue is full.
type Overflow int

const (
	// OverflowBlock stops reading until there is room. Nothing is lost, but
	// the server's pings go unanswered meanwhile, so that it may hang up in
	// the end, which is not heard before somebody receives or a write fails.
	OverflowBlock Overflow = iota
	// OverflowDropOldest forgets the oldest event; [Session.Stats] counts them.
	OverflowDropOldest
	// OverflowFail ends the session with [ErrReceiveQueueFull].
	OverflowFail
)

// SendPolicy says what Send does when the send queue is full.
type SendPolicy int

const (
	// SendBlock waits for room, as long as the call's context allows.
	SendBlock SendPolicy = iota
	// SendFail returns [ErrSendQueueFull] at once.
	SendFail
)

// Options shape one session. The zero value is what a voice conversation
// wants; a negative bound switches that bound off.
type Options struct {
	// URL dials exactly this address instead of the client's. The target then
	// only tells what to expect of the server.
	URL string
	// Header is added to the handshake, under the rules of Config.Header.
	Header http.Header

	// SkipValidation sends events that the spec's bounds refuse, for servers
	// that have learnt more than this version of the module.
	SkipValidation bool
	// UntaggedRequests keeps [Session.Request] from marking a response.create
	// in its metadata. Answers are then told apart by order alone.
	UntaggedRequests bool

	// SendQueueBytes bounds what Send has accepted and the network has not
	// taken, default 16 MiB. One event may exceed it when nothing else waits.
	SendQueueBytes int
	// SendPolicy says what a full send queue does.
	SendPolicy SendPolicy
	// WriteTimeout bounds the write of one event, default 30 s. A write that
	// fails ends the connection.
	WriteTimeout time.Duration

	// ReceiveQueueEvents and ReceiveQueueBytes bound what has arrived and was
	// not received, default 8,192 events and 32 MiB.
	ReceiveQueueEvents, ReceiveQueueBytes int
	// Overflow says what a full receive queue does.
	Overflow Overflow
	// ReceiveStall is how long nobody may receive from a full queue with
	// [OverflowBlock] before what waits for an answer (Request, Respond, a
	// stream, Responses) fails with [ErrReceiveQueueFull]: the answer cannot
	// come, since it waits behind the queue. Default 30 s.
	ReceiveStall time.Duration
	// StreamBytes bounds what a [ResponseStream] gathers, default 64 MiB.
	StreamBytes int
	// ReadLimit bounds one message, default 64 MiB.
	ReadLimit int64

	// PingInterval is how long the peer may be silent before it is pinged,
	// default 15 s, and PingTimeout how long it may then stay so, default 10 s.
	PingInterval, PingTimeout time.Duration
	// CloseTimeout bounds Close, flush included, default 5 s.
	CloseTimeout time.Duration
	// Compression offers permessage-deflate. It costs far more time than it
	// saves on audio.
	Compression bool

	// CallWait is how long a [Call] target is tried again while the server
	// does not know the call yet (status 404), default 3 s.
	CallWait time.Duration

	// Reconnect, when set, brings a lost session back.
	Reconnect *Reconnect
	// Hooks, when set, are told of traffic for metrics.
	Hooks *Hooks
}

// Hooks are called as things happen, on the session's own goroutines: they
// must be fast and must not call the session. Nil funcs cost nothing.
type Hooks struct {
	// Sent is called after an event was written, with its wire size.
	Sent func(eventType string, bytes int)
	// Received is called for each event that arrived, with its wire size.
	Received func(eventType string, bytes int)
	// Malformed is called for each frame that was no event.
	Malformed func(bytes int)
	// Dropped is called for each event that a full receive queue forgot.
	Dropped func(eventType string)
	// Ping is called when an answer to our ping arrived.
	Ping func(roundTrip time.Duration)
	// Dialed is called after each attempt to connect.
	Dialed func(took time.Duration, err error)
	// Ended is called once, with what Session.Err will return.
	Ended func(err error)
}

// What sessions without options of their own share: an idle one must stay small.
var (
	noHooks    Hooks
	byDefaults = sync.OnceValue(func() *Options {
		o, _ := resolve(Options{})
		return o
	})
)

// resolved returns the options with every default applied, not to be changed. In
// the result zero means off.
func resolved(o *Options) (*Options, error) {
	if o == nil {
		return byDefaults(), nil
	}
	return resolve(*o)
}

func resolve(r Options) (*Options, error) {
	r.Header = r.Header.Clone()
	r.SendQueueBytes = defaulted(r.SendQueueBytes, 16<<20)
	r.WriteTimeout = defaulted(r.WriteTimeout, 30*time.Second)
	r.ReceiveQueueEvents = defaulted(r.ReceiveQueueEvents, 8192)
	r.ReceiveQueueBytes = defaulted(r.ReceiveQueueBytes, 32<<20)
	r.ReceiveStall = defaulted(r.ReceiveStall, 30*time.Second)
	r.StreamBytes = defaulted(r.StreamBytes, 64<<20)
	r.ReadLimit = defaulted(r.ReadLimit, 64<<20)
	r.PingInterval = defaulted(r.PingInterval, 15*time.Second)
	r.PingTimeout = defaulted(r.PingTimeout, 10*time.Second)
	r.CallWait = defaulted(r.CallWait, 3*time.Second)
	if r.CloseTimeout <= 0 {
		// An unbounded Close would break its promise, so there is no off.
		r.CloseTimeout = 5 * time.Second
	}
	if r.Reconnect != nil {
		rc := r.Reconnect.resolved()
		r.Reconnect = &rc
	}
	if r.Hooks == nil {
		r.Hooks = &noHooks
	}
	if r.Overflow < OverflowBlock || r.Overflow > OverflowFail {
		return nil, errors.New("realtime: unknown Options.Overflow")
	}
	if r.SendPolicy < SendBlock || r.SendPolicy > SendFail {
		return nil, errors.New("realtime: unknown Options.SendPolicy")
	}
	return &r, nil
}

// Format prints the options without header values and foreign query
// parameters.
func (o Options) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "realtime.Options{URL:%q, Header:%q}", redactRawURL(o.URL), headerNames(o.Header))
}

// MarshalJSON encodes what Format prints, as one string: a URL or a header
// may hold a secret.
func (o Options) MarshalJSON() ([]byte, error) { return jsonText(fmt.Sprint(o)) }
