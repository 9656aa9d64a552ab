package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

var schedules = flag.Int("schedules", 200, "random schedules of each test that runs them")

// TestRequestsInRandomSchedules sends requests of every kind from many goroutines to a
// server that answers late, in any order that the protocol allows, refuses some, and
// does things of its own in between. Every request gets the answer to itself. A failure
// names the seed: go test -run 'RandomSchedules/seed_7$' plays it again.
func TestRequestsInRandomSchedules(t *testing.T) {
	t.Parallel()
	for seed := range *schedules {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { requestSchedule(t, uint64(seed)) })
		})
	}
}

func requestSchedule(t *testing.T, seed uint64) {
	t.Helper()
	c := script(t, func(p *peer) {
		p.Created()
		newAnswerer(p, seed).run()
	})
	s := connect(t, c, &Options{PingInterval: -1})
	s.Discard()
	var wg sync.WaitGroup
	for worker := range 6 {
		wg.Go(func() {
			w := &requester{t: t, s: s, rng: rand.New(rand.NewPCG(seed, uint64(worker))), name: fmt.Sprintf("w%d", worker)}
			for range 12 {
				w.step()
			}
		})
	}
	wg.Wait()
}

// requester sends one event after another and holds its answer to it.
type requester struct {
	t    *testing.T
	s    *Session
	rng  *rand.Rand
	name string
	n    int
}

func (w *requester) step() {
	w.n++
	mark := fmt.Sprintf("%s-%d", w.name, w.n)
	time.Sleep(time.Duration(w.rng.IntN(40)) * time.Millisecond)
	e, check := w.event(mark)
	patience := time.Hour // No answer is that late.
	hasty := w.rng.IntN(6) == 0
	if hasty { // It is given up, perhaps; its answer must reach no other.
		patience = time.Duration(w.rng.IntN(60)) * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	if w.rng.IntN(5) == 0 {
		assert.NoError(w.t, w.s.Send(w.t.Context(), e), mark)
		return
	}
	answer, err := w.s.Request(ctx, e)
	var refused *ServerError
	switch {
	case errors.As(err, &refused):
		if id := api.ClientEventID(e); id != "" {
			assert.Equal(w.t, id, refused.EventID(), "the refusal of another")
		}
	case hasty && errors.Is(err, context.DeadlineExceeded):
	case assert.NoErrorf(w.t, err, "%s %s", mark, e.EventType()):
		check(answer)
	}
}

// event makes a request, and what holds its answer to it.
func (w *requester) event(mark string) (api.ClientEvent, func(api.ServerEvent)) {
	t, shared := w.t, fmt.Sprintf("shared%d", w.rng.IntN(3))
	var id *string
	if w.rng.IntN(2) == 0 {
		id = new("evt_" + mark)
	}
	switch w.rng.IntN(8) {
	case 0:
		return &api.SessionUpdate{EventID: id, Session: &api.RealtimeSessionConfig{Instructions: new(mark)}}, func(e api.ServerEvent) {
			session, _ := as[*api.SessionUpdated](t, e).Session.(*api.RealtimeSession)
			assert.Equal(t, new(mark), session.Instructions)
		}
	case 1:
		return &api.ConversationItemCreate{EventID: id, Item: api.UserText(mark)}, func(e api.ServerEvent) {
			item, _ := as[*api.ConversationItemAdded](t, e).Item.(*api.UserMessage)
			assert.Equal(t, new(mark), item.Content[0].Text)
		}
	case 2:
		return &api.ConversationItemRetrieve{EventID: id, ItemID: shared}, func(e api.ServerEvent) {
			assert.Equal(t, shared, api.ItemID(as[*api.ConversationItemRetrieved](t, e).Item))
		}
	case 3:
		return &api.ConversationItemDelete{EventID: id, ItemID: shared}, func(e api.ServerEvent) {
			assert.Equal(t, shared, as[*api.ConversationItemDeleted](t, e).ItemID)
		}
	case 4:
		return &api.ConversationItemTruncate{EventID: id, ItemID: shared, AudioEndMS: 1}, func(e api.ServerEvent) {
			assert.Equal(t, shared, as[*api.ConversationItemTruncated](t, e).ItemID)
		}
	case 5:
		return &api.InputAudioBufferCommit{EventID: id}, func(e api.ServerEvent) { as[*api.InputAudioBufferCommitted](t, e) }
	case 6:
		return &api.ResponseCancel{EventID: id, ResponseID: new(shared)}, func(e api.ServerEvent) {
			assert.Equal(t, shared, as[*api.ResponseDone](t, e).Response.ID)
		}
	default:
		return &api.ResponseCreate{EventID: id, Response: &api.ResponseParams{Metadata: api.Value(api.Metadata{"mark": mark})}}, func(e api.ServerEvent) {
			metadata, _ := as[*api.ResponseCreated](t, e).Response.Metadata.Get()
			assert.Equal(t, mark, metadata["mark"])
		}
	}
}

// answerer is a server that answers each event some time later. It answers events of
// one type about the same thing in turn, as the service does, which handles events one
// after another.
type answerer struct {
	p    *peer
	rng  *rand.Rand
	mu   sync.Mutex // guards writes and rng
	wg   sync.WaitGroup
	free map[string]time.Time // by type and subject: when the last one has been answered
	n    int
}

func newAnswerer(p *peer, seed uint64) *answerer {
	return &answerer{p: p, rng: rand.New(rand.NewPCG(seed, 99)), free: map[string]time.Time{}}
}

func (a *answerer) run() {
	defer a.wg.Wait()
	for {
		m := a.p.Read()
		if m == nil {
			return
		}
		a.mu.Lock()
		delay, refuse := time.Duration(1+a.rng.IntN(50))*time.Millisecond, a.rng.IntN(7) == 0
		at := time.Now().Add(delay)
		kind := textAt(m, "type")
		if turn := kind + textAt(m, "item_id") + textAt(m, "response_id"); kind != "conversation.item.create" && kind != "response.create" {
			if at.Before(a.free[turn]) {
				at = a.free[turn]
			}
			at = at.Add(time.Millisecond)
			a.free[turn] = at
		}
		a.mu.Unlock()
		a.wg.Go(func() {
			time.Sleep(time.Until(at))
			a.answer(kind, m, refuse)
		})
	}
}

func (a *answerer) answer(kind string, m map[string]any, refuse bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.disturb()
	if refuse {
		a.send("error", map[string]any{"error": map[string]any{
			"type": "invalid_request_error", "message": "refused", "event_id": m["event_id"],
		}})
		return
	}
	item, response := map[string]any{"id": m["item_id"], "type": "message", "role": "user", "content": []any{}}, map[string]any{"id": m["response_id"]}
	switch kind {
	case "session.update":
		a.send("session.updated", map[string]any{"session": m["session"]})
	case "conversation.item.create":
		a.send("conversation.item.added", map[string]any{"item": m["item"]})
		a.send("conversation.item.done", map[string]any{"item": m["item"]})
	case "conversation.item.retrieve":
		a.send("conversation.item.retrieved", map[string]any{"item": item})
	case "conversation.item.delete":
		a.send("conversation.item.deleted", map[string]any{"item_id": m["item_id"]})
	case "conversation.item.truncate":
		a.send("conversation.item.truncated", map[string]any{"item_id": m["item_id"]})
	case "input_audio_buffer.commit":
		a.send("input_audio_buffer.committed", map[string]any{"item_id": a.id()})
	case "response.cancel":
		a.send("response.done", map[string]any{"response": response})
	case "response.create":
		params, _ := m["response"].(map[string]any)
		response["id"], response["metadata"] = a.id(), params["metadata"]
		a.send("response.created", map[string]any{"response": response})
		a.send("response.done", map[string]any{"response": response})
	}
}

// disturb sends what no request has asked for.
func (a *answerer) disturb() {
	switch a.rng.IntN(5) {
	case 0: // Voice activity detection adds an item and makes a response of its own.
		a.send("conversation.item.added", map[string]any{"item": map[string]any{"id": a.id(), "type": "message", "role": "user", "content": []any{}}})
		id := a.id()
		a.send("response.created", map[string]any{"response": map[string]any{"id": id}})
		a.send("response.done", map[string]any{"response": map[string]any{"id": id}})
	case 1:
		a.send("error", map[string]any{"error": map[string]any{"type": "server_error", "message": "of no event", "event_id": nil}})
	case 2:
		a.send("error", map[string]any{"error": map[string]any{"type": "server_error", "message": "of another", "event_id": "evt_of_another"}})
	}
}

func (a *answerer) id() string {
	a.n++
	return fmt.Sprintf("made%d", a.n)
}

func (a *answerer) send(name string, members map[string]any) {
	members["type"], members["event_id"] = name, a.id()
	data, err := json.Marshal(members)
	require.NoError(a.p.T, err)
	a.p.Send(string(data))
}
