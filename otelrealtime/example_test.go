package otelrealtime_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/voicelane/realtime-go/otelrealtime"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// A program has traces and metrics of all its sessions. In production the spans go to an
// OTLP exporter, and promhttp.Handler serves the registry; dashboard.json shows it in Grafana.
func Example() {
	spans, registry := tracetest.NewInMemoryExporter(), prometheus.NewRegistry()
	reader, err := exporter.New(exporter.WithRegisterer(registry))
	if err != nil {
		fmt.Println(err)
		return
	}
	telemetry, err := otelrealtime.New(&otelrealtime.Options{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)),
		MeterProvider:  metric.NewMeterProvider(metric.WithReader(reader)),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := talk(telemetry); err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range spans.GetSpans() {
		fmt.Println(s.Name)
	}
	families, err := registry.Gather()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "realtime_cost") || strings.HasPrefix(f.GetName(), "realtime_turns") {
			fmt.Println(f.GetName())
		}
	}
	// Output:
	// chat gpt-realtime-2.1
	// realtime.turn
	// realtime.session
	// realtime_cost_total
	// realtime_turns_total
}

func talk(telemetry *otelrealtime.Telemetry) error {
	ctx := context.Background()
	srv := realtimetest.NewServer(nil)
	defer srv.Close()
	client, err := realtime.NewClient(&realtime.Config{APIKey: "sk-any", BaseURL: srv.URL})
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	observed := telemetry.Observe(ctx)
	s, err := client.Connect(ctx, realtime.Model("gpt-realtime-2.1"), &realtime.Options{Taps: []*realtime.Tap{observed.Tap()}})
	if err != nil {
		return err
	}
	defer s.Close()
	observed.Watch(s)
	s.Discard()
	if err := s.SendText(ctx, "hello"); err != nil {
		return err
	}
	stream, err := s.Respond(ctx, nil)
	if err != nil {
		return err
	}
	_, err = stream.Answer(ctx)
	return err
}
