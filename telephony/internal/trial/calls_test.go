package trial

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/peer"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/voice"
)

var schedules = flag.Int("schedules", 0, "random calls on each carrier; 0: 30, or 10 under the race detector, or 5 with -short")

// perCarrier returns how many random calls there are on each carrier.
func perCarrier() int {
	switch {
	case *schedules > 0:
		return *schedules
	case testing.Short():
		return 5
	case raceEnabled:
		return 10
	default:
		return 30
	}
}

// callLength is how long the model and the user of a call act.
const callLength = 10 * time.Second

// understated is how much less than was heard may be believed, in 99 of 100 cases.
const understated = 60 * time.Millisecond

// TestRandomCalls compares what callers have heard with what the server was told of it, in
// calls with interruptions at random moments over networks with jitter, and loss and
// disorder where the protocol can have them. What was heard is never overstated, and the
// line is silent within 100 ms after the user speaks. A failure names the seed and prints
// what happened: go test -run 'RandomCalls/twilio/seed_7$' plays it again.
func TestRandomCalls(t *testing.T) {
	t.Parallel()
	for _, c := range carriers {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var errors []time.Duration
			t.Run("all", func(t *testing.T) {
				for seed := range perCarrier() {
					t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) {
							found := randomCall(t, c, uint64(seed))
							mu.Lock()
							defer mu.Unlock()
							errors = append(errors, found...)
						})
					})
				}
			})
			if len(errors) == 0 {
				return // Single seeds were asked for.
			}
			slices.Sort(errors)
			p99 := errors[len(errors)*99/100]
			t.Logf("%d interruptions: understated by %v (half), %v (99 of 100), %v (most)", len(errors), errors[len(errors)/2], p99, errors[len(errors)-1])
			assert.LessOrEqual(t, p99, understated+c.coarse+c.tolerance)
		})
	}
}

// randomCall returns by how much was understated what was heard of each item.
func randomCall(t *testing.T, c carrier, seed uint64) []time.Duration {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 20))
	far := c.far
	far.URL = address
	far.Network = telephonytest.Network{
		Latency: 5*time.Millisecond + time.Duration(rng.IntN(6))*time.Millisecond, Jitter: 15 * time.Millisecond,
		Loss: 0.02, Disorder: 0.05, Seed: seed,
	}
	m := &model{t: t, rng: rand.New(rand.NewPCG(seed, 21)), until: time.Now().Add(callLength), ready: make(chan struct{})}
	network := peer.Serve(t, m.serve)
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-test", BaseURL: "http://127.0.0.1/v1", DialContext: network.DialContext, Proxy: realtime.NoProxy,
	})
	require.NoError(t, err)
	var line *telephony.Line
	program := c.open(t, telephony.Options{Call: func(ctx context.Context, l *telephony.Line) error {
		line = l
		return bridge(ctx, client, m, l)
	}}, &far)
	carrier := telephonytest.New(c.kind, &far)
	program.start(carrier)
	defer carrier.Close()
	m.mu.Lock()
	call, err := carrier.Call(t.Context(), "+15550100", "+15550199")
	m.call = call
	m.mu.Unlock()
	require.NoError(t, err)
	m.live()
	time.Sleep(8 * time.Second)
	call.HangUp()
	<-call.Ended()
	carrier.Close()
	found := m.judge(c)
	assert.Empty(t, call.Faults())
	require.NotNil(t, line)
	assert.NoError(t, line.Err())
	if t.Failed() {
		t.Logf("seed %d, %+v\n%s", seed, far.Network, strings.Join(m.trace, "\n"))
	}
	return found
}

// bridge carries sound between a session and a line until the line ends.
func bridge(ctx context.Context, client *realtime.Client, m *model, l *telephony.Line) error {
	formats := voice.SessionFormats(l)
	m.mu.Lock()
	m.format = formats.Out
	m.mu.Unlock()
	s, err := client.Connect(ctx, realtime.Model("m"), &realtime.Options{PingInterval: -1})
	if err != nil {
		return err
	}
	defer s.Close()
	b, err := voice.NewBridge(s, l, nil)
	if err != nil {
		return err
	}
	return b.Run(ctx)
}

// judge compares what was heard with what the server was told. It returns by how much was
// understated what was heard of items that were interrupted.
func (m *model) judge(c carrier) []time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []time.Duration
	for _, it := range m.items {
		truth, believed := heardOf(m.call, it.n), it.told
		if believed < 0 {
			believed = it.sent
		}
		m.note("%s: sent %v, heard %v, believed %v, cut %v", it.id, it.sent, truth, believed, it.cut)
		if believed > truth+c.tolerance {
			m.t.Errorf("item %s was heard for %v, and the server was told %v", it.id, truth, believed)
		}
		if it.cut && truth > it.after+c.tolerance {
			m.t.Errorf("item %s was heard for %v, and for %v when the user had spoken for 100 ms", it.id, truth, it.after)
		}
		if it.cut {
			found = append(found, max(truth-believed, 0))
		}
	}
	return found
}
