package realtime

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// anonymous returns an error event that names no event.
func anonymous(members string) string {
	return `{"type":"error","event_id":"e","error":{"event_id":null,` + members + `}}`
}

// inFlight makes requests of which none is answered, and returns their errors by name
// as they end.
func inFlight(t *testing.T, s *Session, names ...string) map[string]chan error {
	t.Helper()
	all := map[string]api.ClientEvent{
		"update":   &api.SessionUpdate{Session: &api.RealtimeSessionConfig{}},
		"create":   &api.ConversationItemCreate{Item: api.FunctionOutput("call_X", "x")},
		"delete":   &api.ConversationItemDelete{ItemID: "item_1"},
		"delete 2": &api.ConversationItemDelete{ItemID: "item_2"},
		"retrieve": &api.ConversationItemRetrieve{ItemID: "item_3"},
		"truncate": &api.ConversationItemTruncate{ItemID: "item_4", AudioEndMS: 5},
		"commit":   &api.InputAudioBufferCommit{},
		"respond":  &api.ResponseCreate{},
		"cancel":   &api.ResponseCancel{},
	}
	ended := map[string]chan error{}
	for _, name := range names {
		ended[name] = make(chan error, 1)
		go func() {
			_, err := s.Request(t.Context(), all[name])
			ended[name] <- err
		}()
		synctest.Wait() // In this order.
	}
	return ended
}

// TestARefusalWithoutEventID holds that it ends the only request that can be meant, at
// once, and no other.
func TestARefusalWithoutEventID(t *testing.T) {
	t.Parallel()
	everything := []string{"update", "create", "delete", "delete 2", "retrieve", "truncate", "commit", "respond", "cancel"}
	const invalid = `"type":"invalid_request_error","message":"no"`
	for name, tc := range map[string]struct {
		pending []string
		frame   string
		ended   string // "" is none
	}{
		"alone":                 {[]string{"create"}, anonymous(invalid + `,"code":"invalid_tool_call_id"`), "create"},
		"alone, no hint":        {[]string{"update"}, anonymous(invalid), "update"},
		"alone, empty event_id": {[]string{"update"}, `{"type":"error","error":{"event_id":"",` + invalid + `}}`, "update"},
		"alone, LocalAI's id":   {[]string{"delete"}, `{"type":"error","error":{"event_id":"event_TODO",` + invalid + `,"code":"not_implemented"}}`, "delete"},
		"alone, error is text":  {[]string{"commit"}, `{"type":"error","error":"Audio buffer is empty, commit refused","code":"processing_error"}`, "commit"},
		"several":               {[]string{"update", "create"}, anonymous(invalid), ""},
		"two of a kind":         {[]string{"delete", "delete 2"}, anonymous(invalid), "delete"},

		"by code: a response runs":  {everything, anonymous(invalid + `,"code":"conversation_already_has_active_response"`), "respond"},
		"by code: none runs":        {everything, anonymous(invalid + `,"code":"response_cancel_not_active"`), "cancel"},
		"by code: too little audio": {everything, anonymous(invalid + `,"code":"input_audio_buffer_commit_empty"`), "commit"},
		"by code: no such call":     {everything, anonymous(invalid + `,"code":"invalid_tool_call_id"`), "create"},
		"by code: no such item":     {everything, anonymous(invalid + `,"code":"item_truncate_invalid_item_id"`), "truncate"},
		"by code, of the server":    {everything, anonymous(`"type":"server_error","message":"no","code":"item_retrieve_invalid_item_id"`), "retrieve"},
		"by code of LocalAI":        {everything, anonymous(invalid + `,"code":"session_update_error"`), "update"},
		"by param: session":         {everything, anonymous(invalid + `,"code":"invalid_value","param":"session.audio.input.format"`), "update"},
		"by param: item":            {everything, anonymous(invalid + `,"param":"item.content[0].text"`), "create"},
		"by param: response":        {everything, anonymous(invalid + `,"param":"response.max_output_tokens"`), "respond"},
		"by param: end":             {everything, anonymous(invalid + `,"param":"audio_end_ms"`), "truncate"},
		"by a quoted id":            {everything, anonymous(`"type":"invalid_request_error","message":"Error deleting item: the item with id 'item_2' does not exist."`), "delete 2"},

		"of audio, which is not answered": {[]string{"update"}, anonymous(invalid + `,"param":"audio"`), ""},
		"of audio, by LocalAI's code":     {[]string{"update"}, anonymous(invalid + `,"code":"invalid_audio_data"`), ""},
		"by code, of none of these":       {[]string{"update", "create"}, anonymous(invalid + `,"code":"item_delete_invalid_item_id"`), ""},
		"of the server, about no event":   {[]string{"update"}, anonymous(`"type":"server_error","message":"sorry"`), ""},
		"of an event that is not ours":    {[]string{"update"}, `{"type":"error","error":{"event_id":"evt_other",` + invalid + `}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				refuse := make(chan struct{})
				s := connect(t, script(t, func(p *peer) {
					p.Created()
					for range tc.pending {
						p.Read()
					}
					<-refuse
					p.Send(tc.frame)
					p.Drain()
				}), nil)
				s.Discard()
				ended := inFlight(t, s, tc.pending...)
				close(refuse)
				synctest.Wait()
				for request, result := range ended {
					if request != tc.ended {
						assert.Empty(t, result, request)
						continue
					}
					require.Len(t, result, 1, request)
					_, refused := errors.AsType[*ServerError](<-result)
					assert.True(t, refused)
				}
				require.NoError(t, s.Close())
			})
		})
	}
}

const updated = `{"type":"session.updated","event_id":"e","session":{"type":"realtime","id":"s","object":"realtime.session","model":"m","instructions":%q}}`

// TestARefusalWithoutEventIDPoisonsNothing holds that later updates get their own answers
// after one that was refused, whatever became of that.
func TestARefusalWithoutEventIDPoisonsNothing(t *testing.T) {
	t.Parallel()
	change := func(s string) *api.RealtimeSessionConfig { return &api.RealtimeSessionConfig{Instructions: new(s)} }
	for name, first := range map[string]func(t *testing.T, s *Session){
		"sent without waiting": func(t *testing.T, s *Session) {
			t.Helper()
			require.NoError(t, s.Send(t.Context(), &api.SessionUpdate{Session: change("refused")}))
		},
		"waited for": func(t *testing.T, s *Session) {
			t.Helper()
			_, err := s.Update(t.Context(), change("refused"))
			_, refused := errors.AsType[*ServerError](err)
			require.True(t, refused, "%v", err)
		},
		"given up": func(t *testing.T, s *Session) {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			_, err := s.Update(ctx, change("refused, late"))
			require.ErrorIs(t, err, context.DeadlineExceeded)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := connect(t, script(t, func(p *peer) {
					p.Created()
					for m := p.Read(); m != nil; m = p.Read() {
						switch text := textAt(m, "session", "instructions"); text {
						case "refused, late":
							time.Sleep(time.Second)
							fallthrough
						case "refused":
							p.Send(anonymous(`"type":"invalid_request_error","message":"no"`))
						default:
							p.Send(fmt.Sprintf(updated, text))
						}
					}
				}), nil)
				s.Discard()
				first(t, s)
				for i := range 3 {
					time.Sleep(2 * time.Second)
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
					now, err := s.Update(ctx, change(strconv.Itoa(i)))
					cancel()
					require.NoError(t, err)
					require.IsType(t, &api.RealtimeSession{}, now)
					assert.Equal(t, strconv.Itoa(i), *now.(*api.RealtimeSession).Instructions) //nolint:errcheck // held by the line above
				}
				require.NoError(t, s.Close())
			})
		})
	}
}

// TestARefusalIsAssignedLater holds that a refusal which several requests could have
// caused ends the last of them, and that what is sent meanwhile gets its own answer.
func TestARefusalIsAssignedLater(t *testing.T) {
	t.Parallel()
	const (
		no      = `"type":"invalid_request_error","message":"no"`
		deleted = `{"type":"conversation.item.deleted","event_id":"e","item_id":"item_1"}`
	)
	for name, tc := range map[string]struct {
		pending []string
		frames  []string
		ended   map[string]bool // whether refused
	}{
		"once the others are answered":       {[]string{"update", "delete"}, []string{anonymous(no), deleted}, map[string]bool{"update": true, "delete": false}},
		"once the others are refused":        {[]string{"update", "delete"}, []string{anonymous(no), anonymous(no + `,"code":"item_delete_invalid_item_id"`)}, map[string]bool{"update": true, "delete": true}},
		"in order if there is more than one": {[]string{"update", "delete", "commit"}, []string{anonymous(no), anonymous(no)}, map[string]bool{"update": true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				begin := make(chan struct{})
				s := connect(t, script(t, func(p *peer) {
					p.Created()
					for range tc.pending {
						p.Read()
					}
					<-begin
					for _, f := range tc.frames {
						p.Send(f)
					}
					p.Drain()
				}), nil)
				s.Discard()
				ended := inFlight(t, s, tc.pending...)
				close(begin)
				synctest.Wait()
				for request, result := range ended {
					want, over := tc.ended[request]
					if !over {
						assert.Empty(t, result, request)
						continue
					}
					require.Len(t, result, 1, request)
					_, refused := errors.AsType[*ServerError](<-result)
					assert.Equal(t, want, refused, request)
				}
				require.NoError(t, s.Close())
			})
		})
	}
	t.Run("for the answer to the next of its kind", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			begin := make(chan struct{})
			s := connect(t, script(t, func(p *peer) {
				p.Created()
				p.Expect("session.update")
				p.Expect("conversation.item.delete")
				p.Expect("session.update")
				<-begin
				p.Send(anonymous(no))
				p.Send(fmt.Sprintf(updated, "second"))
				p.Send(deleted)
				p.Drain()
			}), nil)
			s.Discard()
			ended := inFlight(t, s, "update", "delete")
			second := make(chan api.Session, 1)
			go func() {
				now, err := s.Update(t.Context(), &api.RealtimeSessionConfig{})
				assert.NoError(t, err)
				second <- now
			}()
			synctest.Wait()
			close(begin)
			assert.Error(t, <-ended["update"])
			assert.NoError(t, <-ended["delete"])
			assert.Equal(t, new("second"), (<-second).(*api.RealtimeSession).Instructions) //nolint:errcheck // a panic fails the test as well
			require.NoError(t, s.Close())
		})
	})
}

// TestALostAnswerPoisonsNothing holds that updates get their answers again after one that
// the server never answered, which looks like an answer that is late.
func TestALostAnswerPoisonsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := connect(t, script(t, func(p *peer) {
			p.Created()
			p.Expect("session.update")
			for m := p.Read(); m != nil; m = p.Read() {
				p.Send(fmt.Sprintf(updated, textAt(m, "session", "instructions")))
			}
		}), nil)
		s.Discard()
		var failed int
		for i := range 6 {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			now, err := s.Update(ctx, &api.RealtimeSessionConfig{Instructions: new(strconv.Itoa(i))})
			cancel()
			if err != nil {
				require.ErrorIs(t, err, context.DeadlineExceeded)
				failed++
				continue
			}
			require.IsType(t, &api.RealtimeSession{}, now)
			assert.Equal(t, strconv.Itoa(i), *now.(*api.RealtimeSession).Instructions) //nolint:errcheck // held by the line above
		}
		assert.Equal(t, 2, failed, "the one that was lost, and the one whose answer was taken for its answer")
		require.NoError(t, s.Close())
	})
}

// TestAcknowledgementsWithoutItemID holds that they answer the requests in turn.
func TestAcknowledgementsWithoutItemID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := make(chan struct{})
		s := connect(t, script(t, func(p *peer) {
			p.Created()
			for range 4 {
				p.Read()
			}
			for range 2 {
				begin <- struct{}{}
				p.Send(`{"type":"conversation.item.deleted","event_id":"e","item_id":""}`)
			}
			begin <- struct{}{}
			p.Send(`{"type":"conversation.item.added","event_id":"e","item":{"type":"message","role":"user","content":[]}}`)
			p.Drain()
		}), nil)
		s.Discard()
		ended := inFlight(t, s, "retrieve", "delete", "delete 2", "create")
		<-begin
		require.NoError(t, <-ended["delete"])
		synctest.Wait()
		assert.Empty(t, ended["delete 2"])
		<-begin
		require.NoError(t, <-ended["delete 2"])
		<-begin
		synctest.Wait()
		assert.Empty(t, ended["create"], "items are added for other reasons as well")
		assert.Empty(t, ended["retrieve"])
		require.NoError(t, s.Close())
	})
}

// TestRequestsThatCannotBeRecognized holds that an event about an item without an id fails
// at once.
func TestRequestsThatCannotBeRecognized(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		e    api.ClientEvent
		text string
	}{
		"an item that is no object": {
			&api.ConversationItemCreate{Item: &api.UnknownItem{Type: "x", Raw: []byte(`"text"`)}},
			"realtime: conversation.item.create: without an item id its answer cannot be recognized",
		},
		"no item":     {&api.ConversationItemCreate{}, "realtime: conversation.item.create: without an item id its answer cannot be recognized"},
		"a nil item":  {&api.ConversationItemCreate{Item: (*api.UserMessage)(nil)}, "realtime: conversation.item.create: without an item id its answer cannot be recognized"},
		"an empty id": {&api.ConversationItemDelete{}, "realtime: conversation.item.delete: without an item id its answer cannot be recognized"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := connect(t, script(t, func(p *peer) {
					p.Created()
					assert.Nil(t, p.Read(), "nothing is sent")
				}), &Options{SkipValidation: true})
				s.Discard()
				_, err := s.Request(t.Context(), tc.e)
				assert.EqualError(t, err, tc.text)
				_ = s.Close()
			})
		})
	}
}
