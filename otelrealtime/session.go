package otelrealtime

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/socket"
	"github.com/voicelane/realtime-go/usage"
	"github.com/voicelane/realtime-go/voice"
)

// Session observes one session. All methods may be called from any goroutine.
type Session struct {
	t       *Telemetry
	ctx     context.Context //nolint:containedctx // It holds the session's span, not a deadline.
	span    trace.Span
	began   time.Time
	meter   *usage.Meter
	counted func(e realtime.Event, malformed error, message []byte)
	// waits is how many responses have no sound and no text yet: while there are none, a
	// run of sound and a piece of text cost one atomic load.
	waits atomic.Int32

	mu     sync.Mutex // guards what follows
	id     string
	model  string
	before *turn // the turn before, until the next one is answered
	turn   *turn
	open   map[string]*response // by id; nil after the end
	tools  map[string]*tool     // by the id of the call; nil after the end
	asked  map[string]*response // for an approval that was not refused, by the id of the request, until the call runs
	// answeredCalls are calls whose output was sent: some servers announce a call again.
	answeredCalls map[string]bool
	said          time.Time // when the user stopped to speak; zero once it was answered
}

// Tap returns the observer for Options.Taps of the session.
func (s *Session) Tap() *realtime.Tap {
	return &realtime.Tap{
		Received: s.received,
		Audio:    s.audio,
		Sending:  s.sending,
		Sent:     s.sent,
		Dropped: func(eventType string) {
			s.t.metrics.dropped.Add(s.ctx, 1, metric.WithAttributes(keyEventType.String(eventType)))
		},
		Pong:   func(d time.Duration) { s.t.metrics.roundTrip.Record(s.ctx, d.Seconds()) },
		Dialed: s.dialed,
		Ended:  s.ended,
	}
}

// Watch adds the queues of the session to the metrics of queues until it ends. It returns
// at once.
func (s *Session) Watch(rt *realtime.Session) {
	s.t.metrics.watch(rt)
	context.AfterFunc(rt.Context(), func() { s.t.metrics.unwatch(rt) })
}

// Turn counts what the listener noticed of a turn: how long the user waited for the first
// sound that was heard, and what was not heard of an answer that was cut. Pass each turn of
// [voice.Bridge.Turns], or the [voice.Turn] in each turn of an agent.
func (s *Session) Turn(t *voice.Turn) {
	if t.FirstHeard > 0 {
		s.t.metrics.firstHeard.Record(s.ctx, t.FirstHeard.Seconds(), s.byModel())
	}
	var unheard time.Duration
	sounded := false
	for _, u := range t.Utterances {
		for _, h := range u.Heard {
			sounded = true
			unheard += h.Received - h.Sound
		}
	}
	if t.Cut && sounded {
		s.t.metrics.unheard.Record(s.ctx, max(unheard, 0).Seconds(), s.byModel())
	}
}

func (s *Session) byModel() metric.MeasurementOption {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.modelLocked()
}

func (s *Session) modelLocked() metric.MeasurementOption {
	return metric.WithAttributes(keyProvider.String(s.t.o.Provider), keyRequestModel.String(s.model))
}

// dialed counts an attempt to connect.
func (s *Session) dialed(took time.Duration, err error) {
	if err == nil {
		s.t.metrics.dial.Record(s.ctx, took.Seconds())
		return
	}
	s.t.metrics.dial.Record(s.ctx, took.Seconds(), errorType(typeOf(err)))
}

// sent counts events that were not written.
func (s *Session) sent(eventType string, _ int, fate socket.Fate) {
	if fate == socket.Written {
		return
	}
	s.t.metrics.unwritten.Add(s.ctx, 1, metric.WithAttributes(keyEventType.String(eventType), keyFate.String(fate.String())))
}

// ended ends all spans.
func (s *Session) ended(err error) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.tools {
		c.span.SetStatus(codes.Error, "the session ended")
		c.span.End()
	}
	for _, r := range s.open {
		r.span.SetStatus(codes.Error, "the session ended")
		r.span.End()
	}
	s.tools, s.asked, s.open = nil, nil, nil
	s.endTurn(s.before, now)
	s.endTurn(s.turn, now)
	s.before, s.turn = nil, nil
	s.waits.Store(0)
	s.t.metrics.duration.Record(s.ctx, now.Sub(s.began).Seconds(), s.modelLocked())
	s.t.metrics.sessions.Add(s.ctx, -1)
	if err != nil && !errors.Is(err, io.EOF) {
		name := typeOf(err)
		s.t.metrics.errors.Add(s.ctx, 1, errorType(name))
		s.span.SetStatus(codes.Error, name)
	}
	s.span.End()
}

// typeOf names the kind of an error without its text, which may repeat what a peer said.
func typeOf(err error) string {
	if e, ok := errors.AsType[*realtime.ServerError](err); ok && e.Code() != "" {
		return e.Code()
	}
	if e, ok := errors.AsType[*realtime.APIError](err); ok {
		return "http_" + strconv.Itoa(e.Status)
	}
	if e, ok := errors.AsType[*socket.CloseError](err); ok {
		return "close_" + strconv.Itoa(e.Code)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "canceled"
	}
	if _, ok := errors.AsType[*usage.BudgetError](err); ok {
		return "budget"
	}
	if _, ok := errors.AsType[*socket.TransportError](err); ok {
		return "transport"
	}
	return "_OTHER"
}

// entry counts what was used, and what that costs.
func (s *Session) entry(e usage.Entry) {
	if e.Err != nil {
		s.t.metrics.errors.Add(s.ctx, 1, errorType("no_price"))
	}
	base := []attribute.KeyValue{keyProvider.String(s.t.o.Provider), keyRequestModel.String(e.Model), keyOperation.String(operationOf(e))}
	c := e.Count
	for _, part := range [...]struct {
		name, kind string
		cached     bool
		tokens     int64
		cost       usage.Money
	}{
		{"input", "text", false, c.Input.Text - c.Cached.Text, e.Cost.Input.Text},
		{"input", "audio", false, c.Input.Audio - c.Cached.Audio, e.Cost.Input.Audio},
		{"input", "image", false, c.Input.Image - c.Cached.Image, e.Cost.Input.Image},
		{"input", "text", true, c.Cached.Text, e.Cost.Cached.Text},
		{"input", "audio", true, c.Cached.Audio, e.Cost.Cached.Audio},
		{"input", "image", true, c.Cached.Image, e.Cost.Cached.Image},
		{"output", "text", false, c.Output.Text, e.Cost.Output.Text},
		{"output", "audio", false, c.Output.Audio, e.Cost.Output.Audio},
		{"output", "image", false, c.Output.Image, e.Cost.Output.Image},
	} {
		if part.tokens <= 0 {
			continue
		}
		set := metric.WithAttributeSet(attribute.NewSet(append(slices.Clip(base),
			keyTokenType.String(part.name), keyKind.String(part.kind), keyCached.Bool(part.cached))...))
		s.t.metrics.tokens.Record(s.ctx, part.tokens, set)
		s.t.metrics.cost.Add(s.ctx, amount(part.cost), set)
	}
	if c.Audio > 0 {
		set := metric.WithAttributes(base...)
		s.t.metrics.transcribed.Add(s.ctx, c.Audio.Seconds(), set)
		s.t.metrics.cost.Add(s.ctx, amount(e.Cost.Audio), set)
	}
}

func operationOf(e usage.Entry) string {
	if e.Transcript() {
		return "transcribe"
	}
	return operationChat
}

func amount(m usage.Money) float64 { return float64(m) / 1e12 }

// describe notes the session's id and model.
func (s *Session) describe(x api.Session) {
	id, model := api.SessionID(x), s.model
	if r, ok := x.(*api.RealtimeSession); ok && r.Model != "" {
		model = string(r.Model)
	}
	if id == s.id && model == s.model && id != "" {
		return // The span would hold the attributes twice.
	}
	s.id, s.model = strings.Clone(id), strings.Clone(model) // Strings of an event keep the memory of all of it.
	attributes := []attribute.KeyValue{keyProvider.String(s.t.o.Provider), keyConversation.String(s.id)}
	if s.model != "" {
		attributes = append(attributes, keyRequestModel.String(s.model))
	}
	s.span.SetAttributes(attributes...)
}
