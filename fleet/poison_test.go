package fleet_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// logged is a log of a test.
type logged struct {
	mu  sync.Mutex
	out bytes.Buffer // guarded by mu
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

func (l *logged) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.out.String(), text)
}

func (l *logged) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func states(t *testing.T, nc *nats.Conn) jetstream.KeyValue {
	t.Helper()
	kv, err := jets(t, nc).KeyValue(t.Context(), "voice_CALLS")
	require.NoError(t, err)
	return kv
}

// TestAStateOfANewerVersion is left as it is, and its call to a worker that knows it. It holds
// no place meanwhile.
func TestAStateOfANewerVersion(t *testing.T) {
	t.Parallel()
	nc := natsServer(t)
	log := &logged{}
	f := open(t, &fleet.Config{Conn: nc, Lease: 2 * lease, Logger: log.logger()})
	srv, c := service(t, nil)
	_, in := accepted(t, srv, nc)
	key, kv := in.Data.CallID, states(t, nc)
	newer := `{"format":2,"job":"0:1","epoch":1,"phase":"live","owner":"newer","novel":true}`
	_, err := kv.Put(t.Context(), key, []byte(newer))
	require.NoError(t, err)
	require.NoError(t, f.Offer(in))
	r := newRuns()
	w := work(t, f, c, &fleet.Worker{Capacity: 1, Plan: r.plan("one")})
	require.Eventually(t, func() bool { return log.count("format 2 of a newer version") == 1 }, 20*time.Second, 10*time.Millisecond)
	assert.Equal(t, 1, log.count("key "+key), "the log names the key")
	other := ring(t, srv, hook(t, f).URL)
	x := next(t, r.calls)
	assert.Equal(t, other.ID(), x.job.ID(), "the one place is free")
	have, err := kv.Get(t.Context(), key)
	require.NoError(t, err)
	assert.JSONEq(t, newer, string(have.Value()))
	x.end <- calls.ErrHangUp
	require.NoError(t, next(t, w.ended).err)
	// A worker that knows it has written it in the old format.
	_, err = kv.Put(t.Context(), key, []byte(`{"job":"0:1","epoch":2,"phase":"taking"}`))
	require.NoError(t, err)
	y := next(t, r.calls)
	assert.Equal(t, 3, y.job.Epoch())
	y.end <- calls.ErrHangUp
	require.NoError(t, next(t, w.ended).err)
	empty(t, nc)
}

// TestADamagedState ends its call after some deliveries: a call without control goes on being
// charged.
func TestADamagedState(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"no JSON": "\x00garbage", "null": "null", "empty": "{}", "no epoch": `{"job":"0:1","phase":"live"}`, "phase": `{"job":"0:1","epoch":1,"phase":"x"}`,
	} {
		for _, wasAccepted := range []bool{false, true} {
			if wasAccepted && name != "no JSON" {
				continue
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				nc := natsServer(t)
				log := &logged{}
				f := open(t, &fleet.Config{Conn: nc, Lease: lease, Logger: log.logger()})
				srv, c := service(t, nil)
				call, in := accepted(t, srv, nc)
				if wasAccepted {
					require.NoError(t, c.Accept(t.Context(), in.Data.CallID, session(), nil))
				}
				_, err := states(t, nc).Put(t.Context(), in.Data.CallID, []byte(value))
				require.NoError(t, err)
				require.NoError(t, f.Offer(in))
				w := work(t, f, c, &fleet.Worker{Plan: newRuns().plan("one")})
				var unread *fleet.StateError
				require.ErrorAs(t, next(t, w.ended).err, &unread)
				assert.Equal(t, in.Data.CallID, unread.Key)
				end, err := call.Ended(t.Context())
				require.NoError(t, err)
				want := realtimetest.EndRejected
				if wasAccepted {
					want = realtimetest.EndHangup
				}
				assert.Equal(t, want, end.By)
				assert.Equal(t, 1, log.count("a worker that can read its state"))
				empty(t, nc)
			})
		}
	}
}

// TestAHangUpThatIsRefused for good is repeated a few times, and the call is dropped.
func TestAHangUpThatIsRefused(t *testing.T) {
	t.Parallel()
	nc := natsServer(t)
	f := open(t, &fleet.Config{Conn: nc})
	var asked atomic.Int32
	srv, c := service(t, &realtimetest.Config{Intercept: func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/hangup") {
			return false
		}
		asked.Add(1)
		w.WriteHeader(http.StatusBadRequest)
		return true
	}})
	r := newRuns()
	w := work(t, f, c, &fleet.Worker{Plan: r.plan("one")})
	ring(t, srv, hook(t, f).URL)
	next(t, r.calls).end <- calls.ErrHangUp
	for {
		e := next(t, w.ended)
		require.Error(t, e.err)
		if n := asked.Load(); n < 7 {
			require.NotErrorIs(t, e.err, fleet.ErrNotEnded, n)
			continue
		}
		require.ErrorIs(t, e.err, fleet.ErrNotEnded)
		require.ErrorContains(t, e.err, "400")
		break
	}
	empty(t, nc)
}

// TestACallThatCannotBeEnded is dropped after an hour of attempts.
func TestACallThatCannotBeEnded(t *testing.T) {
	t.Parallel()
	nc := natsServer(t)
	f := open(t, &fleet.Config{Conn: nc})
	srv, c := service(t, &realtimetest.Config{Intercept: func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusBadGateway)
		return true
	}})
	_, in := accepted(t, srv, nc)
	_, err := states(t, nc).Put(t.Context(), in.Data.CallID, []byte(`{"job":"0:1","epoch":9,"phase":"ending","fails":413}`))
	require.NoError(t, err)
	require.NoError(t, f.Offer(in))
	w := work(t, f, c, &fleet.Worker{Plan: newRuns().plan("one")})
	require.NotErrorIs(t, next(t, w.ended).err, fleet.ErrNotEnded)
	require.ErrorIs(t, next(t, w.ended).err, fleet.ErrNotEnded)
	empty(t, nc)
}

// TestProgramsThatDoNotWantACall leave it to others for ten minutes. That is no failure to attach.
func TestProgramsThatDoNotWantACall(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		entry  string
		wanted bool
	}{
		"after more than failures": {`{"job":"0:1","epoch":61,"phase":"taking","passes":61}`, true},
		"after ten minutes":        {`{"job":"0:1","epoch":600,"phase":"taking","passes":599}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			nc := natsServer(t)
			f := open(t, &fleet.Config{Conn: nc})
			srv, c := service(t, nil)
			call, in := accepted(t, srv, nc)
			_, err := states(t, nc).Put(t.Context(), in.Data.CallID, []byte(tc.entry))
			require.NoError(t, err)
			require.NoError(t, f.Offer(in))
			r := newRuns()
			var asked atomic.Int32
			w := work(t, f, c, &fleet.Worker{Plan: func(ctx context.Context, j *fleet.Job) (*calls.Plan, error) {
				if asked.Add(1) == 1 || !tc.wanted {
					return nil, nil //nolint:nilnil // It leaves the call.
				}
				return r.plan("one")(ctx, j)
			}})
			require.ErrorIs(t, next(t, w.ended).err, calls.ErrLeave)
			if tc.wanted {
				next(t, r.calls).end <- calls.ErrHangUp
				require.NoError(t, next(t, w.ended).err)
			} else {
				require.ErrorContains(t, next(t, w.ended).err, "did not want the call")
				end, err := call.Ended(t.Context())
				require.NoError(t, err)
				assert.Equal(t, realtimetest.End{By: realtimetest.EndRejected, Code: calls.StatusFailed}, end)
			}
			empty(t, nc)
		})
	}
}

// TestIDsOfCalls: what cannot be part of a URL is refused, anything else is escaped.
func TestIDsOfCalls(t *testing.T) {
	t.Parallel()
	nc := natsServer(t)
	log := &logged{}
	f := open(t, &fleet.Config{Conn: nc, Logger: log.logger()})
	offer := func(id string) error {
		in := &api.RealtimeCallIncoming{}
		in.Data.CallID = id
		return f.Offer(in)
	}
	for _, id := range []string{".", "..", "\xff"} {
		require.ErrorIs(t, offer(id), fleet.ErrCallID, id)
	}
	require.ErrorIs(t, offer(""), calls.ErrNoCallID)
	require.ErrorIs(t, offer(strings.Repeat("x", 1001)), fleet.ErrTooLarge)
	_, err := jets(t, nc).Publish(t.Context(), "voice.job.0.x", []byte(`{"type":"realtime.call.incoming","data":{"call_id":".."}}`))
	require.NoError(t, err)
	want := map[string]bool{}
	for _, id := range []string{"a/b", "../..", "*.>", " ", "é\x00\n", "%2e", strings.Repeat("é", 500)} {
		want[id] = true
		require.NoError(t, offer(id), id)
	}
	_, c := service(t, nil)
	got := make(chan string, 100)
	work(t, f, c, &fleet.Worker{Plan: func(_ context.Context, j *fleet.Job) (*calls.Plan, error) {
		got <- j.ID()
		return &calls.Plan{Session: session()}, nil
	}})
	for range len(want) {
		delete(want, next(t, got))
	}
	assert.Empty(t, want)
	require.Eventually(t, func() bool { return log.count("a message is not a call") == 1 }, 10*time.Second, 10*time.Millisecond)
}
