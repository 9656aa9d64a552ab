package otelrealtime

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// observatory collects what a telemetry writes.
type observatory struct {
	*Telemetry
	spans  *tracetest.InMemoryExporter
	reader *metric.ManualReader
	wrap   func(net.Conn) net.Conn // the connection of the next session; nil leaves it
}

func newObservatory(tb testing.TB, o Options) *observatory {
	tb.Helper()
	x := &observatory{spans: tracetest.NewInMemoryExporter(), reader: metric.NewManualReader()}
	o.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSyncer(x.spans))
	o.MeterProvider = metric.NewMeterProvider(metric.WithReader(x.reader))
	var err error
	x.Telemetry, err = New(&o)
	require.NoError(tb, err)
	return x
}

// connect opens an observed session with a test server.
func (x *observatory) connect(tb testing.TB, script realtimetest.Script, o realtime.Options) (*realtimetest.Server, *realtime.Session, *Session) {
	tb.Helper()
	srv := realtimetest.New(&realtimetest.Config{Script: script})
	tb.Cleanup(srv.Close)
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-secret", BaseURL: srv.URL, Proxy: realtime.NoProxy,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := srv.DialContext(ctx, network, addr)
			if err == nil && x.wrap != nil {
				c = x.wrap(c)
			}
			return c, err
		},
	})
	require.NoError(tb, err)
	observed := x.Observe(tb.Context())
	o.Taps = append(o.Taps, observed.Tap())
	s, err := client.Connect(tb.Context(), realtime.Model("gpt-realtime-2.1"), &o)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = s.Close() })
	observed.Watch(s)
	return srv, s, observed
}

// tree prints the spans: each trace from its root, with the ids of the server replaced.
func (x *observatory) tree() string {
	var b strings.Builder
	spans := x.spans.GetSpans()
	slices.SortStableFunc(spans, func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	ids := &renamer{known: map[string]string{}}
	var show func(parent tracetest.SpanStub, indent string)
	line := func(s tracetest.SpanStub, indent string) {
		fmt.Fprintf(&b, "%s%s", indent, s.Name)
		for _, l := range s.Links {
			for _, other := range spans {
				if other.SpanContext.SpanID() == l.SpanContext.SpanID() {
					fmt.Fprintf(&b, " -> %s", other.Name)
				}
			}
		}
		if s.Status.Description != "" {
			fmt.Fprintf(&b, " [%s: %s]", s.Status.Code, s.Status.Description)
		}
		b.WriteString("\n")
		for _, a := range s.Attributes {
			fmt.Fprintf(&b, "%s  . %s = %s\n", indent, a.Key, ids.rename(a.Value.String()))
		}
		for _, e := range s.Events {
			fmt.Fprintf(&b, "%s  ! %s", indent, e.Name)
			for _, a := range e.Attributes {
				fmt.Fprintf(&b, " %s=%s", a.Key, a.Value.String())
			}
			b.WriteString("\n")
		}
	}
	show = func(parent tracetest.SpanStub, indent string) {
		line(parent, indent)
		for _, s := range spans {
			if s.Parent.SpanID() == parent.SpanContext.SpanID() {
				show(s, indent+"    ")
			}
		}
	}
	for _, s := range spans {
		if !s.Parent.IsValid() {
			show(s, "")
		}
	}
	return b.String()
}

// renamer gives ids of the server names that do not change from run to run.
type renamer struct{ known map[string]string }

func (r *renamer) rename(s string) string {
	for _, prefix := range []string{"sess_", "resp_", "call_", "item_", "mcp_"} {
		if strings.HasPrefix(s, prefix) {
			if r.known[s] == "" {
				r.known[s] = fmt.Sprint(prefix, len(r.known)+1)
			}
			return r.known[s]
		}
	}
	return s
}

// sums returns each metric as text, with the values of counters and the counts and sums of
// histograms.
func (x *observatory) sums(tb testing.TB) map[string]string {
	tb.Helper()
	var data metricdata.ResourceMetrics
	require.NoError(tb, x.reader.Collect(context.Background(), &data))
	found := map[string]string{}
	add := func(name string, set attribute.Set, value string) {
		found[strings.TrimSuffix(name+" "+set.Encoded(attribute.DefaultEncoder()), " ")] = value
	}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch d := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, strconv.FormatInt(p.Value, 10))
				}
			case metricdata.Sum[float64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, fmt.Sprintf("%.9f", p.Value))
				}
			case metricdata.Gauge[int64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, strconv.FormatInt(p.Value, 10))
				}
			case metricdata.Histogram[int64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, fmt.Sprintf("%d: %d", p.Count, p.Sum))
				}
			case metricdata.Histogram[float64]:
				for _, p := range d.DataPoints {
					add(m.Name, p.Attributes, fmt.Sprintf("%d: %.3f s", p.Count, p.Sum))
				}
			default:
				tb.Errorf("%s is a %T", m.Name, d)
			}
		}
	}
	return found
}
