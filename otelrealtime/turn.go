package otelrealtime

import (
	"context"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// turn is an exchange whose span is open. It stays open after its answer is complete,
// since that may be cut while it is played, until the next one is answered.
type turn struct {
	ctx      context.Context //nolint:containedctx // It holds the span of the turn.
	span     trace.Span
	items    map[string]bool // of its responses and of what the user said
	said     string          // with Options.Content
	answered bool
	cut      bool
	end      time.Time // when its last response ended; zero while one runs
}

// beginTurn begins a trace that is linked to the session's span.
func (s *Session) beginTurn(now time.Time) *turn {
	clear(s.answeredCalls)
	t := &turn{items: map[string]bool{}}
	t.ctx, t.span = s.t.tracer.Start(s.ctx, spanTurn, trace.WithNewRoot(), trace.WithTimestamp(now),
		trace.WithLinks(trace.LinkFromContext(s.ctx)),
		trace.WithAttributes(keyProvider.String(s.t.o.Provider), keyConversation.String(s.id)))
	return t
}

// speech notes that the user began to speak: another turn, unless the last one was not
// answered yet.
func (s *Session) speech(item string, now time.Time) {
	if s.turn == nil || s.turn.answered {
		s.endTurn(s.before, now)
		s.before, s.turn = s.turn, s.beginTurn(now)
	}
	s.turn.items[strings.Clone(item)] = true
}

// transcript notes what the user said, which may arrive when they speak again.
func (s *Session) transcript(item, text string) {
	t := s.turn
	if s.before != nil && s.before.items[item] && (t == nil || !t.items[item]) {
		t = s.before
	}
	if t == nil || !s.t.o.Content {
		return
	}
	if t.said != "" {
		t.said += "\n"
	}
	t.said += text
	s.text(t, keyUserText, t.said)
}

// answering returns the turn to which a response belongs that begins now.
func (s *Session) answering(now time.Time) *turn {
	s.endTurn(s.before, now)
	s.before = nil
	if s.turn != nil && !s.turn.end.IsZero() { // Asked for by the program, without speech.
		s.endTurn(s.turn, now)
		s.turn = nil
	}
	if s.turn == nil {
		s.turn = s.beginTurn(now)
	}
	s.turn.answered = true
	return s.turn
}

// cutItem notes that an item was cut at what was heard.
func (s *Session) cutItem(id string, now time.Time) {
	for _, t := range []*turn{s.before, s.turn} {
		if t != nil && t.items[id] {
			t.interrupt(now)
		}
	}
}

func (t *turn) interrupt(now time.Time) {
	if !t.cut {
		t.cut = true
		t.span.AddEvent(eventCut, trace.WithTimestamp(now))
	}
}

// endTurn ends the span of t when its last response ended. t may be nil.
func (s *Session) endTurn(t *turn, now time.Time) {
	if t == nil {
		return
	}
	if t.end.IsZero() {
		t.end = now
	}
	t.span.SetAttributes(keyCut.Bool(t.cut))
	t.span.End(trace.WithTimestamp(t.end))
	s.t.metrics.turns.Add(s.ctx, 1, s.modelLocked())
	if t.cut {
		s.t.metrics.interrupted.Add(s.ctx, 1, s.modelLocked())
	}
}

// text adds content to the span of a turn.
func (s *Session) text(t *turn, key attribute.Key, text string) {
	if s.t.o.Content && t != nil {
		t.span.SetAttributes(key.String(text))
	}
}
