package realtime_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/socket"
)

// TestEveryCut holds a conversation and breaks its connection after each frame of
// either side: with parallel tools, audio that is truncated and committed, updates, one
// of which the server refuses, and deletions. Whatever the frame, the new conversation
// holds what the program asked for and what it saw the server add, in that order, each
// once and whole, but for what Reconnected lists; and the program learns once of each
// response.
func TestEveryCut(t *testing.T) {
	t.Parallel()
	frames := 0
	t.Run("uncut", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := talk(t)
			assert.Empty(t, c.reports)
			c.check(t)
			frames = len(c.srv.Conns()[0].Log())
		})
	})
	require.Greater(t, frames, 80, "the conversation is too short to show anything")
	step := 1
	if testing.Short() {
		step = 7
	}
	for name, fault := range map[string]realtimetest.Step{"between frames": realtimetest.HangUp{}, "in the next frame": realtimetest.Cut{}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := 1; n <= frames; n += step {
				cutRun(t, fmt.Sprintf("frame %d", n), 1, realtimetest.Fault{Conn: 1, At: anyFrame, Nth: n, Do: fault})
			}
		})
	}
	t.Run("again while it is restored", func(t *testing.T) {
		t.Parallel()
		for _, first := range []int{frames / 4, frames / 2, frames - 5} {
			for n := 1; n <= 24; n += step {
				cutRun(t, fmt.Sprintf("frames %d and %d", first, n), 1,
					realtimetest.Fault{Conn: 1, At: anyFrame, Nth: first, Do: realtimetest.HangUp{}},
					realtimetest.Fault{Conn: 2, At: anyFrame, Nth: n, Do: realtimetest.HangUp{}})
			}
		}
	})
}

func anyFrame(realtimetest.Entry) bool { return true }

// cutRun holds the conversation once, with faults after session.created.
func cutRun(t *testing.T, name string, least int, faults ...realtimetest.Fault) {
	t.Helper()
	if faults[0].Nth == 1 {
		faults[0].Nth = 2 // Before session.created is read there is no session to bring back.
	}
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := talk(t, faults...)
			assert.GreaterOrEqual(t, len(c.reports), least)
			c.check(t)
		})
	})
}

// cutTalk is a conversation and what its program knows of it: a mirror that is made of
// what was asked for and received alone.
type cutTalk struct {
	srv *realtimetest.Server
	s   *realtime.Session

	asked   int             // responses
	made    map[string]bool // ids of the items that the program created
	deleted string
	cutOff  string // the id of the item that was truncated

	doubtful atomic.Int64 // events whose write failed and that are not sent again

	mu      sync.Mutex // guards what follows
	order   []string   // of the items that the program saw added
	whole   map[string]bool
	calls   map[string]string // call id by item id
	outputs map[string]string // call id by output's id
	reports []*realtime.Reconnected
	failed  []*realtime.ServerError
	ended   int // responses
	turn    chan struct{}
}

const answerText = "This is a long answer of many words."

func talk(t *testing.T, faults ...realtimetest.Fault) *cutTalk {
	t.Helper()
	cfg := &realtimetest.Config{NoRateLimits: true, Script: realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "what was spoken"}},
		Rules: []realtimetest.Rule{
			{When: realtimetest.Returned("weather"), Do: []realtimetest.Step{realtimetest.Say{Text: answerText}}},
			{When: realtimetest.Said("weather"), Do: []realtimetest.Step{
				realtimetest.Call{Name: "weather", Arguments: `{"city":"Lisbon"}`},
				realtimetest.Call{Name: "weather", Arguments: `{"city":"Porto"}`},
			}},
			{Do: []realtimetest.Step{realtimetest.Say{Text: answerText}}},
		},
		Faults: faults,
	}}
	c := &cutTalk{
		made: map[string]bool{}, whole: map[string]bool{},
		calls: map[string]string{}, outputs: map[string]string{}, turn: make(chan struct{}, 99),
	}
	c.srv, c.s = inMemory(t, cfg, &realtime.Tap{Sent: func(eventType string, _ int, fate socket.Fate) {
		if fate == socket.Uncertain && !strings.Contains(eventType, ".item.") && eventType != "session.update" {
			c.doubtful.Add(1)
		}
	}})
	var receiver sync.WaitGroup
	receiver.Go(func() { c.receive(t) })
	c.program(t)
	time.Sleep(time.Minute) // The last frame may have been the one.
	require.NoError(t, c.s.Close())
	receiver.Wait()
	return c
}

// program is what the client asks for.
func (c *cutTalk) program(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	_, err := c.s.Update(ctx, &api.RealtimeSessionConfig{
		Instructions: new("one"),
		Audio: &api.SessionAudio{Input: &api.AudioInput{
			TurnDetection: api.Null{}, Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModel("whisper-1"))}),
		}},
	})
	require.NoError(t, err)
	c.send(t, say("u1", "hello"), say("gone", "a secret"), after(realtime.RootItem, say("front", "be kind")))
	c.send(t, instruct("two"), slow())
	c.respond(t)
	if id := c.last(); id != "" {
		c.cutOff = id
		c.send(t, &api.ConversationItemTruncate{ItemID: id, AudioEndMS: 100})
	}
	c.send(t, remove("gone"), after("u1", say("u2", "as I said")))
	c.deleted = "gone"
	require.NoError(t, c.s.AppendAudio(ctx, make([]byte, 9600)))
	c.send(t, &api.InputAudioBufferCommit{}, say("u3", "how is the weather?"))
	c.respond(t)
	c.respond(t)
	c.send(t, instruct("three"), say("u4", "thanks"))
	_, err = c.s.Request(ctx, say("end", "bye"))
	require.NoError(t, err)
	c.made["end"] = true
}

func (c *cutTalk) send(t *testing.T, events ...api.ClientEvent) {
	t.Helper()
	for _, e := range events {
		require.NoError(t, c.s.Send(t.Context(), e))
		if e, ok := e.(*api.ConversationItemCreate); ok {
			c.made[api.ItemID(e.Item)] = true
		}
	}
}

// respond asks for a response and waits until the program knows its end.
func (c *cutTalk) respond(t *testing.T) {
	t.Helper()
	c.send(t, &api.ResponseCreate{})
	c.asked++
	select {
	case <-c.turn:
	case <-time.After(time.Hour):
		require.Fail(t, "the program is not told of the end of its response")
	}
}

// last returns the answer that is the last item, if the first connection has it still.
func (c *cutTalk) last() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.order); n > 0 && len(c.reports) == 0 && c.whole[c.order[n-1]] {
		return c.order[n-1]
	}
	return ""
}

func (c *cutTalk) receive(t *testing.T) {
	t.Helper()
	for e, err := range c.s.Events(context.Background()) {
		if !assert.NoError(t, err) {
			return
		}
		c.mu.Lock()
		c.take(t, e)
		c.mu.Unlock()
	}
}

func (c *cutTalk) take(t *testing.T, e api.ServerEvent) {
	t.Helper()
	switch e := e.(type) {
	case *api.ConversationItemAdded:
		id := api.ItemID(e.Item)
		assert.NotContains(t, c.order, id, "the receiver saw it added twice")
		at := 0
		if previous, ok := e.PreviousItemID.Get(); ok {
			at = slices.Index(c.order, previous) + 1
		}
		c.order = slices.Insert(c.order, at, id)
	case *api.ResponseOutputItemDone:
		c.whole[api.ItemID(e.Item)] = true
		if call, ok := e.Item.(*api.FunctionCall); ok {
			c.calls[*call.ID] = call.CallID
			id := fmt.Sprintf("out_%d", len(c.outputs))
			c.outputs[id] = call.CallID
			assert.NoError(t, c.s.Send(t.Context(), output(id, call.CallID)))
		}
	case *api.ResponseDone:
		c.end()
	case *api.ErrorEvent:
		c.failed = append(c.failed, realtime.NewServerError(e))
	case *realtime.Reconnected:
		c.reports = append(c.reports, e)
		for range e.Interrupted {
			c.end()
		}
		for _, u := range e.Unanswered {
			if u.Type == "response.create" {
				c.end()
			}
		}
	default:
	}
}

func (c *cutTalk) end() {
	c.ended++
	c.turn <- struct{}{}
}

// check compares the conversation of the last connection with what the program knows.
func (c *cutTalk) check(t *testing.T) {
	t.Helper()
	conns := c.srv.Conns()
	ids, items := conversation(t, conns[len(conns)-1])
	lost := map[string]string{}
	uncertain := 0
	for _, r := range c.reports {
		for _, l := range r.Lost {
			lost[l.ID] = l.Reason
			if l.CallID != "" {
				lost[c.outputOf(l.CallID)] = l.Reason
			}
		}
		uncertain += len(r.Uncertain)
	}
	var want []string
	for _, id := range c.order {
		if lost[id] == "" && id != c.deleted {
			want = append(want, id)
		}
	}
	assert.Equal(t, want, ids, "lost %v", lost)
	c.checkMissing(t, items, lost)
	for id, item := range items {
		checkWhole(t, id, item, c.cutOff)
	}
	c.checkErrors(t)
	// A write that ends after the outage was noticed counts, too.
	assert.LessOrEqual(t, int(c.doubtful.Load()), uncertain)
	assert.LessOrEqual(t, uncertain, len(c.reports))
	assert.Equal(t, c.asked, c.ended, "each response has an end that the program knows, once")
	assertInstructions(t, c.s, "three")
}

// checkErrors holds that the refusal of the settings arrives, once. A commit of audio
// that the old connection's server had is refused by the new one's.
func (c *cutTalk) checkErrors(t *testing.T) {
	t.Helper()
	refusals := 0
	for _, f := range c.failed {
		if strings.Contains(f.Error(), "input_audio_buffer_commit_empty") {
			assert.True(t, slices.ContainsFunc(c.reports, func(r *realtime.Reconnected) bool { return r.UncommittedAudio+len(r.Uncertain) > 0 }))
			continue
		}
		assert.Contains(t, f.Error(), "param=session.audio.input.format.rate")
		refusals++
	}
	assert.Equal(t, 1, refusals)
}

// checkMissing holds that what is not in the conversation had to be lost.
func (c *cutTalk) checkMissing(t *testing.T, items map[string]api.Item, lost map[string]string) {
	t.Helper()
	for id := range c.made {
		if id != c.deleted {
			assert.Contains(t, items, id, "the client has it")
		}
	}
	assert.NotContains(t, items, c.deleted)
	for id := range c.whole {
		if id != c.cutOff && !strings.Contains(lost[id], "transcript") {
			assert.Contains(t, items, id, "the server has finished it: %s", lost[id])
		}
	}
	for id := range c.outputs {
		assert.Contains(t, items, id, "its call was whole")
	}
}

func (c *cutTalk) outputOf(callID string) string {
	for id, of := range c.outputs {
		if of == callID {
			return id
		}
	}
	return callID
}

// checkWhole holds that an item is not half-made.
func checkWhole(t *testing.T, id string, item api.Item, cutOff string) {
	t.Helper()
	switch x := item.(type) {
	case *api.FunctionCall:
		assert.Contains(t, x.Arguments, "}", id)
		assert.Equal(t, api.ItemStatusCompleted, *x.Status)
	case *api.AssistantMessage:
		require.Len(t, x.Content, 1, id)
		words := x.Content[0].Transcript
		if x.Content[0].Text != nil {
			words = x.Content[0].Text
		}
		if id == cutOff {
			assert.Nil(t, words, "what was not heard is back")
			return
		}
		if assert.NotNil(t, words, id) {
			assert.Equal(t, answerText, strings.TrimSpace(*words), id)
		}
	default:
	}
}
