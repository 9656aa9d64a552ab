package realtime

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/failure"
	"github.com/voicelane/realtime-go/internal/link"
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

	mu      sync.Mutex          // a leaf; guards what follows
	updates []translationUpdate // sent and not answered

	// The reader's own.
	outage  *outage.Outage
	changed bool  // the server has accepted an update
	began   int64 // audio before the current link
	elapsed time.Duration
}

// translationUpdate is a session.update that was not answered yet.
type translationUpdate struct {
	id      string
	seq     uint64
	message []byte
}

func newTranslationRecovery(ctx context.Context, s *TranslationSession, r *route) *translationRecovery {
	b := &translationRecovery{s: s, route: r, o: *r.o.Reconnect, values: context.WithoutCancel(ctx)}
	b.outage = newOutage(r)
	return b
}

// sent notes an update. It runs under Outbox.mu.
func (b *translationRecovery) sent(id string, seq uint64, e api.TranslationClientEvent, message []byte) {
	if _, ok := e.(*api.TranslationSessionUpdate); ok {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.updates = append(b.updates, translationUpdate{id, seq, bytes.Clone(message)})
	}
}

// withdrawn forgets an update that has left the send queue unwritten.
func (b *translationRecovery) withdrawn(seq uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.updates = slices.DeleteFunc(b.updates, func(u translationUpdate) bool { return u.seq == seq })
}

// observe notes what an event changes.
func (b *translationRecovery) observe(e api.TranslationServerEvent) {
	switch e := e.(type) {
	case *api.TranslationSessionUpdated:
		b.mu.Lock()
		defer b.mu.Unlock()
		b.changed = true
		if len(b.updates) > 0 {
			b.updates = b.updates[1:]
		}
	case *api.ErrorEvent:
		id := orEmpty(e.Error.EventID)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.updates = slices.DeleteFunc(b.updates, func(u translationUpdate) bool { return id != "" && u.id == id })
	case *api.TranslationOutputAudioDelta:
		b.reached(e.ElapsedMS)
	case *api.TranslationOutputTranscriptDelta:
		b.reached(e.ElapsedMS)
	default:
	}
}

// reached notes the time to which the output has come.
func (b *translationRecovery) reached(elapsed api.Nullable[int]) {
	ms, _ := elapsed.Get()
	b.elapsed = max(b.elapsed, time.Duration(ms)*time.Millisecond)
}

// untranslated returns how much audio of the current link has not come out.
func (b *translationRecovery) untranslated() time.Duration {
	took := time.Duration(b.audio.Load()-b.began) * time.Second / RatePCM
	return max(took-b.elapsed, 0)
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
	o := &retranslated{b: b, report: &TranslationReconnected{
		UnknownTranslationServerEvent: syntheticTranslation("realtime.reconnected"), Cause: cause, Untranslated: b.untranslated(),
	}}
	uncertain, last := b.s.conn.Out.Detach()
	o.last = last
	for _, lost := range uncertain {
		if lost.Type != (*api.TranslationSessionUpdate)(nil).EventType() { // That is answered, or sent again.
			o.report.Uncertain = append(o.report.Uncertain, lost)
		}
	}
	b.route.renewed = false
	if b.changed {
		o.settings = b.s.last.Load()
	}
	l, err := b.outage.Replace(ctx, cause, false, o)
	if err != nil {
		return nil, err
	}
	b.began, b.elapsed = b.audio.Load(), 0
	o.report.Attempts, o.report.Down, o.report.AudioSent = b.outage.Attempts(), time.Since(begin), b.began
	b.s.log.Info("realtime reconnected", "attempts", o.report.Attempts, "untranslated", o.report.Untranslated)
	if err := b.s.deliver(o.report, 0); err != nil {
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
	return o.b.s.deliver(&TranslationReconnecting{
		UnknownTranslationServerEvent: syntheticTranslation("realtime.reconnecting"),
		Attempt:                       attempt, MaxAttempts: o.b.o.Attempts, Delay: delay, Cause: why,
	}, 0)
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
	out := o.b.s.conn.Side(l)
	defer func() { _ = out.Abandon(ErrReplaced) }()
	put := func(message []byte) error {
		buf := link.GetFrame()
		*buf = append(*buf, message...)
		return out.Put(ctx, link.Frame{Buf: buf, Kind: "session.update"}, nil)
	}
	if err := o.await(l, true, func(e api.TranslationServerEvent) bool {
		_, created := e.(*api.TranslationSessionCreated)
		return created
	}); err != nil {
		return err
	}
	if o.settings != nil {
		message, err := changeTo(o.settings).AppendJSON(nil)
		if err != nil {
			return fmt.Errorf("realtime: restore: %w", err)
		}
		if err := put(message); err != nil {
			return err
		}
		if err := o.await(l, false, o.confirms); err != nil {
			return err
		}
	}
	o.b.mu.Lock()
	updates := slices.Clone(o.b.updates)
	o.b.mu.Unlock()
	for _, u := range updates {
		if u.seq > o.last {
			break // It is in the queue.
		}
		if err := put(u.message); err != nil {
			return err
		}
	}
	select {
	case <-out.Settled():
		return nil
	case <-ctx.Done():
		return &socket.TransportError{Op: "restore", Err: context.Cause(ctx)}
	}
}

// confirms reports whether an event answers the settings that were sent again.
func (o *retranslated) confirms(e api.TranslationServerEvent) bool {
	switch e := e.(type) {
	case *api.TranslationSessionUpdated:
		o.report.Settings = true
		return true
	case *api.ErrorEvent:
		return orEmpty(e.Error.EventID) == restore.SettingsID
	default:
		return false
	}
}

// await reads until an event that is meant. That one is shown to the receiver and answers
// no request. Instead of a greeting an error refuses the new link.
func (o *retranslated) await(l link.Link, greeting bool, meant func(api.TranslationServerEvent) bool) error {
	for found := false; !found; {
		err := link.Read(l, func(data []byte) error {
			e, err := api.DecodeTranslationServerEvent(data)
			if err == nil {
				if clean, repeated := failure.Clean(e, data, l.Secrets()); repeated {
					data = clean
					e, err = api.DecodeTranslationServerEvent(data)
				}
			}
			if err != nil {
				return (*translationOwner)(o.b.s).Take(data)
			}
			if found = meant(e); found {
				o.b.s.note(e, data)
				return o.b.s.deliver(e, len(data))
			}
			if refusal, ok := e.(*api.ErrorEvent); ok && greeting {
				return NewServerError(refusal)
			}
			return (*translationOwner)(o.b.s).Take(data)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// changeTo returns the update that gives a new session the settings of an old one.
func changeTo(s *api.TranslationSession) *api.TranslationSessionUpdate {
	audio := &api.TranslationAudio{}
	if in := s.Audio.Input; in != nil {
		audio.Input = &api.TranslationAudioInput{Transcription: in.Transcription, NoiseReduction: in.NoiseReduction}
	}
	if out := s.Audio.Output; out != nil {
		audio.Output = &api.TranslationAudioOutput{Language: out.Language}
	}
	return &api.TranslationSessionUpdate{
		EventID: new(restore.SettingsID), Session: api.TranslationSessionChange{Audio: audio},
	}
}
