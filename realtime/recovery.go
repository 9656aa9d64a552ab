package realtime

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/ctxerr"
)

// Reconnect asks for a lost session to be brought back. The server forgets a
// session with its connection, so a new one is given the settings and the
// conversation of the old; a call goes on at the server and is only rejoined.
// A [Reconnecting] and a [Reconnected] event in the session's own stream tell
// of it. Zero values are the defaults.
//
// What is accepted meanwhile is kept in order within Options.SendQueueBytes
// and written afterwards. Nothing is sent twice: an event whose write had
// begun when the connection broke is counted in Reconnected.Uncertain instead.
type Reconnect struct {
	// Attempts bounds the dials of one outage, default 5.
	Attempts int
	// InitialDelay, default 500 ms, doubles with each attempt up to MaxDelay,
	// default 8 s; each pause is shortened by up to a quarter at random.
	InitialDelay, MaxDelay time.Duration
	// RestoreTimeout bounds an attempt from dial to restored, default 30 s.
	RestoreTimeout time.Duration
	// MaxAge is the age at which a session of a model moves to a new
	// connection at the next quiet moment, before the server ends it at 60
	// minutes; default 55 minutes, negative never.
	MaxAge time.Duration
	// HistoryBytes bounds what is kept of the conversation to restore it,
	// default 8 MiB; the oldest items go first.
	HistoryBytes int
}

func (r *Reconnect) resolved() Reconnect {
	c := *r
	if c.Attempts <= 0 {
		c.Attempts = 5
	}
	c.InitialDelay = max(defaulted(c.InitialDelay, 500*time.Millisecond), 0)
	c.MaxDelay = defaulted(c.MaxDelay, 8*time.Second)
	c.RestoreTimeout = defaulted(c.RestoreTimeout, 30*time.Second)
	c.MaxAge = defaulted(c.MaxAge, 55*time.Minute)
	c.HistoryBytes = defaulted(c.HistoryBytes, 8<<20)
	return c
}

// Reconnecting is an event of this module: the connection is lost and will be
// dialed again after Delay. Its wire name is "realtime.reconnecting".
type Reconnecting struct {
	api.UnknownServerEvent

	// Attempt counts from 1 to the most that will be made.
	Attempt, MaxAttempts int
	Delay                time.Duration
	// Cause is why the connection, or the attempt before, ended.
	Cause error
}

// EventType is "realtime.reconnecting".
func (*Reconnecting) EventType() string { return "realtime.reconnecting" }

// Reconnected is an event of this module: the session goes on over a new
// connection. Its wire name is "realtime.reconnected". The new session's own
// session.created came before it.
type Reconnected struct {
	api.UnknownServerEvent

	// Attempts is how many dials it took, and Down how long.
	Attempts int
	Down     time.Duration
	// Cause is why the old connection ended; nil when it was left for its age.
	Cause error
	// Settings tells that the session's settings were sent again and accepted.
	Settings bool
	// Restored lists the conversation's items that the new session holds.
	Restored []string
	// Lost lists those that it does not, with the reason, and the outputs of
	// function calls that were waiting to be sent and have no call any more.
	Lost []LostItem
	// Interrupted lists the responses that were under way.
	Interrupted []string
	// UncommittedAudio is how many bytes of input audio the old session held
	// that no item had taken up.
	UncommittedAudio int
	// Uncertain counts events whose write failed halfway: they may or may not
	// have arrived. What the network had taken in whole counts as sent, though
	// a connection that breaks may lose its last moments too; for effects that
	// matter, use Request, which tells of an answer that never came.
	Uncertain int
}

// EventType is "realtime.reconnected".
func (*Reconnected) EventType() string { return "realtime.reconnected" }

// LostItem is a part of a conversation that a new session does not hold.
type LostItem struct {
	// ID is the item's id, or CallID that of an output that was not sent.
	ID, CallID string
	Reason     string
}

// ErrReplaced says that the connection was replaced before an answer came.
// What the request asked for may have happened in the old session.
var ErrReplaced = errors.New("realtime: the connection was replaced before the answer came")

// recovery brings a session back. Its memory of the conversation is fed by
// observe and sent.
type recovery struct {
	s     *Session
	route *route
	o     Reconnect

	mu     sync.Mutex
	past   history
	due    bool
	moving bool
	age    *time.Timer
	bye    *time.Timer
	ended  bool

	// Of the reader's goroutine alone.
	since    time.Time
	attempts int
}

func newRecovery(s *Session, r *route) *recovery {
	b := &recovery{s: s, route: r, o: *r.o.Reconnect, since: time.Now()}
	b.past.limit = b.o.HistoryBytes
	return b
}

func (b *recovery) isCall() bool { return b.route.target.kind() == kindCall }

// stableAfter is how long a connection must have lived for the next outage to
// have all its attempts: one that breaks at once is the same outage.
const stableAfter = 30 * time.Second

// recover runs on the reader's goroutine when a connection has ended.
func (b *recovery) recover(cause error) (transport, error) {
	moving := b.leaving()
	if !b.s.first.isCreated() || !moving && !worthRetry(cause) {
		return nil, cause
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if !b.s.cancelWith(cancel) {
		return nil, cause
	}
	if time.Since(b.since) > stableAfter {
		b.attempts = 0
	}
	begin := time.Now()
	report := &Reconnected{Cause: cause}
	if moving {
		report.Cause = nil
	}
	var left uint64
	report.Uncertain, left = b.s.out.detach()
	b.s.ask.interrupt(left, ErrReplaced)
	b.s.feed.interrupt(ErrReplaced)

	for last := cause; ; {
		b.attempts++
		if b.attempts > b.o.Attempts {
			return nil, last
		}
		t, err := b.try(ctx, moving && b.attempts == 1, last, left, report)
		if err == nil {
			report.Attempts, report.Down = b.attempts, time.Since(begin)
			return b.resume(t, report)
		}
		if ctx.Err() != nil || !worthRetry(err) {
			return nil, err
		}
		last = err
	}
}

// try makes one attempt, after its pause.
func (b *recovery) try(ctx context.Context, now bool, last error, left uint64, report *Reconnected) (transport, error) {
	delay := b.delay(b.attempts)
	if now {
		delay = 0
	}
	b.s.log.Info("realtime reconnecting", "attempt", b.attempts, "delay", delay, "cause", last)
	err := b.s.in.push(arrival[api.ServerEvent]{event: &Reconnecting{
		UnknownServerEvent: synthetic("realtime.reconnecting"),
		Attempt:            b.attempts, MaxAttempts: b.o.Attempts, Delay: delay, Cause: last,
	}})
	if err != nil {
		return nil, err
	}
	if refused, ok := errors.AsType[*HandshakeError](last); ok {
		delay = max(delay, min(refused.RetryAfter, time.Minute))
	}
	if err := wait(ctx, delay); err != nil {
		return nil, last
	}
	ctx, cancel := context.WithCancel(ctx)
	if b.o.RestoreTimeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, b.o.RestoreTimeout)
	}
	defer cancel()
	t, u, err := b.route.dial(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, t.abort)
	err = b.restore(ctx, t, left, report)
	if !stop() && err == nil {
		err = &TransportError{Op: "restore", Err: ctxerr.Of(ctx)}
	}
	if err != nil {
		t.abort()
		return nil, err
	}
	b.s.setConnection(u, t)
	return t, nil
}

// resume lets the session go on over t.
func (b *recovery) resume(t transport, report *Reconnected) (transport, error) {
	b.since = time.Now()
	report.UnknownServerEvent = synthetic("realtime.reconnected")
	if !b.isCall() {
		for _, call := range b.s.out.remove(b.hasCall) {
			report.Lost = append(report.Lost, LostItem{CallID: call, Reason: "its function call was not restored"})
		}
	}
	b.schedule()
	b.s.log.Info("realtime reconnected", "attempts", report.Attempts, "restored", len(report.Restored), "lost", len(report.Lost))
	if err := b.s.in.push(arrival[api.ServerEvent]{event: report}); err != nil {
		t.abort()
		return nil, err
	}
	b.s.use(t)
	b.s.out.attach(t)
	return t, nil
}

func (b *recovery) delay(attempt int) time.Duration {
	d := b.o.InitialDelay
	for range attempt - 1 {
		if d = 2 * d; d >= b.o.MaxDelay {
			break
		}
	}
	if b.o.MaxDelay > 0 {
		d = min(d, b.o.MaxDelay)
	}
	return d - time.Duration(rand.Float64()*float64(d)/4) //nolint:gosec // jitter, no secret
}

// worthRetry reports an end that another attempt may not meet.
func worthRetry(err error) bool {
	for _, fatal := range []error{ErrTooLarge, ErrReceiveQueueFull, ErrNoCredential} {
		if errors.Is(err, fatal) {
			return false
		}
	}
	if isCertificate(err) {
		return false
	}
	if e, ok := errors.AsType[*ServerError](err); ok {
		return e.IsServerError() || e.IsRateLimit()
	}
	if e, ok := errors.AsType[*CloseError](err); ok {
		switch e.Code {
		case 1001, 1005, 1006, 1011, 1012, 1013, 1014:
			return true
		default:
			return false
		}
	}
	if e, ok := errors.AsType[*HandshakeError](err); ok {
		return e.Temporary()
	}
	_, broken := errors.AsType[*TransportError](err)
	_, credential := errors.AsType[*CredentialError](err)
	return broken || credential || errors.Is(err, io.ErrUnexpectedEOF)
}

func synthetic(name string) api.UnknownServerEvent {
	return api.UnknownServerEvent{Type: name, Raw: []byte(`{"type":"` + name + `"}`)}
}

// cancelWith notes what ends a recovery, unless the session is being closed.
func (e *engine) cancelWith(cancel context.CancelFunc) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.cancel = cancel
	return e.local == nil
}

func (o *opening) isCreated() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.state == openCreated
}
