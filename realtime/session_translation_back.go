package realtime

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/link"
	"github.com/voicelane/realtime-go/internal/mirror"
	"github.com/voicelane/realtime-go/internal/outage"
	"github.com/voicelane/realtime-go/internal/restore"
	"github.com/voicelane/realtime-go/socket"
)

// TranslationReconnecting is [Reconnecting] for a translation session.
type TranslationReconnecting struct {
	api.UnknownTranslationServerEvent

	// Attempt counts from 1 to MaxAttempts.
	Attempt, MaxAttempts int
	Delay                time.Duration
	// Cause is why the connection or the attempt before it ended.
	Cause error
}

// EventType is "realtime.reconnecting".
func (*TranslationReconnecting) EventType() string { return "realtime.reconnecting" }

// TranslationReconnected is an event of this module: the translation continues over a new
// connection. Its name is "realtime.reconnected". The session.created of the new
// connection comes before it.
type TranslationReconnected struct {
	api.UnknownTranslationServerEvent

	// Attempts is the number of dials, and Down the time that it took.
	Attempts int
	Down     time.Duration
	// Cause is why the old connection ended.
	Cause error
	// Settings is set when the settings of the old connection were sent again and accepted.
	// Updates that it had not answered were sent after them, each by itself.
	Settings bool
	// Untranslated is how much audio is lost: what the old connection took, from the time
	// to which its output had come, by elapsed_ms. Without that member it is all of the
	// audio of that connection.
	Untranslated time.Duration
	// AudioSent is the input audio in bytes that all connections before this one took.
	AudioSent int64
	// Uncertain names the events whose write failed: they may or may not have arrived.
	Uncertain []socket.Outgoing
}

// EventType is "realtime.reconnected".
func (*TranslationReconnected) EventType() string { return "realtime.reconnected" }

func syntheticTranslation(name string) api.UnknownTranslationServerEvent {
	s := synthetic(name)
	return api.UnknownTranslationServerEvent{Type: s.Type, Raw: s.Raw}
}

// translationRecovery replaces the link of a translation. A translation has no items: a
// new link needs the settings, and the audio of the old one is lost.
type translationRecovery struct {
	s      *TranslationSession
	route  *route
	o      Reconnect
	values context.Context //nolint:containedctx // What Connect's context holds, for Credentials; it never ends.

	audio atomic.Int64 // bytes of audio that were written

	owed mirror.Translation

	// The reader's own.
	outage *outage.Outage
	began  int64 // audio before the current link
}

func newTranslationRecovery(ctx context.Context, s *TranslationSession, r *route) *translationRecovery {
	b := &translationRecovery{s: s, route: r, o: *r.o.Reconnect, values: context.WithoutCancel(ctx)}
	b.outage = newOutage(r)
	return b
}

// untranslated returns how much audio of the current link has not come out.
func (b *translationRecovery) untranslated() time.Duration {
	took := time.Duration(b.audio.Load()-b.began) * time.Second / RatePCM
	return max(took-b.owed.Elapsed, 0)
}

// recover returns a new link after one has ended with cause, or the error to end with. It
// runs on the reader's goroutine.
func (b *translationRecovery) recover(cause error) (link.Link, error) {
	if !b.s.first.IsReady() || b.s.finishing.Load() || !worthRetry(cause) {
		return nil, cause
	}
	ctx, cancel := context.WithCancel(b.values)
	defer cancel()
	if !b.s.conn.Cancelable(cancel) {
		return nil, cause
	}
	begin := time.Now()
	uncertain, last := b.s.conn.Out.Detach() // It waits for the write under way, which counts.
	o := &retranslated{b: b, last: last, report: &TranslationReconnected{
		UnknownTranslationServerEvent: syntheticTranslation("realtime.reconnected"), Cause: cause, Untranslated: b.untranslated(),
	}}
	for _, lost := range uncertain {
		if lost.Type != (*api.TranslationSessionUpdate)(nil).EventType() { // That is answered, or sent again.
			o.report.Uncertain = append(o.report.Uncertain, lost)
		}
	}
	b.route.renewed = false
	if b.owed.Changed {
		o.settings = b.s.last.Load()
	}
	l, err := b.outage.Replace(ctx, cause, false, o)
	if err != nil {
		return nil, err
	}
	b.began, b.owed.Elapsed = b.audio.Load(), 0
	o.report.Attempts, o.report.Down, o.report.AudioSent = b.outage.Attempts(), time.Since(begin), b.began
	b.s.log.Info("realtime reconnected", "attempts", o.report.Attempts, "untranslated", o.report.Untranslated)
	if err := b.s.tell(o.report); err != nil {
		l.Abort()
		return nil, err
	}
	if !b.s.conn.Resume(l) {
		l.Abort()
		return nil, socket.ErrClosed
	}
	return l, nil
}

// retranslated is one outage of a translation.
type retranslated struct {
	b        *translationRecovery
	last     uint64                  // the place of the last event that the old link took
	settings *api.TranslationSession // to restore; nil when they were never changed
	report   *TranslationReconnected
}

func (o *retranslated) Announce(attempt int, delay time.Duration, why error) error {
	o.b.s.log.Info("realtime reconnecting", "attempt", attempt, "delay", delay, "cause", why)
	return o.b.s.tell(&TranslationReconnecting{
		UnknownTranslationServerEvent: syntheticTranslation("realtime.reconnecting"),
		Attempt:                       attempt, MaxAttempts: o.b.o.Attempts, Delay: delay, Cause: why,
	})
}

func (o *retranslated) Establish(ctx context.Context) (link.Link, error) {
	l, u, err := o.b.route.dial(ctx)
	if err != nil {
		return nil, err
	}
	if err := outage.Restore(ctx, l, func() error { return o.restore(ctx, l) }); err != nil {
		return nil, err
	}
	o.b.s.moved(u, l)
	return l, nil
}

// restore gives a new link the settings, and then the updates without an answer.
func (o *retranslated) restore(ctx context.Context, l link.Link) error {
	s := o.b.s
	r := &restore.Translation{
		Link: l, Out: s.conn.Side(l), Settings: o.settings, Updates: func() [][]byte { return o.b.owed.Unanswered(o.last) },
		Take: (*translationOwner)(s).Take,
		Show: func(e api.TranslationServerEvent, data []byte) error {
			s.note(e, data)
			return s.deliver(e, len(data))
		},
		Refusal: func(e *api.ErrorEvent) error { return NewServerError(e) },
	}
	defer func() { _ = r.Out.Abandon(ErrReplaced) }()
	err := r.Run(ctx)
	o.report.Settings = r.Accepted
	return err
}
