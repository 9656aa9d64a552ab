package otelrealtime

import (
	"context"
	"errors"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/voicelane/realtime-go/realtime"
)

// instruments are the metrics of all sessions.
type instruments struct {
	tokens      metric.Int64Histogram
	operation   metric.Float64Histogram
	firstChunk  metric.Float64Histogram
	tool        metric.Float64Histogram
	firstSound  metric.Float64Histogram
	firstHeard  metric.Float64Histogram
	unheard     metric.Float64Histogram
	dial        metric.Float64Histogram
	roundTrip   metric.Float64Histogram
	down        metric.Float64Histogram
	duration    metric.Float64Histogram
	cost        metric.Float64Counter
	transcribed metric.Float64Counter
	interrupted metric.Int64Counter
	turns       metric.Int64Counter
	errors      metric.Int64Counter
	reconnected metric.Int64Counter
	lost        metric.Int64Counter
	unwritten   metric.Int64Counter
	dropped     metric.Int64Counter
	sessions    metric.Int64UpDownCounter
	queueEvents metric.Int64ObservableGauge
	queueBytes  metric.Int64ObservableGauge

	mu      sync.Mutex
	watched map[*realtime.Session]bool // guarded by mu
}

// Bounds of histograms in seconds and in tokens: those that the conventions advise, and
// finer ones for what a listener waits for.
var (
	boundsOperation = []float64{0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92}
	boundsTokens    = []float64{1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864}
	boundsWait      = []float64{0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 5, 10}
	boundsSession   = []float64{1, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600}
)

func newInstruments(meter metric.Meter, currency string) (*instruments, error) {
	m := maker{meter: meter}
	n := &instruments{
		watched:     map[*realtime.Session]bool{},
		operation:   m.seconds(metricOperation, "Time from the start of a response to its end.", boundsOperation),
		firstChunk:  m.seconds(metricFirstChunk, "Time from the start of a response to its first sound or text.", boundsWait),
		tool:        m.seconds(metricExecuteTool, "Time from the call of a function to its output.", boundsOperation),
		firstSound:  m.seconds("realtime.turn.first_sound", "Time from the end of speech to the first sound that arrived.", boundsWait),
		firstHeard:  m.seconds("realtime.turn.first_heard", "Time from the end of speech to the first sound that was heard.", boundsWait),
		unheard:     m.seconds("realtime.interruption.unheard", "Sound of a cut answer that had arrived and was not heard.", boundsOperation),
		dial:        m.seconds("realtime.dial.duration", "Time of an attempt to connect.", boundsOperation),
		roundTrip:   m.seconds("realtime.ping.round_trip", "Time from a ping to its answer.", boundsOperation),
		down:        m.seconds("realtime.reconnection.duration", "Time that a session was without a connection.", boundsOperation),
		duration:    m.seconds("realtime.session.duration", "Time from the observation of a session to its end.", boundsSession),
		interrupted: m.counter("realtime.interruptions", "{interruption}", "Answers that were cut."),
		turns:       m.counter("realtime.turns", "{turn}", "Turns that are over."),
		errors:      m.counter("realtime.errors", "{error}", "Errors of the server, failed responses, malformed messages, and ends of sessions by an error."),
		reconnected: m.counter("realtime.reconnections", "{reconnection}", "Connections that were replaced."),
		lost:        m.counter("realtime.items.lost", "{item}", "Items that a new connection does not hold."),
		unwritten:   m.counter("realtime.events.unwritten", "{event}", "Events that were not written, or of which that is not known."),
		dropped:     m.counter("realtime.events.dropped", "{event}", "Events that a full receive queue dropped."),
		queueEvents: m.gauge("realtime.queue.events", "{event}", "Events in the queues of all watched sessions."),
		queueBytes:  m.gauge("realtime.queue.size", "By", "Bytes in the queues of all watched sessions."),
	}
	var err error
	n.tokens, err = meter.Int64Histogram(metricTokens, metric.WithUnit("{token}"),
		metric.WithDescription("Tokens of a response or a transcript."), metric.WithExplicitBucketBoundaries(boundsTokens...))
	m.note(err)
	n.cost, err = meter.Float64Counter("realtime.cost", metric.WithUnit("{"+currency+"}"), metric.WithDescription("Cost by the price list, in its currency."))
	m.note(err)
	n.transcribed, err = meter.Float64Counter("realtime.transcription.audio", metric.WithUnit("s"), metric.WithDescription("Audio that is charged by time."))
	m.note(err)
	n.sessions, err = meter.Int64UpDownCounter("realtime.sessions", metric.WithUnit("{session}"), metric.WithDescription("Open sessions."))
	m.note(err)
	_, err = meter.RegisterCallback(n.observeQueues, n.queueEvents, n.queueBytes)
	m.note(err)
	return n, m.err
}

// maker makes instruments and keeps their errors.
type maker struct {
	meter metric.Meter
	err   error
}

func (m *maker) note(err error) { m.err = errors.Join(m.err, err) }

func (m *maker) seconds(name, description string, bounds []float64) metric.Float64Histogram {
	h, err := m.meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description), metric.WithExplicitBucketBoundaries(bounds...))
	m.note(err)
	return h
}

func (m *maker) counter(name, unit, description string) metric.Int64Counter {
	c, err := m.meter.Int64Counter(name, metric.WithUnit(unit), metric.WithDescription(description))
	m.note(err)
	return c
}

func (m *maker) gauge(name, unit, description string) metric.Int64ObservableGauge {
	g, err := m.meter.Int64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(description))
	m.note(err)
	return g
}

var (
	sendQueue    = metric.WithAttributes(keyQueue.String("send"))
	receiveQueue = metric.WithAttributes(keyQueue.String("receive"))
)

// observeQueues adds up the queues of the sessions that are watched.
func (n *instruments) observeQueues(_ context.Context, o metric.Observer) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	var sum realtime.Stats
	for s := range n.watched {
		st := s.Stats()
		sum.SendQueueEvents += st.SendQueueEvents
		sum.SendQueueBytes += st.SendQueueBytes
		sum.ReceiveQueueEvents += st.ReceiveQueueEvents
		sum.ReceiveQueueBytes += st.ReceiveQueueBytes
	}
	o.ObserveInt64(n.queueEvents, int64(sum.SendQueueEvents), sendQueue)
	o.ObserveInt64(n.queueEvents, int64(sum.ReceiveQueueEvents), receiveQueue)
	o.ObserveInt64(n.queueBytes, int64(sum.SendQueueBytes), sendQueue)
	o.ObserveInt64(n.queueBytes, int64(sum.ReceiveQueueBytes), receiveQueue)
	return nil
}

func (n *instruments) watch(s *realtime.Session) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.watched[s] = true
}

func (n *instruments) unwatch(s *realtime.Session) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.watched, s)
}

// errorType is the attribute of an error of that type.
func errorType(name string) metric.MeasurementOption {
	return metric.WithAttributes(attribute.String(string(keyErrorType), name))
}
