package otelrealtime

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/voicelane/realtime-go/usage"
)

// scope names the instrumentation.
const scope = "github.com/voicelane/realtime-go/otelrealtime"

// Options of [New]. The zero value uses the global providers.
type Options struct {
	// TracerProvider makes the spans; nil is that of [otel.GetTracerProvider].
	TracerProvider trace.TracerProvider
	// MeterProvider makes the metrics; nil is that of [otel.GetMeterProvider].
	MeterProvider metric.MeterProvider
	// Provider is gen_ai.provider.name, default "openai".
	Provider string
	// Prices are those by which cost is counted; nil is [usage.Published]. A model without
	// a price has no cost, and counts as an error of type "no_price". Their currency is the
	// unit of the metric realtime.cost; dashboard.json shows US dollars.
	Prices *usage.Prices
	// Content writes what was said, and the arguments and outputs of functions, to spans.
	// Metrics have no content.
	Content bool
}

// Telemetry observes any number of sessions. It is safe for concurrent use.
type Telemetry struct {
	o       Options
	tracer  trace.Tracer
	metrics *instruments
}

// New makes the instruments. It returns an error if a provider refuses one.
func New(o *Options) (*Telemetry, error) {
	t := &Telemetry{}
	if o != nil {
		t.o = *o
	}
	t.o.Provider = cmp.Or(t.o.Provider, "openai")
	if t.o.TracerProvider == nil {
		t.o.TracerProvider = otel.GetTracerProvider()
	}
	if t.o.MeterProvider == nil {
		t.o.MeterProvider = otel.GetMeterProvider()
	}
	t.tracer = t.o.TracerProvider.Tracer(scope)
	if t.o.Prices == nil {
		t.o.Prices = usage.Published()
	}
	metrics, err := newInstruments(t.o.MeterProvider.Meter(scope), t.o.Prices.Currency)
	if err != nil {
		return nil, fmt.Errorf("otelrealtime: %w", err)
	}
	t.metrics = metrics
	return t, nil
}

// Observe begins the observation of one session. The span of ctx, if it has one, is the
// parent of the session's span, which ends with the session. Pass the [Session.Tap] to
// Options.Taps of exactly one session.
func (t *Telemetry) Observe(ctx context.Context) *Session {
	s := &Session{
		t: t, ctx: context.WithoutCancel(ctx),
		open: map[string]*response{}, asked: map[string]*response{}, tools: map[string]*tool{}, answeredCalls: map[string]bool{},
	}
	s.meter = usage.NewMeter(&usage.Options{Prices: t.o.Prices, OnEntry: s.entry})
	s.counted = s.meter.Tap().Received
	s.ctx, s.span = t.tracer.Start(s.ctx, spanSession)
	s.began = time.Now()
	t.metrics.sessions.Add(s.ctx, 1)
	return s
}
