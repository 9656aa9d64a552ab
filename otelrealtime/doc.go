// Package otelrealtime is OpenTelemetry for live sessions: a trace of each turn, with its
// responses and the functions that ran, and metrics of latency, interruptions, tokens, cost
// and connections.
//
//	telemetry, err := otelrealtime.New(nil)
//	…
//	observed := telemetry.Observe(ctx)
//	session, err := client.Connect(ctx, target, &realtime.Options{Taps: []*realtime.Tap{observed.Tap()}})
//	observed.Watch(session)
//
// # Traces
//
// A session is one span. A call may last an hour, and a trace that ends with it is seen
// too late, so that each turn is a trace of its own, linked to the span of its session: the
// turn, its responses, and the functions that a response called, each until its output was
// sent. A call that the service makes at an MCP server has a span while it runs; one that
// needs an approval is below the response that asked for it. A response outside of the
// conversation is a trace without a turn.
//
// # Metrics
//
// Names are those of the OpenTelemetry conventions for generative AI, version 0.1.0, where
// there is one; the others begin with "realtime.". Latency that a listener notices needs
// a line: pass the turns of a [voice.Bridge] or of an agent to [Session.Turn].
//
// # Content
//
// No text, argument, output, key or number of a phone is written unless Options.Content is
// set: spans and metrics carry ids, names of models and functions, codes and figures.
//
// It is a module of its own, so that programs without OpenTelemetry do not get it.
package otelrealtime
