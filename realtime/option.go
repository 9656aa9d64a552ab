package realtime

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/internal/address"
	"github.com/voicelane/realtime-go/internal/header"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/socket"
)

// Options are the settings of one session. The zero value suits a voice conversation;
// a negative bound switches that bound off.
type Options struct {
	// URL is dialed instead of the client's address, exactly as it is. The target then
	// only decides what Connect waits for.
	URL string
	// Header is added to the handshake, with the rules of Config.Header.
	Header http.Header
	// Query is added to the address of the handshake, and replaces what the base
	// address has of the same name. It cannot choose the target, and goes with no URL.
	Query url.Values

	// SkipValidation sends events that exceed the specification's bounds, for servers
	// that accept more than this version of the module knows.
	SkipValidation bool
	// UntaggedRequests keeps [Session.Request] from marking a response.create in its
	// metadata. Its answers are then matched by order alone.
	UntaggedRequests bool

	// SendQueueBytes bounds the events that Send has accepted and the network has not
	// taken, default 16 MiB. One event may exceed it when nothing else waits.
	SendQueueBytes int
	// SendPolicy is what Send does while the send queue is full.
	SendPolicy socket.SendPolicy
	// WriteTimeout bounds the write of one event, default 30 s. A failed write ends
	// the connection.
	WriteTimeout time.Duration

	// ReceiveQueueEvents and ReceiveQueueBytes bound the events that have arrived and
	// were not received, default 8,192 events and 32 MiB.
	ReceiveQueueEvents, ReceiveQueueBytes int
	// Overflow is what happens to events that arrive while the receive queue is
	// full.
	Overflow socket.Overflow
	// ReceiveStall is how long the receive queue may stay full with
	// [socket.OverflowBlock] before pending requests, streams and loops over Responses
	// fail with [socket.ErrReceiveQueueFull]: their answers are stuck behind the queue.
	// Default 30 s.
	ReceiveStall time.Duration
	// StreamBytes bounds one [ResponseStream], default 64 MiB.
	StreamBytes int
	// ReadLimit bounds one message, default 64 MiB. With Compression it counts the
	// message as it is after decompression.
	ReadLimit int64

	// PingInterval is how long the peer may be silent before it is pinged, default
	// 15 s, and PingTimeout how long it may then stay silent, default 10 s.
	PingInterval, PingTimeout time.Duration
	// CloseTimeout bounds Close, writing included; default 5 s, also when it is
	// negative, since Close is always bounded.
	CloseTimeout time.Duration
	// Compression offers permessage-deflate. It costs far more time than it
	// saves on audio.
	Compression bool

	// DialAttempts bounds the attempts to open the session, default 1. An attempt is
	// repeated when another may succeed: the network failed, or the server was busy or
	// broken, in the handshake or after it. The pauses are those of a [Reconnect] with
	// its defaults, or as long as the server asks for; the context bounds everything. A
	// [Tap] sees each attempt, and Ended after one that failed behind the handshake.
	DialAttempts int
	// CallWait is how long the dial to a [Call] is repeated while the server does not
	// know the call yet (status 404), default 3 s.
	CallWait time.Duration

	// Reconnect, when set, replaces a lost connection.
	Reconnect *Reconnect
	// Taps observe the session.
	Taps []*Tap
}

// options are Options with every default applied, and their form for the link.
// They are shared by sessions and never changed; zero means off.
type options struct {
	Options

	taps taps // nil without any
	link link.Options
}

// byDefaults is what sessions without options of their own share: an idle one must
// stay small.
var byDefaults = sync.OnceValue(func() *options {
	o, _ := resolve(Options{})
	return o
})

// resolved returns the options with every default applied.
func resolved(o *Options) (*options, error) {
	if o == nil {
		return byDefaults(), nil
	}
	return resolve(*o)
}

func resolve(o Options) (*options, error) {
	if o.Overflow < socket.OverflowBlock || o.Overflow > socket.OverflowFail {
		return nil, errors.New("realtime: unknown Options.Overflow")
	}
	if o.SendPolicy < socket.SendBlock || o.SendPolicy > socket.SendFail {
		return nil, errors.New("realtime: unknown Options.SendPolicy")
	}
	o.Header = o.Header.Clone()
	o.Query = url.Values(http.Header(o.Query).Clone())
	o.SendQueueBytes = defaulted(o.SendQueueBytes, 16<<20)
	o.WriteTimeout = defaulted(o.WriteTimeout, 30*time.Second)
	o.ReceiveQueueEvents = defaulted(o.ReceiveQueueEvents, 8192)
	o.ReceiveQueueBytes = defaulted(o.ReceiveQueueBytes, 32<<20)
	o.ReceiveStall = defaulted(o.ReceiveStall, 30*time.Second)
	o.StreamBytes = defaulted(o.StreamBytes, 64<<20)
	o.ReadLimit = defaulted(o.ReadLimit, 64<<20)
	o.PingInterval = defaulted(o.PingInterval, 15*time.Second)
	o.PingTimeout = defaulted(o.PingTimeout, 10*time.Second)
	o.CallWait = defaulted(o.CallWait, 3*time.Second)
	if o.CloseTimeout <= 0 {
		// Without a bound Close would break its promise, so that there is no off.
		o.CloseTimeout = 5 * time.Second
	}
	if o.Reconnect != nil {
		rc := o.Reconnect.resolved()
		o.Reconnect = &rc
	}
	all := &options{Options: o, taps: usable(o.Taps), link: forLink(&o)}
	all.link.Pong = all.taps.pong()
	return all, nil
}

// forLink returns the part of the options that the link needs.
func forLink(o *Options) link.Options {
	return link.Options{
		SendQueueBytes: o.SendQueueBytes, SendPolicy: o.SendPolicy, WriteTimeout: o.WriteTimeout,
		ReceiveQueueEvents: o.ReceiveQueueEvents, ReceiveQueueBytes: o.ReceiveQueueBytes,
		Overflow: o.Overflow, ReceiveStall: o.ReceiveStall, ReadLimit: o.ReadLimit,
		PingInterval: o.PingInterval, PingTimeout: o.PingTimeout, CloseTimeout: o.CloseTimeout,
		Compression: o.Compression,
	}
}

// Format prints the options without header values and foreign query
// parameters.
func (o Options) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "realtime.Options{URL:%q, Header:%q}", address.RedactText(o.URL), header.Names(o.Header))
}

// LogValue returns what Format prints.
func (o Options) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(o)) }

// MarshalJSON encodes what Format prints, as one string: a URL or a header may hold a
// secret.
func (o Options) MarshalJSON() ([]byte, error) { return jsonText(fmt.Sprint(o)) }
