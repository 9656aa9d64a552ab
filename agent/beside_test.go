package agent

import (
	"cmp"
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/peer"
	"github.com/voicelane/realtime-go/realtime"
)

// telephone is the server of a call: it makes each response at once, and plays it for
// three seconds, or until the caller interrupts after two.
type telephone struct {
	stub

	keys      string // that the caller presses at once
	interrupt bool
	calls     bool           // the first response ends the call
	refuses   bool           // what the user presses
	settings  map[string]any // The latest that it was given.
	words     string         // The name of the event with what it says; "" is today's.
}

func (s *telephone) serve() {
	s.Created()
	for m := s.Read(); m != nil; m = s.Read() {
		switch m["type"] {
		case "session.update":
			s.settings, _ = m["session"].(map[string]any)
			s.event("session.updated", map[string]any{"session": map[string]any{"type": "realtime", "id": "sess_1", "model": "gpt-realtime"}})
			for _, key := range s.keys {
				s.event("input_audio_buffer.dtmf_event_received", map[string]any{"event": string(key), "received_at": 1})
			}
		case "conversation.item.create":
			if s.refuses {
				s.refuse(m, "invalid_value")
				continue
			}
			s.added(m["item"])
		case "response.create":
			s.speak(m)
		}
	}
}

func (s *telephone) speak(m map[string]any) {
	s.asks++
	id := fmt.Sprint("resp_", s.asks)
	tag := map[string]any{tagKey: peer.TextAt(m, "response", "metadata", tagKey)}
	s.response("response.created", id, "in_progress", tag)
	s.event("output_audio_buffer.started", map[string]any{"response_id": id})
	s.event(cmp.Or(s.words, "response.output_audio_transcript.delta"), map[string]any{"response_id": id, "item_id": "m", "output_index": 0, "content_index": 0, "delta": "Bye."})
	if s.calls {
		call := functionCall("c1")
		call["name"] = "end_call"
		s.event("response.output_item.done", map[string]any{"response_id": id, "output_index": 1, "item": call})
	}
	s.response("response.done", id, "completed", tag)
	how, after := "stopped", 3*time.Second
	if s.interrupt {
		how, after = "cleared", 2*time.Second
	}
	time.Sleep(after)
	s.event("output_audio_buffer."+how, map[string]any{"response_id": id})
}

// onTelephone runs a test with a conversation beside a call.
func onTelephone(t *testing.T, s *telephone, a *Agent, o *Options, f func(t *testing.T, c *Conversation)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := peer.Serve(t, func(p *peer.Peer) { s.Peer = p; s.serve() })
		client, err := realtime.NewClient(&realtime.Config{
			APIKey: "sk-test", BaseURL: "http://127.0.0.1/v1", DialContext: network.DialContext, Proxy: realtime.NoProxy,
		})
		require.NoError(t, err)
		session, err := client.Connect(t.Context(), realtime.Call("rtc_1"), nil)
		require.NoError(t, err)
		c, err := Start(t.Context(), session, a, o)
		require.NoError(t, err)
		defer func() { assert.NoError(t, c.Close()) }()
		f(t, c)
	})
}

func TestAGoodbyeBesideACallIsHeardToItsEnd(t *testing.T) {
	t.Parallel()
	phone := &telephone{}
	onTelephone(t, phone, &Agent{}, nil, func(t *testing.T, c *Conversation) {
		t.Helper()
		begin := time.Now()
		require.NoError(t, c.HangUp(t.Context(), "Bye."))
		assert.Equal(t, 3*time.Second, time.Since(begin))
		assert.Equal(t, []any{"audio"}, phone.settings["output_modalities"], "an agent that writes is not heard")
	})
}

func TestASayingBesideACallThatIsInterrupted(t *testing.T) {
	t.Parallel()
	onTelephone(t, &telephone{interrupt: true}, &Agent{}, nil, func(t *testing.T, c *Conversation) {
		t.Helper()
		begin := time.Now()
		require.ErrorIs(t, c.Say(t.Context(), "Bye."), ErrCut)
		assert.Equal(t, 2*time.Second, time.Since(begin))
	})
}

func TestTheModelEndsACallOnceItIsHeard(t *testing.T) {
	t.Parallel()
	for name, interrupt := range map[string]bool{"heard": false, "interrupted": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &Agent{Tools: []Tool{EndCall("At the end.")}}
			onTelephone(t, &telephone{calls: true, interrupt: interrupt}, a, nil, func(t *testing.T, c *Conversation) {
				t.Helper()
				begin := time.Now()
				_, err := c.Ask(t.Context(), "Goodbye!")
				require.NoError(t, err)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				err = c.Wait(ctx)
				if interrupt {
					require.ErrorIs(t, err, context.DeadlineExceeded, "the user keeps the conversation")
					return
				}
				require.NoError(t, err)
				assert.Equal(t, Model, c.End().By)
				assert.Equal(t, 3*time.Second, time.Since(begin))
			})
		})
	}
}

// TestKeysThatCannotBeToldAreAWarning has the server refuse what the caller has pressed.
func TestKeysThatCannotBeToldAreAWarning(t *testing.T) {
	t.Parallel()
	onTelephone(t, &telephone{keys: "12#", refuses: true}, &Agent{}, nil, func(t *testing.T, c *Conversation) {
		t.Helper()
		events := c.Watch(t.Context())
		time.Sleep(time.Minute)
		require.NoError(t, c.Close())
		errs := warnings(t, events)
		require.Len(t, errs, 1)
		assert.ErrorContains(t, errs[0], "invalid_value")
	})
}

func TestKeysOfACall(t *testing.T) {
	t.Parallel()
	pressed := make(chan rune, 2)
	o := &Options{Keys: func(_ context.Context, _ *Conversation, key rune) error { pressed <- key; return nil }}
	onTelephone(t, &telephone{keys: "0#"}, &Agent{}, o, func(t *testing.T, _ *Conversation) {
		t.Helper()
		assert.Equal(t, '0', <-pressed)
		assert.Equal(t, '#', <-pressed)
	})
}

// TestAnOlderNameOfAnEventIsHandled holds that handlers are found by today's names.
func TestAnOlderNameOfAnEventIsHandled(t *testing.T) {
	t.Parallel()
	onTelephone(t, &telephone{words: "response.audio_transcript.delta"}, &Agent{}, nil, func(t *testing.T, c *Conversation) {
		t.Helper()
		answer, err := c.Ask(t.Context(), "Goodbye!")
		require.NoError(t, err)
		turn, err := answer.Turn(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "Bye.", turn.Said)
	})
}
