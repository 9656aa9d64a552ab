package realtime_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// inMemory opens a session that reconnects to a server in memory.
func inMemory(t *testing.T, cfg *realtimetest.Config, taps ...*realtime.Tap) (*realtimetest.Server, *realtime.Session) {
	t.Helper()
	srv := realtimetest.New(cfg)
	t.Cleanup(srv.Close)
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-test", BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy,
	})
	require.NoError(t, err)
	s, err := client.Connect(t.Context(), realtime.Model("m"), &realtime.Options{
		Reconnect: &realtime.Reconnect{InitialDelay: time.Second}, PingInterval: -1, Taps: taps,
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return srv, s
}

// cutAfter breaks the first connection after the nth frame of a type.
func cutAfter(d realtimetest.Direction, wireName string, nth int) *realtimetest.Config {
	return &realtimetest.Config{Script: realtimetest.Script{Faults: []realtimetest.Fault{
		{Conn: 1, At: realtimetest.Is(d, wireName), Nth: nth, Do: realtimetest.HangUp{}},
	}}}
}

// reconnected receives until the session is over a new connection, and returns the
// errors that it received before and since, until nothing more comes.
func reconnected(t *testing.T, s *realtime.Session) (*realtime.Reconnected, []*realtime.ServerError) {
	t.Helper()
	var again *realtime.Reconnected
	var failed []*realtime.ServerError
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for e, err := range s.Events(ctx) {
		if err != nil {
			require.ErrorIs(t, err, context.DeadlineExceeded)
			break
		}
		switch e := e.(type) {
		case *realtime.Reconnected:
			assert.Nil(t, again)
			again = e
		case *api.ErrorEvent:
			failed = append(failed, realtime.NewServerError(e))
		default:
		}
	}
	require.NotNil(t, again)
	return again, failed
}

// conversation returns the items that the server holds at the end of a connection, by
// what it sent.
func conversation(t *testing.T, c *realtimetest.Conn) (ids []string, items map[string]api.Item) {
	t.Helper()
	items = map[string]api.Item{}
	for _, entry := range c.Log() {
		if entry.Direction != realtimetest.Sent {
			continue
		}
		e, err := entry.ServerEvent()
		require.NoError(t, err)
		switch e := e.(type) {
		case *api.ConversationItemAdded:
			id := api.ItemID(e.Item)
			assert.NotContains(t, ids, id, "doubled")
			at := 0
			if previous, ok := e.PreviousItemID.Get(); ok {
				at = slices.Index(ids, previous) + 1
			}
			ids, items[id] = slices.Insert(ids, at, id), e.Item
		case *api.ConversationItemDone:
			items[api.ItemID(e.Item)] = e.Item
		case *api.ConversationItemTruncated:
			x, ok := items[e.ItemID].(*api.AssistantMessage)
			require.True(t, ok)
			kept := *x
			kept.Content = slices.Clone(x.Content)
			kept.Content[e.ContentIndex].Transcript = nil
			items[e.ItemID] = &kept
		case *api.ConversationItemDeleted:
			delete(items, e.ItemID)
			ids = slices.DeleteFunc(ids, func(id string) bool { return id == e.ItemID })
		default:
		}
	}
	return ids, items
}

func lostIDs(r *realtime.Reconnected) (ids []string) {
	for _, l := range r.Lost {
		ids = append(ids, l.ID+l.CallID)
	}
	return ids
}

func say(id, text string) *api.ConversationItemCreate {
	return &api.ConversationItemCreate{Item: &api.UserMessage{
		ID: &id, Content: []api.UserContent{{Type: api.UserContentTypeInputText, Text: &text}},
	}}
}

func after(id string, e *api.ConversationItemCreate) *api.ConversationItemCreate {
	e.PreviousItemID = &id
	return e
}

func call(id, callID string) *api.ConversationItemCreate {
	return &api.ConversationItemCreate{Item: &api.FunctionCall{ID: &id, CallID: callID, Name: "look", Arguments: "{}"}}
}

func output(id, callID string) *api.ConversationItemCreate {
	return &api.ConversationItemCreate{Item: &api.FunctionCallOutput{ID: &id, CallID: callID, Output: "42"}}
}

func remove(id string) *api.ConversationItemDelete { return &api.ConversationItemDelete{ItemID: id} }

func instruct(text string) *api.SessionUpdate {
	return &api.SessionUpdate{Session: &api.RealtimeSessionConfig{Instructions: &text}}
}

// slow is an update that the server refuses: it serves one rate alone.
func slow() *api.SessionUpdate {
	return &api.SessionUpdate{Session: &api.RealtimeSessionConfig{Audio: &api.SessionAudio{
		Input: &api.AudioInput{Format: &api.UnknownAudioFormat{Type: "audio/pcm", Raw: []byte(`{"type":"audio/pcm","rate":8000}`)}},
	}}}
}

// unanswered are the cases of TestNothingIsLostUnanswered, by name.
var unanswered = map[string]struct {
	before       []api.ClientEvent // answered
	last         []api.ClientEvent // not answered: the connection breaks
	want         []string          // the new conversation; "*" is an id of ours
	restored     []string
	lost         []string
	instructions string
	refused      int
	unanswered   []string
}{
	"a text": {
		last: []api.ClientEvent{&api.ConversationItemCreate{Item: api.UserText("4711")}},
		want: []string{"*"}, restored: []string{"*"},
	},
	"an item at the end": {
		before: []api.ClientEvent{say("a", "1"), say("b", "2")},
		last:   []api.ClientEvent{say("c", "3")},
		want:   []string{"a", "b", "c"}, restored: []string{"a", "b", "c"},
	},
	"an item in the middle": {
		before: []api.ClientEvent{say("a", "1"), say("b", "2")},
		last:   []api.ClientEvent{after("a", say("c", "3"))},
		want:   []string{"a", "c", "b"}, restored: []string{"a", "b", "c"},
	},
	"an item at the front": {
		before: []api.ClientEvent{say("a", "1"), say("b", "2")},
		last:   []api.ClientEvent{after(realtime.RootItem, say("c", "3"))},
		want:   []string{"c", "a", "b"}, restored: []string{"a", "b", "c"},
	},
	"several": {
		before: []api.ClientEvent{say("a", "1")},
		last:   []api.ClientEvent{say("b", "2"), after("b", say("d", "4")), after("b", say("c", "3"))},
		want:   []string{"a", "b", "c", "d"}, restored: []string{"a", "b", "d", "c"},
	},
	"an output": {
		before: []api.ClientEvent{call("f", "call_1")},
		last:   []api.ClientEvent{output("o", "call_1")},
		want:   []string{"f", "o"}, restored: []string{"f", "o"},
	},
	"a call and its output": {
		last: []api.ClientEvent{call("f", "call_1"), output("o", "call_1")},
		want: []string{"f", "o"}, restored: []string{"f", "o"},
	},
	"an output without its call": {
		before: []api.ClientEvent{call("f", "call_1")},
		last:   []api.ClientEvent{remove("f"), output("o", "call_1")},
		lost:   []string{"o"},
	},
	"a deletion": {
		before: []api.ClientEvent{say("a", "1"), say("b", "2")},
		last:   []api.ClientEvent{remove("a")},
		want:   []string{"b"}, restored: []string{"b"},
	},
	"an item and its deletion": {
		before: []api.ClientEvent{say("a", "1")},
		last:   []api.ClientEvent{say("b", "2"), remove("b")},
		want:   []string{"a"}, restored: []string{"a"},
	},
	"an item after one that is deleted": {
		before: []api.ClientEvent{say("a", "1"), say("b", "2"), say("c", "3")},
		last:   []api.ClientEvent{after("b", say("d", "4")), remove("b")},
		want:   []string{"a", "d", "c"}, restored: []string{"a", "c", "d"},
	},
	"a deletion and the item anew": {
		before: []api.ClientEvent{say("a", "1")},
		last:   []api.ClientEvent{remove("a"), say("a", "2")},
		want:   []string{"a"}, restored: []string{"a"},
	},
	"settings": {
		before:       []api.ClientEvent{instruct("first")},
		last:         []api.ClientEvent{instruct("second")},
		instructions: "second",
	},
	"settings that are refused": {
		before:       []api.ClientEvent{instruct("first")},
		last:         []api.ClientEvent{slow()},
		instructions: "first",
		refused:      1,
	},
	"settings among those that are refused": {
		before:       []api.ClientEvent{instruct("first"), say("a", "1")},
		last:         []api.ClientEvent{slow(), instruct("second"), slow(), say("b", "2")},
		want:         []string{"a", "b"},
		restored:     []string{"a", "b"},
		instructions: "second",
		refused:      2,
	},
	"a response": {
		before:     []api.ClientEvent{say("a", "1")},
		last:       []api.ClientEvent{&api.ResponseCreate{}},
		want:       []string{"a"},
		restored:   []string{"a"},
		unanswered: []string{"response.create"},
	},
}

// TestNothingIsLostUnanswered sends events of which the old connection's server takes
// the last and answers no more, and holds what the new one's has then.
func TestNothingIsLostUnanswered(t *testing.T) {
	t.Parallel()
	for name, c := range unanswered {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				// The server is held while the last events arrive, and then hangs up.
				hold := &realtimetest.Config{Script: realtimetest.Script{Faults: []realtimetest.Fault{
					{Conn: 1, At: isReceived, Nth: len(c.before) + 1, Do: realtimetest.Stall(time.Second)},
					{Conn: 1, At: isReceived, Nth: len(c.before) + 1, Do: realtimetest.HangUp{}},
				}}}
				srv, s := inMemory(t, hold)
				for _, e := range c.before {
					_, err := s.Request(t.Context(), e)
					require.NoError(t, err)
				}
				for _, e := range c.last {
					require.NoError(t, s.Send(t.Context(), e))
				}
				again, failed := reconnected(t, s)
				ids, _ := conversation(t, srv.Conns()[1])
				assert.Equal(t, c.want, ours(ids))
				assert.Equal(t, c.restored, ours(again.Restored))
				assert.Equal(t, c.lost, lostIDs(again))
				assert.Len(t, failed, c.refused)
				assert.Empty(t, again.Uncertain)
				var types []string
				for _, u := range again.Unanswered {
					types = append(types, u.Type)
				}
				assert.Equal(t, c.unanswered, types)
				assertInstructions(t, s, c.instructions)

				// A second outage brings back the same, and no refusal again.
				srv.Conns()[1].Drop()
				again, failed = reconnected(t, s)
				last, _ := conversation(t, srv.Conns()[2])
				assert.Equal(t, ids, last)
				assert.ElementsMatch(t, ids, again.Restored)
				assert.Empty(t, again.Lost)
				assert.Empty(t, failed)
				assert.Empty(t, again.Unanswered)
				assertInstructions(t, s, c.instructions)
			})
		})
	}
}

func isReceived(e realtimetest.Entry) bool { return e.Direction == realtimetest.Received }

// ours replaces ids that the session has made.
func ours(ids []string) []string {
	ids = slices.Clone(ids)
	for i, id := range ids {
		if len(id) > 20 {
			ids[i] = "*"
		}
	}
	return ids
}

func assertInstructions(t *testing.T, s *realtime.Session, want string) {
	t.Helper()
	now, ok := s.Current().(*api.RealtimeSession)
	require.True(t, ok)
	got := ""
	if now.Instructions != nil {
		got = *now.Instructions
	}
	assert.Equal(t, want, got)
}

// TestRequestsOutliveAnOutage holds what a request returns when the connection breaks
// before the answer.
func TestRequestsOutliveAnOutage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		e     api.ClientEvent
		check func(*testing.T, api.ServerEvent, error)
	}{
		"an item": {say("a", "1"), func(t *testing.T, e api.ServerEvent, err error) {
			t.Helper()
			require.NoError(t, err)
			assert.IsType(t, &api.ConversationItemAdded{}, e)
		}},
		"settings": {instruct("x"), func(t *testing.T, e api.ServerEvent, err error) {
			t.Helper()
			require.NoError(t, err)
			updated, ok := e.(*api.SessionUpdated)
			require.True(t, ok)
			session, ok := updated.Session.(*api.RealtimeSession)
			require.True(t, ok)
			assert.Equal(t, "x", *session.Instructions, "the answer is that of the request, not of what is restored")
		}},
		"settings that are refused": {slow(), func(t *testing.T, _ api.ServerEvent, err error) {
			t.Helper()
			var refused *realtime.ServerError
			require.ErrorAs(t, err, &refused)
		}},
		"an output without its call": {output("o", "call_0"), isReplaced},
		"a deletion":                 {remove("kept"), isReplaced},
		"a retrieval":                {&api.ConversationItemRetrieve{ItemID: "kept"}, isReplaced},
		"a response":                 {&api.ResponseCreate{}, isReplaced},
		"a cancellation":             {&api.ResponseCancel{}, isReplaced},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, s := inMemory(t, cutAfter(realtimetest.Received, c.e.EventType(), nth(c.e)))
				_, err := s.Update(t.Context(), &api.RealtimeSessionConfig{Instructions: new("first")})
				require.NoError(t, err)
				_, err = s.Request(t.Context(), say("kept", "1"))
				require.NoError(t, err)
				s.Discard()
				begin := time.Now()
				e, err := s.Request(t.Context(), c.e)
				c.check(t, e, err)
				assert.Less(t, time.Since(begin), time.Minute)
				// Nothing is left behind that would take the answers of later requests.
				session, err := s.Update(t.Context(), &api.RealtimeSessionConfig{Instructions: new("later")})
				require.NoError(t, err)
				now, ok := session.(*api.RealtimeSession)
				require.True(t, ok)
				assert.Equal(t, "later", *now.Instructions)
			})
		})
	}
}

func isReplaced(t *testing.T, _ api.ServerEvent, err error) {
	t.Helper()
	require.ErrorIs(t, err, realtime.ErrReplaced)
}

// nth is the number of an event among those of its type in TestRequestsOutliveAnOutage.
func nth(e api.ClientEvent) int {
	switch e.(type) {
	case *api.SessionUpdate, *api.ConversationItemCreate:
		return 2
	default:
		return 1
	}
}

// TestSendQueueAfterAnOutage holds what becomes of events that are accepted while there
// is no connection.
func TestSendQueueAfterAnOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv, s := inMemory(t, cutAfter(realtimetest.Received, "conversation.item.delete", 1))
		_, err := s.Request(t.Context(), call("f", "call_1"))
		require.NoError(t, err)
		s.Discard()
		require.NoError(t, s.Send(t.Context(), remove("f")))
		synctest.Wait()
		begin := time.Now()
		require.NoError(t, s.Send(t.Context(), call("g", "call_2")))
		require.NoError(t, s.Send(t.Context(), output("p", "call_2")))
		_, lost := s.Request(t.Context(), output("o", "call_1"))
		require.ErrorIs(t, lost, realtime.ErrReplaced, "its call is lost")
		_, err = s.Request(t.Context(), say("q", "1"))
		require.NoError(t, err)
		assert.Less(t, time.Since(begin), time.Minute)
		ids, _ := conversation(t, srv.Conns()[1])
		assert.Equal(t, []string{"g", "p", "q"}, ids)
	})
}

// TestInterruptedResponse holds that what waits for a response learns of the outage at
// once: streams and requests by their error, the receiver by the first event after it.
func TestInterruptedResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := cutAfter(realtimetest.Sent, "response.output_text.delta", 2)
		cfg.Script.Rules = []realtimetest.Rule{{Do: []realtimetest.Step{realtimetest.Say{Text: "one two three four"}}}}
		_, s := inMemory(t, cfg)
		_, err := s.Update(t.Context(), &api.RealtimeSessionConfig{OutputModalities: []api.Modality{api.ModalityText}})
		require.NoError(t, err)
		r, err := s.Respond(t.Context(), nil)
		require.NoError(t, err)
		begin := time.Now()
		_, err = r.Answer(t.Context())
		require.ErrorIs(t, err, realtime.ErrReplaced)
		assert.Less(t, time.Since(begin), time.Second)
		for {
			e, err := s.Recv(t.Context())
			require.NoError(t, err)
			switch e := e.(type) {
			case *realtime.Reconnecting:
				assert.Equal(t, []string{r.ID()}, e.Interrupted)
				assert.Less(t, time.Since(begin), time.Second)
				continue
			case *realtime.Reconnected:
				assert.Equal(t, []string{r.ID()}, e.Interrupted)
				require.Len(t, e.Lost, 1)
				assert.Contains(t, e.Lost[0].Reason, "not finished")
				return
			default:
			}
		}
	})
}

// TestTruncationOutlivesAnOutage holds that an answer comes back with the words that were
// heard, and never with more, wherever the connection breaks.
func TestTruncationOutlivesAnOutage(t *testing.T) {
	t.Parallel()
	const text = "a long answer of many words"
	for name, config := range map[string]func() *realtimetest.Config{
		"taken":    func() *realtimetest.Config { return cutAfter(realtimetest.Received, "conversation.item.truncate", 1) },
		"answered": func() *realtimetest.Config { return cutAfter(realtimetest.Sent, "conversation.item.truncated", 1) },
		"waiting":  func() *realtimetest.Config { return cutAfter(realtimetest.Received, "conversation.item.create", 2) },
	} {
		for percent, want := range map[int]string{1: "", 50: "a long answer", 99: "a long answer of many"} {
			t.Run(fmt.Sprint(name, " at ", percent), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					cfg := config()
					cfg.Script.Rules = []realtimetest.Rule{{Do: []realtimetest.Step{realtimetest.Say{Text: text}}}}
					srv, s := inMemory(t, cfg)
					_, err := s.Request(t.Context(), say("a", "1"))
					require.NoError(t, err)
					r, err := s.Respond(t.Context(), nil)
					require.NoError(t, err)
					answer, err := r.Answer(t.Context())
					require.NoError(t, err)
					require.Equal(t, text, answer.Transcript)
					id := api.ItemID(answer.Response.Output[0])
					end := len(answer.Audio) / 48 * percent / 100
					if name == "waiting" {
						require.NoError(t, s.Send(t.Context(), say("b", "2")))
						synctest.Wait() // The connection is broken.
					}
					require.NoError(t, s.Send(t.Context(), &api.ConversationItemTruncate{ItemID: id, AudioEndMS: end}))
					again, failed := reconnected(t, s)
					assert.Empty(t, failed)
					_, items := conversation(t, srv.Conns()[1])
					item, ok := s.Conversation().Item(id)
					if want == "" {
						assert.Equal(t, []string{id}, lostIDs(again))
						assert.NotContains(t, items, id)
						assert.False(t, ok)
						return
					}
					assert.Empty(t, again.Lost)
					require.Contains(t, items, id)
					heard, isAnswer := items[id].(*api.AssistantMessage)
					require.True(t, isAnswer)
					require.Len(t, heard.Content, 1)
					assert.Equal(t, want, *heard.Content[0].Text)
					require.True(t, ok)
					assert.Equal(t, &realtime.Heard{Audio: time.Duration(end) * time.Millisecond, Text: want}, item.Heard)
					assert.Equal(t, want, item.Text())
				})
			})
		}
	}
}
