package beside

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/openai/openai-go/v3"
	vendorsocket "github.com/openai/openai-go/v3/packages/websocket"
	vendor "github.com/openai/openai-go/v3/realtime"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/socket"
)

func TestAnEndedReceiveConsumesNothing(t *testing.T) {
	t.Parallel()
	both(t, func(p *peer) {
		p.readType() // The receive has ended.
		p.send(event("e1"))
		p.send(event("e2"))
		p.close(1000, "")
	}, limits{}, func(t *testing.T, s *side) {
		t.Helper()
		ended, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, _, err := s.recv(ended)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, s.send(within(t), []byte("a")))
		assert.Equal(t, []string{"e1", "e2"}, s.ids(t, 2), "what had arrived comes before the end")
		require.Error(t, s.end(t))
	})
}

// conversation makes the server send many kinds of events.
func conversation() *realtimetest.Config {
	return &realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Said("weather"), Do: []realtimetest.Step{realtimetest.Call{Name: "weather", Arguments: `{"city":"Lisbon"}`, ID: "call_1"}}},
	}}}
}

func TestTheSameEventsArriveWithTheirTypes(t *testing.T) { //nolint:tparallel // The subtests share a server or a result.
	t.Parallel()
	kinds := map[string][]string{}
	for name, open := range map[string]func(t *testing.T, url string) *side{
		"theirs": func(t *testing.T, url string) *side { t.Helper(); return theirs(t, url, vendorsocket.Options{}) },
		"ours":   func(t *testing.T, url string) *side { t.Helper(); return ours(t, url, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			srv := realtimetest.NewServer(conversation())
			defer srv.Close()
			s := open(t, srv.URL)
			for _, text := range []string{"hello", "the weather?"} {
				if s.theirs != nil {
					require.NoError(t, s.theirs.Send(within(t), vendor.RealtimeClientEventUnionParam{OfConversationItemCreate: &vendor.ConversationItemCreateEventParam{
						Item: vendor.ConversationItemUnionParam{OfRealtimeUserMessageItem: &vendor.RealtimeConversationItemUserMessageParam{
							Content: []vendor.RealtimeConversationItemUserMessageContentParam{{Type: "input_text", Text: openai.String(text)}},
						}},
					}}))
					require.NoError(t, s.theirs.Send(within(t), vendor.RealtimeClientEventUnionParam{OfResponseCreate: &vendor.ResponseCreateEventParam{}}))
				} else {
					require.NoError(t, s.ours.SendText(within(t), text))
					require.NoError(t, s.ours.Send(within(t), &api.ResponseCreate{}))
				}
				for kind := ""; kind != "response.done"; {
					var err error
					kind, _, err = s.recv(within(t))
					require.NoError(t, err)
					if list := kinds[name]; len(list) == 0 || list[len(list)-1] != kind {
						kinds[name] = append(kinds[name], kind)
					}
				}
			}
		})
	}
	assert.Equal(t, kinds["theirs"], kinds["ours"])
	assert.Greater(t, len(kinds["ours"]), 15)
}

func TestAnUnknownEventKeepsItsBytes(t *testing.T) {
	t.Parallel()
	const odd = `{ "type":"brand.new", "event_id":"e1", "more":[1.50,{"a":null}] }`
	both(t, func(p *peer) { p.send(odd); p.drain() }, limits{}, func(t *testing.T, s *side) {
		t.Helper()
		if s.theirs != nil {
			e, err := s.theirs.Recv(within(t))
			require.NoError(t, err)
			assert.Equal(t, odd, e.RawJSON())
			return
		}
		e, err := s.ours.Recv(within(t))
		require.NoError(t, err)
		back, err := json.Marshal(e)
		require.NoError(t, err)
		assert.JSONEq(t, odd, string(back))
		assert.Equal(t, "brand.new", e.EventType())
	})
}

// A frame that is no event ends their connection, and one receive of ours. Of both, the
// error says where the text is wrong and holds nothing of it.
func TestAMalformedFrame(t *testing.T) {
	t.Parallel()
	for name, frame := range map[string]string{"no JSON": `{"type":"error","a":"secret"x`, "no type": `{"event_id":"e1"}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			both(t, func(p *peer) {
				p.send(frame)
				p.send(event("e2"))
				p.drain()
			}, limits{}, func(t *testing.T, s *side) {
				t.Helper()
				_, _, err := s.recv(within(t))
				require.Error(t, err)
				assert.NotContains(t, err.Error(), "secret")
				syntax, ok := errors.AsType[*json.SyntaxError](err)
				malformed, here := errors.AsType[*api.DecodeError](err)
				assert.Equal(t, s.ours != nil, here)
				if name == "no JSON" && s.theirs != nil {
					require.True(t, ok)
					assert.Positive(t, syntax.Offset)
				}
				if name == "no JSON" && s.ours != nil {
					assert.Positive(t, malformed.Offset)
				}
				_, id, err := s.recv(within(t))
				if s.theirs != nil {
					require.Error(t, err)
					return
				}
				require.NoError(t, err)
				assert.Equal(t, "e2", id)
			})
		})
	}
}

// What is too long ends a connection before its last fragment has come. Ours has a bound
// of its own, theirs has none unless it is asked for.
func TestAMessageThatNeverEnds(t *testing.T) {
	t.Parallel()
	play := func(p *peer) {
		w, err := p.ws.NextWriter(websocket.TextMessage)
		if err != nil {
			return
		}
		for chunk := []byte(strings.Repeat(" ", 64<<10)); err == nil; {
			_, err = w.Write(chunk) // Never closed.
		}
	}
	l := limits{theirs: vendorsocket.Options{MaxMessageBytes: 1 << 20}, ours: realtime.Options{ReadLimit: 1 << 20}}
	both(t, play, l, func(t *testing.T, s *side) {
		t.Helper()
		err := s.end(t)
		if s.ours != nil {
			require.ErrorIs(t, err, socket.ErrTooLarge)
		}
	})
	t.Run("ours by default", func(t *testing.T) {
		t.Parallel()
		require.ErrorIs(t, ours(t, serve(t, play), nil).end(t), socket.ErrTooLarge)
	})
}

func TestAnOverflowKeepsWhatWasQueued(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{}, 2)
	play := func(p *peer) {
		for i := range 5 {
			p.send(event(fmt.Sprint("e", i)))
		}
		p.drain()
		ended <- struct{}{}
	}
	l := limits{
		theirs: vendorsocket.Options{MaxBufferedEvents: 2},
		ours:   realtime.Options{ReceiveQueueEvents: 2, Overflow: socket.OverflowFail},
	}
	both(t, func(p *peer) { p.readType(); play(p) }, l, func(t *testing.T, s *side) {
		t.Helper()
		require.NoError(t, s.send(within(t), []byte("begin")))
		<-ended
		assert.Equal(t, []string{"e0", "e1"}, s.ids(t, 2))
		_, _, err := s.recv(within(t))
		if s.theirs != nil {
			require.ErrorIs(t, err, vendorsocket.ErrBufferLimit)
		} else {
			require.ErrorIs(t, err, socket.ErrReceiveQueueFull)
		}
	})
}

func TestASlowReceiverLosesNothing(t *testing.T) {
	t.Parallel()
	const n = 10_000 // More than the queue of ours.
	both(t, func(p *peer) {
		for i := range n {
			p.send(event(fmt.Sprint("e", i)))
		}
		p.drain()
	}, limits{}, func(t *testing.T, s *side) {
		t.Helper()
		require.NoError(t, s.send(within(t), []byte("a")))
		for i, id := range s.ids(t, n) {
			require.Equal(t, fmt.Sprint("e", i), id)
		}
	})
}

// Answers that come in another order: with theirs the program matches them, with ours
// Request does.
func TestAnswersInAnotherOrder(t *testing.T) {
	t.Parallel()
	play := func(p *peer) {
		var ids []string
		for range 2 {
			var e struct {
				ItemID string `json:"item_id"`
			}
			_ = json.Unmarshal(p.read(), &e)
			ids = append(ids, e.ItemID)
		}
		for _, i := range []int{1, 0} {
			p.send(`{"type":"conversation.item.retrieved","event_id":"r","item":{"type":"message","role":"user","id":"` + ids[i] + `","content":[]}}`)
		}
		p.drain()
	}
	both(t, play, limits{}, func(t *testing.T, s *side) {
		t.Helper()
		if s.theirs != nil {
			for _, id := range []string{"a", "b"} {
				require.NoError(t, s.theirs.Send(within(t), vendor.RealtimeClientEventUnionParam{OfConversationItemRetrieve: &vendor.ConversationItemRetrieveEventParam{ItemID: id}}))
			}
			e, err := s.theirs.Recv(within(t))
			require.NoError(t, err)
			assert.Contains(t, e.RawJSON(), `"id":"b"`)
			return
		}
		first, err := s.ours.StartRequest(within(t), &api.ConversationItemRetrieve{ItemID: "a"})
		require.NoError(t, err)
		second, err := s.ours.Request(within(t), &api.ConversationItemRetrieve{ItemID: "b"})
		require.NoError(t, err)
		assert.Equal(t, "b", api.ItemID(second.(*api.ConversationItemRetrieved).Item)) //nolint:errcheck,forcetypeassert // It panics.
		answer, err := first.Wait(within(t))
		require.NoError(t, err)
		assert.Equal(t, "a", api.ItemID(answer.(*api.ConversationItemRetrieved).Item)) //nolint:errcheck,forcetypeassert // It panics.
	})
}
