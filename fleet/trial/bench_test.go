package main

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet"
	"github.com/voicelane/realtime-go/fleet/trial/internal/conductor"
	"github.com/voicelane/realtime-go/fleet/trial/internal/natsd"
	"github.com/voicelane/realtime-go/fleet/trial/internal/proc"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// Sizes of NATS, and how many goroutines write at a time.
var sizes = []int{1, 3}

const writers = 64

// openFleet starts NATS servers, each in a process, and opens a fleet.
func openFleet(b *testing.B, nodes int) *fleet.Fleet {
	b.Helper()
	cluster, err := natsd.Cluster(b.Context(), nodes, b.TempDir())
	require.NoError(b, err)
	started := make(chan error, nodes)
	for i := range cluster {
		go func() {
			p, err := proc.Start(b.Context(), conductor.NATSRole, cluster[i].Name, &cluster[i], io.Discard)
			if err == nil {
				b.Cleanup(p.Kill)
			}
			started <- err
		}()
	}
	var addresses []string
	for i := range cluster {
		require.NoError(b, <-started)
		addresses = append(addresses, fmt.Sprintf("nats://127.0.0.1:%d", cluster[i].Port))
	}
	f, err := fleet.Open(b.Context(), &fleet.Config{URL: strings.Join(addresses, ",")})
	require.NoError(b, err)
	b.Cleanup(f.Close)
	return f
}

// BenchmarkOffer stores calls, as a webhook does before it is answered.
func BenchmarkOffer(b *testing.B) {
	for _, nodes := range sizes {
		b.Run(fmt.Sprintf("%d servers", nodes), func(b *testing.B) {
			f := openFleet(b, nodes)
			var number atomic.Int64
			b.SetParallelism(writers / 2)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					in := incoming(number.Add(1))
					if err := f.Offer(in); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
		})
	}
}

func incoming(number int64) *api.RealtimeCallIncoming {
	return &api.RealtimeCallIncoming{
		ID: fmt.Sprintf("evt_%d", number), CreatedAt: time.Now().Unix(),
		Data: api.IncomingCall{
			CallID: fmt.Sprintf("rtc_%d", number),
			SIPHeaders: []api.SIPHeader{
				{Name: "From", Value: "<sip:+14155550100@example.com>;tag=1"},
				{Name: "To", Value: "<sip:proj_1@sip.example.com>"},
				{Name: "Call-ID", Value: strings.Repeat("x", 32)},
				{Name: "User-Agent", Value: "carrier"},
			},
		},
	}
}

// BenchmarkSave writes states of 2 KiB of calls that one worker holds.
func BenchmarkSave(b *testing.B) {
	for _, nodes := range sizes {
		b.Run(fmt.Sprintf("%d servers", nodes), func(b *testing.B) {
			f := openFleet(b, nodes)
			state := []byte(strings.Repeat("s", 2<<10))
			todo, done := make(chan struct{}), make(chan error, writers)
			hold(b, f, func(ctx context.Context, job *fleet.Job) error {
				for {
					select {
					case <-todo:
						done <- job.Save(ctx, state)
					case <-ctx.Done():
						return context.Cause(ctx)
					}
				}
			})
			b.ResetTimer()
			go func() {
				for range b.N {
					todo <- struct{}{}
				}
			}()
			for range b.N {
				require.NoError(b, <-done)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
		})
	}
}

// hold has one worker hold writers calls, with run on each, until the benchmark ends.
func hold(b *testing.B, f *fleet.Fleet, run func(context.Context, *fleet.Job) error) {
	b.Helper()
	srv := realtimetest.NewServer(&realtimetest.Config{DiscardLog: true})
	b.Cleanup(srv.Close)
	rt, err := realtime.NewClient(&realtime.Config{BaseURL: srv.URL, APIKey: "any", Proxy: realtime.NoProxy})
	require.NoError(b, err)
	webhook, err := calls.NewWebhook(&calls.WebhookConfig{Secrets: []string{"secret"}})
	require.NoError(b, err)
	hook, err := calls.NewHandler(&calls.HandlerConfig{Webhook: webhook, Call: f.Offer})
	require.NoError(b, err)
	front := httptest.NewServer(hook)
	b.Cleanup(front.Close)
	ctx, stop := context.WithCancel(context.Background())
	worked := make(chan error, 1)
	go func() {
		worked <- f.Work(ctx, calls.New(rt), &fleet.Worker{Plan: func(_ context.Context, job *fleet.Job) (*calls.Plan, error) {
			return &calls.Plan{Session: &api.RealtimeSessionConfig{Model: new(api.ModelGPTRealtime2_1)}, Run: func(ctx context.Context, call *calls.Call) error {
				call.Session.Discard()
				return run(ctx, job)
			}}, nil
		}})
	}()
	b.Cleanup(func() {
		stop()
		require.NoError(b, <-worked)
	})
	for range writers {
		phone, err := srv.Ring(b.Context(), &realtimetest.Ringing{URL: front.URL, Secret: "secret"})
		require.NoError(b, err)
		_, err = phone.Sideband(b.Context())
		require.NoError(b, err)
	}
}
