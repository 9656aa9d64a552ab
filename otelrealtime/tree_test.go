package otelrealtime

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/usage"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

const secretText = "my card is 4111 1111 1111 1111 and my number +15550100, ek_68af296e8e408191 <sip:me@example.com> X-Account: 7"

var script = realtimetest.Script{Rules: []realtimetest.Rule{
	{When: realtimetest.Said("weather"), Times: 1, Do: []realtimetest.Step{
		realtimetest.Call{Name: "forecast", Arguments: `{"city":"` + secretText + `"}`},
		realtimetest.Call{Name: "pollen", Arguments: `{}`},
	}},
	{When: realtimetest.Said("break"), Do: []realtimetest.Step{realtimetest.Fail{Code: "server_overloaded"}}},
	{When: realtimetest.Said("slow"), Do: []realtimetest.Step{realtimetest.Wait(time.Minute), realtimetest.Say{Text: "Here."}}},
}}

// play holds a conversation with functions, a response outside of it, a failure, a refusal
// and a response that is cancelled.
func play(t *testing.T, s *realtime.Session) {
	t.Helper()
	s.Discard()
	ask := func(text string, r *api.ResponseCreate) *realtime.ResponseStream {
		time.Sleep(time.Second)
		if text != "" {
			require.NoError(t, s.SendText(t.Context(), text))
		}
		stream, err := s.Respond(t.Context(), r)
		require.NoError(t, err)
		return stream
	}
	answer, err := ask("How is the weather? "+secretText, nil).Answer(t.Context())
	require.NoError(t, err)
	for _, item := range answer.Response.Output {
		if call, ok := item.(*api.FunctionCall); ok {
			time.Sleep(250 * time.Millisecond)
			_, err := s.Request(t.Context(), &api.ConversationItemCreate{Item: api.FunctionOutput(call.CallID, secretText)})
			require.NoError(t, err)
		}
	}
	_, err = ask("", nil).Answer(t.Context())
	require.NoError(t, err)

	_, err = ask("", &api.ResponseCreate{Response: &api.ResponseParams{
		Conversation: new(api.ResponseConversation("none")), OutputModalities: []api.Modality{api.ModalityText},
	}}).Answer(t.Context())
	require.NoError(t, err)

	answer, err = ask("break "+secretText, nil).Answer(t.Context())
	require.NoError(t, err)
	require.Equal(t, api.ResponseStatusFailed, answer.Response.Status)
	_, err = s.Request(t.Context(), &api.ConversationItemRetrieve{ItemID: "item_unknown"})
	require.Error(t, err)

	stream := ask("slow", nil)
	time.Sleep(time.Second)
	require.NoError(t, s.CancelResponse(t.Context(), ""))
	_, _ = stream.Answer(t.Context())
	time.Sleep(time.Second)
}

func TestSpansOfASession(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]bool{"spans.txt": false, "spans_content.txt": true} {
		synctest.Test(t, func(t *testing.T) {
			x := newObservatory(t, Options{Content: content})
			_, s, _ := x.connect(t, script, realtime.Options{})
			play(t, s)
			require.NoError(t, s.Close())
			golden(t, name, x.tree())
		})
	}
}

// TestMetricsOfASession also compares tokens and cost with those of a meter.
func TestMetricsOfASession(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newObservatory(t, Options{})
		meter := usage.NewMeter(nil)
		_, s, _ := x.connect(t, script, realtime.Options{Taps: []*realtime.Tap{meter.Tap()}})
		open := x.sums(t)
		assert.Equal(t, "1", open["realtime.sessions"])
		assert.Equal(t, "0", open["realtime.queue.events realtime.queue.name=send"])
		play(t, s)
		require.NoError(t, s.Close())
		got := x.sums(t)
		total, err := meter.Bill().Total()
		require.NoError(t, err)
		var cost float64
		for name, value := range got {
			if strings.HasPrefix(name, "realtime.cost") {
				cost += number(t, value)
			}
		}
		assert.InDelta(t, amount(total), cost, 1e-9)
		assert.Positive(t, cost)
		model := "gen_ai.provider.name=openai,gen_ai.request.model=gpt-realtime-2.1"
		assert.Equal(t, "0", got["realtime.sessions"])
		assert.Equal(t, "3", got["realtime.turns "+model], "%v", got)
		assert.Equal(t, "1", got["realtime.interruptions "+model])
		assert.Equal(t, "1", got["realtime.errors error.type=server_overloaded"])
		assert.Contains(t, got["gen_ai.execute_tool.duration gen_ai.tool.name=forecast"], "1: 0.2")
		assert.Contains(t, got["gen_ai.execute_tool.duration gen_ai.tool.name=pollen"], "1: 0.5")
		assert.Contains(t, got["gen_ai.client.operation.duration "+model], "5: ")
		assert.Contains(t, got["gen_ai.client.operation.time_to_first_chunk "+model], "2: ")
		assert.Equal(t, "1: 0.000 s", got["realtime.dial.duration"])
	})
}

// TestNothingOfTheContentIsWritten looks for texts, arguments, outputs, keys and numbers of
// phones in everything that is written by default.
func TestNothingOfTheContentIsWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newObservatory(t, Options{})
		_, s, _ := x.connect(t, script, realtime.Options{})
		play(t, s)
		require.NoError(t, s.Abort(errors.New(secretText)))
		<-s.Done()
		synctest.Wait()
		written := fmt.Sprint(x.tree(), x.sums(t))
		for _, secret := range []string{"4111", "15550100", "ek_", "sip:", "X-Account", "weather", "slow", "sk-secret", "Here"} {
			assert.NotContains(t, written, secret)
		}
	})
}

// TestWhatTheUserSaidIsOfItsTurn has transcripts that arrive when the user speaks again, and a turn
// in which the user spoke twice.
func TestWhatTheUserSaidIsOfItsTurn(t *testing.T) {
	t.Parallel()
	x := newObservatory(t, Options{Content: true})
	tap := x.Observe(t.Context()).Tap()
	for _, e := range []realtime.Event{
		&api.InputAudioBufferSpeechStarted{ItemID: "u1"},
		&api.InputAudioBufferSpeechStarted{ItemID: "u2"},
		&api.ResponseCreated{Response: api.Response{ID: "r1"}},
		&api.ConversationItemInputAudioTranscriptionCompleted{ItemID: "u1", Transcript: "What is"},
		&api.InputAudioBufferSpeechStarted{ItemID: "u3"},
		&api.ConversationItemInputAudioTranscriptionCompleted{ItemID: "u2", Transcript: "the time?"},
		&api.ConversationItemInputAudioTranscriptionCompleted{ItemID: "u3", Transcript: "Wait."},
		&api.ResponseCreated{Response: api.Response{ID: "r2"}},
		&api.ConversationItemInputAudioTranscriptionCompleted{ItemID: "u4", Transcript: "Of a server without ids."},
	} {
		tap.Received(e, nil, []byte("{}"))
	}
	tap.Ended(nil)
	var said []string
	for _, span := range x.spans.GetSpans() {
		for _, a := range span.Attributes {
			if a.Key == keyUserText {
				said = append(said, a.Value.AsString())
			}
		}
	}
	assert.ElementsMatch(t, []string{"What is\nthe time?", "Wait.\nOf a server without ids."}, said)
}

func TestReconnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newObservatory(t, Options{})
		srv, s, _ := x.connect(t, script, realtime.Options{Reconnect: &realtime.Reconnect{}})
		s.Discard()
		require.NoError(t, s.SendText(t.Context(), "slow"))
		_, err := s.Respond(t.Context(), nil)
		require.NoError(t, err)
		srv.Conns()[0].Drop()
		time.Sleep(10 * time.Second)
		got := x.sums(t)
		assert.Equal(t, "1", got["realtime.reconnections"], "%v", got)
		assert.Contains(t, got["realtime.reconnection.duration"], "1: ")
		require.NoError(t, s.Close())
		tree := x.tree()
		assert.Contains(t, tree, "[Error: the connection was lost]")
		assert.Contains(t, tree, "! realtime.reconnected realtime.reconnect.attempts=1")
	})
}

// Events that wait for a receiver are in the depth of the queue, and gone once received.
func TestQueueDepths(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newObservatory(t, Options{})
		_, s, _ := x.connect(t, script, realtime.Options{})
		require.NoError(t, s.SendText(t.Context(), "How is the weather?"))
		time.Sleep(time.Second)
		full := x.sums(t)
		assert.Positive(t, number(t, full["realtime.queue.events realtime.queue.name=receive"]), "%v", full)
		assert.Positive(t, number(t, full["realtime.queue.size realtime.queue.name=receive"]))
		s.Discard()
		synctest.Wait()
		assert.Equal(t, "0", x.sums(t)["realtime.queue.events realtime.queue.name=receive"])
		require.NoError(t, s.Close())
	})
}

// stalled is a connection that writes nothing until it is released.
type stalled struct {
	net.Conn
	writes *atomic.Pointer[chan struct{}]
}

func (c *stalled) Write(p []byte) (int, error) {
	if wait := c.writes.Load(); wait != nil {
		<-*wait
	}
	return c.Conn.Write(p)
}

// Events that wait for a peer that reads nothing are in the depth of the send queue, with
// their bytes, and gone once it reads.
func TestSendQueueDepth(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newObservatory(t, Options{})
		var writes atomic.Pointer[chan struct{}]
		x.wrap = func(c net.Conn) net.Conn { return &stalled{c, &writes} }
		_, s, _ := x.connect(t, script, realtime.Options{PingInterval: -1})
		s.Discard()
		release := make(chan struct{})
		writes.Store(&release)
		const events, size = 50, 4_800
		for range events {
			require.NoError(t, s.Send(t.Context(), &api.InputAudioBufferAppend{Audio: make([]byte, size)}))
		}
		synctest.Wait()
		full := x.sums(t)
		depth := number(t, full["realtime.queue.events realtime.queue.name=send"])
		assert.InDelta(t, events, depth, 1, "all but the one that is being written")
		assert.Greater(t, number(t, full["realtime.queue.size realtime.queue.name=send"]), depth*size)
		assert.Equal(t, "0", full["realtime.queue.events realtime.queue.name=receive"])
		close(release)
		synctest.Wait()
		read := x.sums(t)
		assert.Equal(t, "0", read["realtime.queue.events realtime.queue.name=send"])
		assert.Equal(t, "0", read["realtime.queue.size realtime.queue.name=send"])
		require.NoError(t, s.Close())
	})
}

// What a new connection does not hold is counted item by item.
func TestLostItemsAreCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newObservatory(t, Options{})
		_, s, observed := x.connect(t, script, realtime.Options{})
		observed.Tap().Received(&realtime.Reconnected{Attempts: 2, Lost: make([]realtime.LostItem, 3)}, nil, nil)
		require.NoError(t, s.Close())
		assert.Equal(t, "3", x.sums(t)["realtime.items.lost"])
		assert.Contains(t, x.tree(), "realtime.reconnect.items_lost=3")
	})
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	var f float64
	_, err := fmt.Sscan(s, &f)
	require.NoError(t, err)
	return f
}

// TestCostHasTheCurrencyOfItsPrices looks at the unit of the metric.
func TestCostHasTheCurrencyOfItsPrices(t *testing.T) {
	t.Parallel()
	for unit, prices := range map[string]*usage.Prices{"{USD}": nil, "{EUR}": {Currency: "EUR"}} {
		x := newObservatory(t, Options{Prices: prices})
		x.metrics.cost.Add(t.Context(), 1)
		var data metricdata.ResourceMetrics
		require.NoError(t, x.reader.Collect(t.Context(), &data))
		units := map[string]string{}
		for _, m := range data.ScopeMetrics[0].Metrics {
			units[m.Name] = m.Unit
		}
		assert.Equal(t, unit, units["realtime.cost"])
	}
}
