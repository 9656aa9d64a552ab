package main

import (
	"context"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/build"
	"github.com/voicelane/realtime-go/bench/internal/codec"
	"github.com/voicelane/realtime-go/bench/internal/contender"
	"github.com/voicelane/realtime-go/bench/internal/dispatch"
	"github.com/voicelane/realtime-go/bench/internal/latency"
	"github.com/voicelane/realtime-go/bench/internal/load"
	"github.com/voicelane/realtime-go/bench/internal/memory"
	"github.com/voicelane/realtime-go/bench/internal/phone"
	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/socket"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

// part is one part of the comparison.
type part struct {
	name string
	run  func(ctx context.Context) (report.Section, error)
}

// plans are how much each part measures.
type plans struct {
	turns, portable stat.Plan
	paced, tapped   load.Plan
	phones          phone.Plan
	delays          latency.Plan
	calls           dispatch.Plan
	idle, rounds    int // sessions of memory; rounds of the smaller parts of load
	crowd           []int
}

// full measures for about 20 minutes.
func full(rounds int) plans {
	return plans{
		turns:    stat.Plan{Rounds: 100, Turn: 5 * time.Millisecond},
		portable: stat.Plan{Rounds: 50, Turn: 5 * time.Millisecond},
		paced: load.Plan{
			Rounds: rounds, Warm: 200 * time.Millisecond, Window: 500 * time.Millisecond,
			Plain: []int{100, 300, 1000, 3000, 5000}, TLS: []int{100, 300, 1000},
		},
		// The difference is small, so that both are measured at the same time. A window is as long
		// as two runs of sound, with the second of which a recording is written, so that it holds
		// what all of that costs once for each session, wherever it begins. Processes are started
		// anew, for their place in memory makes a difference of the same size.
		tapped: load.Plan{
			Rounds: 20, Sittings: 4, Together: true, Warm: time.Second, Window: 8 * time.Second,
			TLS: []int{1000}, Only: []contender.Kind{contender.Reused, contender.Tapped},
		},
		phones: phone.Plan{Rounds: 1, Warm: 500 * time.Millisecond, Window: 2 * time.Second, Lines: []int{10, 100, 1000}},
		delays: latency.Plan{Rounds: 3, Warm: 200 * time.Millisecond, Window: 1200 * time.Millisecond, Sessions: []int{1, 100, 400, 1000}},
		calls:  dispatch.Plan{Calls: 600, Arrive: 15 * time.Second},
		idle:   500, rounds: 5, crowd: []int{100, 1000, 3000, 10_000},
	}
}

// quick measures less, with less precision.
func quick(rounds int) plans {
	p := full(rounds)
	p.phones = phone.Plan{Rounds: 1, Warm: 500 * time.Millisecond, Window: time.Second, Lines: []int{10, 100, 1000}}
	p.turns = stat.Plan{Rounds: 40, Turn: 2 * time.Millisecond}
	p.portable = stat.Plan{Rounds: 10, Turn: 2 * time.Millisecond}
	p.paced.Rounds, p.paced.Plain, p.paced.TLS = 3, []int{1000, 5000}, []int{1000}
	p.tapped.Rounds, p.rounds = 3, 3
	p.delays.Rounds, p.delays.Sessions, p.delays.Window = 2, []int{100, 1000}, time.Second
	p.idle, p.calls = 100, dispatch.Plan{Calls: 200, Arrive: 5 * time.Second}
	return p
}

func (p *plans) parts() []part {
	processes := process.Programs{Server: asServer, Client: asClient, Node: nodeDir}
	sessions := func(plan load.Plan) func(context.Context) (report.Section, error) {
		return func(ctx context.Context) (report.Section, error) { return load.Run(ctx, plan, processes) }
	}
	return []part{
		{"codec", func(ctx context.Context) (report.Section, error) { return codec.Run(ctx, p.turns, nodeDir) }},
		{"purego", func(ctx context.Context) (report.Section, error) { return codec.Purego(ctx, p.portable, asCodec) }},
		{"socket", func(ctx context.Context) (report.Section, error) { return socket.Run(ctx, p.turns, processes) }},
		{"memory", func(ctx context.Context) (report.Section, error) { return memory.Run(ctx, p.idle, processes) }},
		{"phone", func(ctx context.Context) (report.Section, error) {
			return phone.Run(ctx, p.phones, phone.Programs{Lines: asLines, Callers: asCallers})
		}},
		{"taps", sessions(p.tapped)},
		{"load", sessions(p.paced)},
		{"telephone", sessions(load.Telephones(p.rounds))},
		{"crowd", sessions(load.Crowd(p.rounds, p.crowd...))},
		{"layers", sessions(load.Layers(p.rounds))},
		{"latency", func(ctx context.Context) (report.Section, error) { return latency.Run(ctx, p.delays, processes) }},
		{"fleet", func(ctx context.Context) (report.Section, error) { return dispatch.Run(ctx, p.calls) }},
		{"build", build.Run},
	}
}
