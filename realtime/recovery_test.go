package realtime

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/socket"
)

func item(id, rest string) string {
	return fmt.Sprintf(`{"type":"conversation.item.added","event_id":"e","item":{"id":%q,%s}}`, id, rest)
}

// TestReconnectRestoresTheConversation breaks a connection in the middle of a
// conversation, and holds what the next one is given.
func TestReconnectRestoresTheConversation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var credentials atomic.Int32
		second := make(chan []map[string]any, 8)
		play := func(p *peer) {
			assert.Equal(t, fmt.Sprintf("Bearer key-%d", p.N), p.Req.Header.Get("Authorization"))
			p.Created()
			if p.N == 1 {
				firstLife(p)
				return
			}
			second <- secondLife(p)
			p.Drain()
		}
		c := script(t, play, func(c *Config) {
			c.Credentials = func(context.Context) (Credential, error) {
				return Key(fmt.Sprintf("key-%d", credentials.Add(1))), nil
			}
		})
		s := connect(t, c, &Options{Reconnect: &Reconnect{InitialDelay: time.Second}, PingInterval: -1})
		_, err := s.Update(t.Context(), &api.RealtimeSessionConfig{
			Instructions: new("be brief"),
			Audio:        &api.SessionAudio{Input: &api.AudioInput{TurnDetection: &api.ServerVAD{Threshold: new(0.7)}}},
		})
		require.NoError(t, err)
		_, err = s.Request(t.Context(), &api.SessionUpdate{Session: &api.RealtimeSessionConfig{Instructions: new("refused")}})
		require.Error(t, err)
		_, err = s.Update(t.Context(), &api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &api.AudioInput{TurnDetection: &api.SemanticVAD{}}}})
		require.NoError(t, err)
		require.NoError(t, s.AppendAudio(t.Context(), make([]byte, 960)))
		_, err = s.Request(t.Context(), &api.ConversationItemRetrieve{ItemID: "never answered"})
		require.ErrorIs(t, err, ErrReplaced)
		// While there is no connection:
		require.NoError(t, s.SendItem(t.Context(), api.FunctionOutput("call_gone", "orphan")))
		require.NoError(t, s.SendItem(t.Context(), &api.MCPApprovalResponse{ApprovalRequestID: "mcpr_gone", Approve: true}))
		require.NoError(t, s.SendItem(t.Context(), api.FunctionOutput("call_2", "late output")))
		require.NoError(t, s.Send(t.Context(), &api.ResponseCreate{}))

		trying := next[*Reconnecting](t, s)
		assert.Equal(t, 1, trying.Attempt)
		assert.Greater(t, trying.Delay, 700*time.Millisecond)
		again := next[*Reconnected](t, s)
		assert.Equal(t, 1, again.Attempts)
		assert.True(t, again.Settings)
		assert.Equal(t, []string{"u1", "u2", "a1", "f1", "o1", "f2"}, again.Restored)
		lost := map[string]string{}
		for _, l := range again.Lost {
			lost[l.ID+l.CallID] = l.Reason
		}
		assert.Len(t, lost, 7)
		assert.Contains(t, lost["u3"], "no transcript")
		assert.Contains(t, lost["a2"], "truncated")
		assert.Contains(t, lost["m1"], "only the server")
		assert.Contains(t, lost["o9"], "its call was not restored")
		assert.Contains(t, lost["refused"], "no thanks")
		assert.Contains(t, lost["call_gone"], "its call was not restored")
		assert.Contains(t, lost["mcpr_gone"], "its call was not restored")
		assert.Equal(t, []string{"resp_1"}, again.Interrupted)
		assert.Equal(t, 960, again.UncommittedAudio)
		closed, ok := errors.AsType[*socket.CloseError](again.Cause)
		require.True(t, ok)
		assert.Equal(t, 1011, closed.Code)

		checkSecondLife(t, <-second)
		require.NoError(t, s.Close())
	})
}

func firstLife(p *peer) {
	updated := `{"type":"session.updated","event_id":"e","session":{"type":"realtime","id":"s","object":"realtime.session","model":"m"}}`
	p.Expect("session.update")
	p.Send(updated)
	refused := p.Expect("session.update")
	p.Send(fmt.Sprintf(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","message":"m","event_id":%q}}`, refused["event_id"]))
	p.Expect("session.update")
	p.Send(updated)
	p.Expect("input_audio_buffer.append")
	p.Expect("conversation.item.retrieve")
	text := `"type":"message","role":"user","content":[{"type":"input_text","text":"%s"}]`
	for _, f := range []string{
		item("u1", fmt.Sprintf(text, "hello")),
		item("u2", `"type":"message","role":"user","content":[{"type":"input_audio","audio":"AAAA","transcript":null}]`),
		`{"type":"conversation.item.input_audio_transcription.completed","event_id":"e","item_id":"u2","content_index":0,"transcript":"spoken","usage":{"type":"duration","seconds":1}}`,
		item("u3", `"type":"message","role":"user","content":[{"type":"input_audio","transcript":null}]`),
		item("a1", `"type":"message","role":"assistant","status":"completed","content":[{"type":"output_audio","transcript":"hi"}]`),
		item("a2", `"type":"message","role":"assistant","status":"completed","content":[{"type":"output_audio","transcript":"cut off here"}]`),
		`{"type":"conversation.item.truncated","event_id":"e","item_id":"a2","content_index":0,"audio_end_ms":10}`,
		item("f1", `"type":"function_call","call_id":"call_1","name":"look","arguments":"{}","status":"completed"`),
		item("o1", `"type":"function_call_output","call_id":"call_1","output":"42"`),
		item("o9", `"type":"function_call_output","call_id":"unheard","output":"42"`),
		item("f2", `"type":"function_call","call_id":"call_2","name":"look","arguments":"{}","status":"completed"`),
		item("m1", `"type":"mcp_list_tools","server_label":"x","tools":[]`),
		item("gone", fmt.Sprintf(text, "deleted")),
		`{"type":"conversation.item.deleted","event_id":"e","item_id":"gone"}`,
		item("refused", fmt.Sprintf(text, "refused")),
		created("resp_1", ""),
	} {
		p.Send(f)
	}
	p.Close(1011, "broken")
}

// secondLife plays the server that is given the conversation, and returns all
// that it was sent, up to the response.create.
func secondLife(p *peer) (got []map[string]any) {
	for m := p.Read(); m != nil; m = p.Read() {
		got = append(got, m)
		switch m["type"] {
		case "session.update":
			p.Send(`{"type":"session.updated","event_id":"e","session":{"type":"realtime","id":"s2","object":"realtime.session","model":"m"}}`)
		case "conversation.item.create":
			id := textAt(m, "item", "id")
			if id == "refused" {
				p.Send(fmt.Sprintf(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","message":"no thanks","event_id":%q}}`, m["event_id"]))
				continue
			}
			p.Send(item(id, `"type":"message","role":"user","content":[]`))
			p.Send(strings.Replace(item(id, `"type":"message","role":"user","content":[]`), ".added", ".done", 1))
		case "response.create":
			return got
		}
	}
	return got
}

func checkSecondLife(t *testing.T, got []map[string]any) {
	t.Helper()
	var sent []string
	for _, m := range got {
		what := fmt.Sprint(m["type"])
		if it, ok := m["item"].(map[string]any); ok {
			what += fmt.Sprint(" ", strings.SplitAfter(fmt.Sprint(it["id"]), "item_")[0], " ", it["call_id"], " ", it["role"], " ", it["output"], " ", it["content"])
		}
		sent = append(sent, what)
	}
	assert.Equal(t, []string{
		"session.update",
		"conversation.item.create u1 <nil> user <nil> [map[text:hello type:input_text]]",
		"conversation.item.create u2 <nil> user <nil> [map[text:spoken type:input_text]]",
		"conversation.item.create a1 <nil> assistant <nil> [map[text:hi type:output_text]]",
		"conversation.item.create f1 call_1 <nil> <nil> <nil>",
		"conversation.item.create o1 call_1 <nil> 42 <nil>",
		"conversation.item.create f2 call_2 <nil> <nil> <nil>",
		"conversation.item.create refused <nil> user <nil> [map[text:refused type:input_text]]",
		"conversation.item.create item_ call_2 <nil> late output <nil>",
		"response.create",
	}, sent)
	assert.Equal(t, map[string]any{
		"type": "realtime", "instructions": "be brief",
		"audio": map[string]any{"input": map[string]any{"turn_detection": map[string]any{"type": "semantic_vad"}}},
	}, got[0]["session"], "what was accepted, merged as the server merges")
}

func TestReconnectPolicy(t *testing.T) {
	t.Parallel()
	for code, again := range map[int]bool{
		1000: false, 1001: true, 1002: false, 1003: false, 1005: true, 1007: false, 1008: false, 1009: false, 1011: true,
		1012: true, 1013: true, 3000: false, 4000: false, 4001: false,
	} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, net := scriptNet(t, func(p *peer) {
					p.Created()
					if p.N == 1 {
						p.Close(code, "")
						return
					}
					p.Drain()
				})
				s := connect(t, c, &Options{Reconnect: &Reconnect{}})
				if again {
					next[*Reconnected](t, s)
					assert.Equal(t, 2, net.Dials())
				} else {
					<-s.Done()
					assert.Equal(t, 1, net.Dials())
				}
				require.NoError(t, s.Close())
			})
		})
	}
	for status, again := range map[int]bool{401: false, 403: false, 404: false, 408: true, 429: true, 500: true, 503: true} {
		assert.Equal(t, again, worthRetry(&APIError{Status: status}), status)
	}
	for _, err := range []error{socket.ErrTooLarge, &noCredentialError{}, socket.ErrReceiveQueueFull, &ServerError{Detail: api.Error{Type: ErrorTypeInvalidRequest}}} {
		assert.False(t, worthRetry(err), "%v", err)
	}
	assert.True(t, worthRetry(&CredentialError{Err: errors.New("later")}))
	_, err := script(t, func(*peer) {}).Connect(t.Context(), Transcription(), &Options{Reconnect: &Reconnect{}})
	require.Error(t, err)
}

func TestReconnectGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, net := scriptNet(t, func(p *peer) {
			if p.N == 1 {
				p.Created()
			}
		})
		s := connect(t, c, &Options{Reconnect: &Reconnect{Attempts: 3}})
		require.NoError(t, s.Flush(t.Context()))
		attempts := 0
		var last error
		for e, err := range s.Events(t.Context()) {
			if _, ok := e.(*Reconnecting); ok {
				attempts++
			}
			last = err
		}
		require.Error(t, last)
		assert.Equal(t, 3, attempts)
		assert.Equal(t, 4, net.Dials())
		require.NoError(t, s.Close())
	})
}

func TestCloseDuringReconnect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := script(t, func(p *peer) { p.Created() })
		s := connect(t, c, &Options{CloseTimeout: 5 * time.Second, Reconnect: &Reconnect{InitialDelay: time.Hour, MaxDelay: time.Hour}})
		next[*Reconnecting](t, s)
		require.NoError(t, s.SendText(t.Context(), "kept"))
		begin := time.Now()
		err := s.Close()
		assert.LessOrEqual(t, time.Since(begin), 5*time.Second)
		unsent, ok := errors.AsType[*socket.UnsentError](err)
		require.True(t, ok, "%v", err)
		assert.Len(t, unsent.Unsent, 1)
	})
}

func TestSidebandReconnectsWithoutRestoring(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := script(t, func(p *peer) {
			if p.N == 1 {
				p.Expect("session.update")
				return
			}
			p.Expect("response.create")
			p.Drain()
		})
		s, err := c.Connect(t.Context(), Call("rtc_1"), &Options{Reconnect: &Reconnect{}})
		require.NoError(t, err)
		require.NoError(t, s.Send(t.Context(), &api.SessionUpdate{Session: &api.RealtimeSessionConfig{}}))
		again := next[*Reconnected](t, s)
		assert.False(t, again.Settings)
		require.NoError(t, s.Send(t.Context(), &api.ResponseCreate{}))
		require.NoError(t, s.Close())
	})
}

// TestSessionMovesBeforeItsEnd holds that an old session waits for a quiet
// moment and then goes on elsewhere, with nothing sent twice or lost.
func TestSessionMovesBeforeItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var heard []string
		c := script(t, func(p *peer) {
			p.Created()
			if p.N == 1 {
				p.Send(created("r1", ""))
				go func() {
					time.Sleep(56 * time.Minute)
					for _, f := range spoken("r1") {
						if !strings.Contains(f, "function_call") { // It would wait for the output.
							p.Send(f)
						}
					}
				}()
			}
			for m := p.Read(); m != nil; m = p.Read() {
				mu.Lock()
				heard = append(heard, fmt.Sprint(p.N, " ", m["item_id"]))
				mu.Unlock()
			}
		})
		s := connect(t, c, &Options{Reconnect: &Reconnect{}})
		begin := time.Now()
		go func() {
			for n := range 60 {
				assert.NoError(t, s.Send(t.Context(), &api.ConversationItemRetrieve{ItemID: strconv.Itoa(n)}))
				time.Sleep(time.Minute)
			}
		}()
		again := next[*Reconnected](t, s)
		require.NoError(t, again.Cause)
		assert.Empty(t, again.Interrupted)
		assert.InDelta(t, 56, time.Since(begin).Minutes(), 0.1)
		time.Sleep(10 * time.Minute)
		require.NoError(t, s.Close())
		mu.Lock()
		defer mu.Unlock()
		require.Len(t, heard, 60)
		for n, h := range heard {
			assert.True(t, strings.HasSuffix(h, fmt.Sprint(" ", n)), h)
		}
		assert.Equal(t, "2 59", heard[59])
	})
}

// TestSidebandListsTheUnanswered holds that nothing is sent twice to a call, whose
// session has continued, and that what has no answer is listed, in the order of the wire.
func TestSidebandListsTheUnanswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var creates atomic.Int32
		c := script(t, func(p *peer) {
			if p.N == 1 {
				p.Send(`{"type":"response.created","event_id":"e","response":{"id":"r","status":"in_progress","output":[]}}`)
				p.Expect("conversation.item.create")
				p.Expect("session.update")
				p.Expect("conversation.item.delete")
				return
			}
			for m := p.Read(); m != nil; m = p.Read() {
				creates.Add(1)
			}
		})
		s, err := c.Connect(t.Context(), Call("rtc_1"), &Options{Reconnect: &Reconnect{InitialDelay: 1}})
		require.NoError(t, err)
		require.NoError(t, s.Send(t.Context(), &api.ConversationItemCreate{Item: api.UserText("1")}))
		require.NoError(t, s.Send(t.Context(), &api.SessionUpdate{Session: &api.RealtimeSessionConfig{}}))
		require.NoError(t, s.Send(t.Context(), &api.ConversationItemDelete{ItemID: "a"}))
		again := next[*Reconnected](t, s)
		assert.Empty(t, again.Restored)
		assert.Equal(t, []string{"r"}, again.Interrupted)
		var types []string
		for _, u := range again.Unanswered {
			types = append(types, fmt.Sprint(u.Type, " ", u.EventID != ""))
		}
		assert.Equal(t, []string{"conversation.item.create true", "session.update true", "conversation.item.delete true"}, types)
		require.NoError(t, s.Close())
		assert.Zero(t, creates.Load())
	})
}
