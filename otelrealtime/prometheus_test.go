package otelrealtime

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/voice"
)

// TestDashboardNamesMetrics compares dashboard.json with what Prometheus would read.
func TestDashboardNamesMetrics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		reader, err := exporter.New(exporter.WithRegisterer(registry))
		require.NoError(t, err)
		telemetry, err := New(&Options{MeterProvider: metric.NewMeterProvider(metric.WithReader(reader)), TracerProvider: noop.NewTracerProvider()})
		require.NoError(t, err)
		x := &observatory{Telemetry: telemetry}
		srv, s, observed := x.connect(t, script, realtime.Options{Reconnect: &realtime.Reconnect{}})
		play(t, s)
		observed.Turn(&voice.Turn{FirstHeard: time.Second})
		observed.t.metrics.firstSound.Record(t.Context(), 1)
		srv.Conns()[0].Drop()
		time.Sleep(10 * time.Second)
		require.NoError(t, s.Close())
		found := map[string]bool{}
		families, err := registry.Gather()
		require.NoError(t, err)
		for _, f := range families {
			found[f.GetName()] = true
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				found[f.GetName()+suffix] = f.GetMetric()[0].GetHistogram() != nil
			}
		}

		data, err := os.ReadFile("dashboard.json")
		require.NoError(t, err)
		var dashboard struct {
			Panels []struct {
				Title   string
				Targets []struct{ Expr string }
			}
		}
		require.NoError(t, json.Unmarshal(data, &dashboard))
		names := 0
		for _, p := range dashboard.Panels {
			for _, target := range p.Targets {
				for _, name := range regexp.MustCompile(`\b(realtime|gen_ai)_[A-Za-z_]+`).FindAllString(withoutLabels(target.Expr), -1) {
					names++
					assert.True(t, found[name], "%s: %s is not a metric", p.Title, name)
				}
			}
		}
		assert.Greater(t, names, 12)
	})
}

// withoutLabels removes the lists of labels by which an expression sums.
func withoutLabels(expr string) string {
	return regexp.MustCompile(`by \([^)]*\)`).ReplaceAllString(strings.ReplaceAll(expr, "\n", " "), "")
}
