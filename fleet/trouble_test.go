package fleet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
)

func TestTroubleIsLoggedOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	x := &trouble{log: slog.New(slog.NewTextHandler(&out, nil)), what: "it"}
	lines := func() int { return strings.Count(out.String(), "\n") }
	x.note(t.Context(), nil)
	assert.Zero(t, lines())
	for range 3 {
		x.note(t.Context(), errors.New("a"))
		x.note(t.Context(), errors.New("b"))
	}
	assert.Equal(t, 2, lines(), "each error once")
	x.note(t.Context(), nil)
	x.note(t.Context(), nil)
	assert.Equal(t, 3, lines())
	for i := range 100 {
		x.note(t.Context(), errors.New(string(rune('a'+i))))
	}
	assert.Equal(t, 3+maxTroubles, lines())
}

// TestFetchErrorsAreLogged: a consumer that someone has deleted is named in the log, once.
func TestFetchErrorsAreLogged(t *testing.T) {
	t.Parallel()
	f := alone(t, 1500*time.Millisecond)
	log := &lines{}
	f.log = slog.New(slog.NewTextHandler(log, nil))
	_, took := worker(t, f, "one")
	<-took
	stream := f.names.stream(0)
	require.NoError(t, f.js.DeleteConsumer(t.Context(), stream, consumer))
	require.Eventually(t, func() bool { return log.count("the fetching of calls fails") > 0 }, 20*time.Second, 10*time.Millisecond)
	_, err := f.js.CreateConsumer(t.Context(), stream, f.consumerConfig())
	require.NoError(t, err)
	require.Eventually(t, func() bool { return log.count("the fetching of calls works again") == 1 }, 20*time.Second, 10*time.Millisecond)
	assert.LessOrEqual(t, log.count("the fetching of calls fails"), 3, "each error once")
}

type lines struct {
	mu  sync.Mutex
	out bytes.Buffer // guarded by mu
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

func (l *lines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.out.String(), text)
}

// TestRemoveLeavesTheStateOfAnother: without space the fence is in the number of removed
// states, and the job is not acknowledged for another worker.
func TestRemoveLeavesTheStateOfAnother(t *testing.T) {
	t.Parallel()
	f := alone(t, 10*time.Second)
	_, took := worker(t, f, "one")
	j := <-took
	other := j.entry.with(func(e *entry) { e.Epoch, e.Owner = e.Epoch+1, "other" })
	data, err := other.encode(maxOwn)
	require.NoError(t, err)
	rev := j.rev
	_, err = f.calls.Update(t.Context(), j.key, data, rev)
	require.NoError(t, err)
	require.Error(t, j.remove(t.Context(), rev))
	require.ErrorIs(t, j.check(), ErrNotOwner)
	have, err := f.calls.Get(t.Context(), j.key)
	require.NoError(t, err)
	assert.JSONEq(t, string(data), string(have.Value()))

	mine := &Job{w: j.w, in: j.in, key: j.key, entry: other}
	require.NoError(t, mine.remove(t.Context(), have.Revision()))
	_, err = f.calls.Get(t.Context(), j.key)
	require.ErrorIs(t, err, jetstream.ErrKeyNotFound)
	require.NoError(t, mine.remove(t.Context(), have.Revision()), "an attempt that timed out has removed it")
}

// TestASessionIsNotAttachedAfterTheDrain: the drain has left a call whose Run was about to begin.
func TestASessionIsNotAttachedAfterTheDrain(t *testing.T) {
	t.Parallel()
	j := &Job{}
	require.True(t, j.settle())
	require.ErrorIs(t, j.attach(nil), calls.ErrLeave)
	assert.False(t, j.progress().attached)
}

// TestWhatExistsAndDiffers is refused, with the name of the setting.
func TestWhatExistsAndDiffers(t *testing.T) {
	t.Parallel()
	f := alone(t, 10*time.Second)
	open := func() error {
		_, err := Open(t.Context(), &Config{Conn: f.conn, Lease: 10 * time.Second, Shards: 1})
		return err
	}
	require.NoError(t, open())
	stream := func(name string, change func(*jetstream.StreamConfig)) func() {
		return func() {
			s, err := f.js.Stream(t.Context(), name)
			require.NoError(t, err)
			c := s.CachedInfo().Config
			change(&c)
			_, err = f.js.UpdateStream(t.Context(), c)
			require.NoError(t, err)
		}
	}
	jobs, states := f.names.stream(0), "KV_"+f.names.calls()
	worker := func(change func(*jetstream.ConsumerConfig)) func() {
		return func() {
			c := f.consumerConfig()
			change(&c)
			require.NoError(t, f.js.DeleteConsumer(t.Context(), jobs, consumer))
			_, err := f.js.CreateConsumer(t.Context(), jobs, c)
			require.NoError(t, err)
		}
	}
	for _, tc := range []struct {
		name        string
		spoil, mend func()
	}{
		{jobs + " MaxBytes", stream(jobs, func(c *jetstream.StreamConfig) { c.MaxBytes = 1 << 30 }), stream(jobs, func(c *jetstream.StreamConfig) { c.MaxBytes = -1 })},
		{jobs + " MaxMsgs", stream(jobs, func(c *jetstream.StreamConfig) { c.MaxMsgs = 1000 }), stream(jobs, func(c *jetstream.StreamConfig) { c.MaxMsgs = -1 })},
		{jobs + " MaxMsgSize", stream(jobs, func(c *jetstream.StreamConfig) { c.MaxMsgSize = 1000 }), stream(jobs, func(c *jetstream.StreamConfig) { c.MaxMsgSize = maxJob })},
		{jobs + " Duplicates", stream(jobs, func(c *jetstream.StreamConfig) { c.Duplicates = time.Minute }), stream(jobs, func(c *jetstream.StreamConfig) { c.Duplicates = 2 * duplicates })},
		{f.names.calls() + " MaxBytes", stream(states, func(c *jetstream.StreamConfig) { c.MaxBytes = 1 << 30 }), stream(states, func(c *jetstream.StreamConfig) { c.MaxBytes = -1 })},
		{f.names.calls() + " MaxMsgs", stream(states, func(c *jetstream.StreamConfig) { c.MaxMsgs = 1000 }), stream(states, func(c *jetstream.StreamConfig) { c.MaxMsgs = -1 })},
		{f.names.calls() + " MaxValueSize", stream(states, func(c *jetstream.StreamConfig) { c.MaxMsgSize = 1000 }), stream(states, func(c *jetstream.StreamConfig) { c.MaxMsgSize = -1 })},
		{jobs + " workers MaxWaiting", worker(func(c *jetstream.ConsumerConfig) { c.MaxWaiting = 512 }), worker(func(c *jetstream.ConsumerConfig) { c.MaxWaiting = 2 * maxPulls })},
		{jobs + " workers MaxRequestBatch", worker(func(c *jetstream.ConsumerConfig) { c.MaxRequestBatch = 1 }), worker(func(c *jetstream.ConsumerConfig) { c.MaxRequestBatch = maxPull })},
		{jobs + " workers FilterSubject", worker(func(c *jetstream.ConsumerConfig) { c.FilterSubject = "voice.job.0.a" }), worker(func(c *jetstream.ConsumerConfig) { c.FilterSubject = "voice.job.0.>" })},
	} {
		tc.spoil()
		differs, ok := errors.AsType[*ConfigError](open())
		if assert.True(t, ok, tc.name) && assert.Len(t, differs.Settings, 1, "%s: %v", tc.name, differs) {
			assert.Equal(t, tc.name, differs.Settings[0].Name)
		}
		tc.mend()
		require.NoError(t, open(), tc.name)
	}
}

// TestNothingPrintsASecret by whatever verb and log handler.
func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"nats://fleet:s3cret@host:4222", "fleet:s3cret@host", "nats://s3cret@host", "nats://a:1,tls://fleet:s3cret@b:2",
		"nats://fleet:s3cret%zz@host", "nats://fleet:s3cret/more@host", "://s3cret", "nats://host/s3cret?s3cret#s3cret", "fleet:s3cret",
	} {
		c := Config{URL: url, Options: []nats.Option{nats.Token("s3cret")}, Name: "blue"}
		f := &Fleet{cfg: c}
		j := &Job{w: &work{f: f}, in: &api.RealtimeCallIncoming{}, entry: entry{State: []byte("s3cret"), Agent: []byte(`"s3cret"`)}}
		var out strings.Builder
		for _, x := range []any{c, &c, f, j, struct{ C Config }{c}, []Config{c}, map[string]*Config{"a": &c}} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
				fmt.Fprintf(&out, verb+"\n", x)
			}
			slog.New(slog.NewTextHandler(&out, nil)).Info("x", "x", x)
			slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "x", x)
			data, err := json.Marshal(x)
			require.NoError(t, err)
			out.Write(data)
		}
		assert.NotContains(t, out.String(), "s3cret", url)
		assert.NotContains(t, out.String(), fmt.Sprintf("%x", "s3cret"), url)
		assert.Contains(t, out.String(), "blue")
	}
	assert.Contains(t, fmt.Sprint(Config{URL: "nats://u:p@a:1, b:2"}), "nats://***@a:1,nats://b:2")
	assert.NotPanics(t, func() { _ = fmt.Sprint((*Fleet)(nil), (*Job)(nil)) })
}
