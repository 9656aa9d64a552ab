package realtime

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

var schedules = flag.Int("schedules", 500, "random schedules of each test that runs them")

// TestRequestsInRandomSchedules sends requests of every kind from many goroutines to a
// server that answers late, in any order that the protocol allows, refuses some, and
// does things of its own in between. Half of the servers deviate from the protocol as
// servers in the field do. Every request gets the answer to itself, or an error that is
// due to it; a response that was given up is cancelled, once; and afterwards each kind
// of request still works. A failure names the seed:
// go test -run 'RandomSchedules/seed_7$' plays it again.
func TestRequestsInRandomSchedules(t *testing.T) {
	t.Parallel()
	for seed := range seeds() {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { requestSchedule(t, uint64(seed)) })
		})
	}
}

// seeds returns how many schedules to run.
func seeds() int {
	if testing.Short() {
		return min(*schedules, 20)
	}
	return *schedules
}

// deviation is how a server differs from the service.
type deviation struct {
	nameless bool // its refusals name no event
	mute     bool // it echoes no metadata
	blank    bool // its acknowledgements name no item
}

func deviationOf(seed uint64) deviation {
	if seed%2 == 0 {
		return deviation{}
	}
	bits := seed/2%7 + 1
	return deviation{nameless: bits&1 != 0, mute: bits&2 != 0, blank: bits&4 != 0}
}

// schedule is one run.
type schedule struct {
	t      *testing.T
	s      *Session
	server *answerer
	odd    deviation

	mu        sync.Mutex // guards what follows
	abandoned []string   // the marks of responses that Respond gave up
	followed  []string   // the ids of the responses that Responses has returned
}

func requestSchedule(t *testing.T, seed uint64) {
	t.Helper()
	r := &schedule{t: t, server: newAnswerer(seed, deviationOf(seed)), odd: deviationOf(seed)}
	c := script(t, func(p *peer) {
		p.Created()
		r.server.run(p)
	})
	r.s = connect(t, c, &Options{PingInterval: -1})
	r.s.Discard()
	var follower sync.WaitGroup
	responses := r.s.Responses(t.Context())
	follower.Go(func() {
		for response, err := range responses {
			assert.NoError(t, err)
			r.followed = append(r.followed, response.ID())
		}
	})
	var wg sync.WaitGroup
	for worker := range 6 {
		wg.Go(func() {
			w := &requester{schedule: r, rng: rand.New(rand.NewPCG(seed, uint64(worker))), name: fmt.Sprintf("w%d", worker)}
			for range 12 {
				w.step()
			}
		})
	}
	wg.Wait()
	r.server.calm()
	last := &requester{schedule: r, rng: rand.New(rand.NewPCG(seed, 77)), name: "last"}
	for kind := range eventKinds {
		last.n++
		last.request(kind, time.Minute, false)
	}
	last.respond("last-respond", time.Minute, false)
	time.Sleep(time.Minute)
	last.n++
	last.request(0, time.Minute, false)
	calls, _ := waiting(r.s)
	assert.Zero(t, calls, "what is answered, refused or lost does not stay")
	require.NoError(t, r.s.Close())
	follower.Wait()
	r.checkAbandoned()
}

// checkAbandoned holds that the responses that Respond gave up were cancelled, once, and
// no others.
func (r *schedule) checkAbandoned() {
	want := map[string]int{}
	for _, mark := range r.abandoned {
		if id := "resp_" + mark; r.server.began[id] && !r.odd.mute {
			want[id] = 1
			assert.NotContains(r.t, r.followed, id)
		}
	}
	assert.Equal(r.t, want, r.server.cancelled)
}

// requester sends one event after another and holds its answer to it.
type requester struct {
	*schedule
	rng  *rand.Rand
	name string
	n    int
}

func (w *requester) step() {
	w.n++
	time.Sleep(time.Duration(w.rng.IntN(40)) * time.Millisecond)
	patience := time.Hour // No answer is that late.
	hasty := w.rng.IntN(6) == 0
	if hasty { // It is given up, perhaps; its answer must reach no other.
		patience = time.Duration(w.rng.IntN(60)) * time.Millisecond
	}
	if kind := w.rng.IntN(eventKinds + 2); kind < eventKinds {
		w.request(kind, patience, hasty)
		return
	}
	w.respond(fmt.Sprintf("%s-%d", w.name, w.n), patience, hasty)
}

// request sends an event of a kind, and waits for the answer, or not.
func (w *requester) request(kind int, patience time.Duration, hasty bool) {
	mark := fmt.Sprintf("%s-%d", w.name, w.n)
	e, check := w.event(kind, mark)
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	if w.name != "last" && w.rng.IntN(5) == 0 {
		assert.NoError(w.t, w.s.Send(w.t.Context(), e), mark)
		return
	}
	answer, err := w.s.Request(ctx, e)
	if w.judge(err, hasty, mark+" "+e.EventType(), api.ClientEventID(e)) {
		check(answer)
	}
}

// respond follows a response of its own to its end.
func (w *requester) respond(mark string, patience time.Duration, hasty bool) {
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	id := "evt_" + mark
	stream, err := w.s.Respond(ctx, &api.ResponseCreate{EventID: &id, Response: &api.ResponseParams{Metadata: api.Value(api.Metadata{"mark": mark})}})
	if !w.judge(err, hasty, mark+" Respond", id) {
		if errors.Is(err, context.DeadlineExceeded) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.abandoned = append(w.abandoned, mark)
		}
		return
	}
	assert.Equal(w.t, "resp_"+mark, stream.ID())
	a, err := stream.Answer(w.t.Context())
	if assert.NoError(w.t, err) {
		assert.Equal(w.t, mark+mark, a.Text)
	}
}

// judge reports whether a request was answered. It holds that one that was not was
// refused, or given up.
func (w *requester) judge(err error, hasty bool, what, id string) (answered bool) {
	var refused *ServerError
	switch {
	case err == nil:
		return true
	case errors.As(err, &refused):
		assert.NotEqual(w.t, "last", w.name, "%s: %v", what, err)
		if id == "" {
			return false
		}
		if assert.True(w.t, w.server.hasRefused(id), "%s: the refusal of another: %v", what, err) && !w.odd.nameless {
			assert.Equal(w.t, id, refused.EventID(), "the refusal of another")
		}
		return false
	default:
		assert.Truef(w.t, hasty && errors.Is(err, context.DeadlineExceeded), "%s: %v", what, err)
		return false
	}
}

// eventKinds is the number of kinds that event knows.
const eventKinds = 8

// event makes a request of a kind, and what holds its answer to it.
func (w *requester) event(kind int, mark string) (api.ClientEvent, func(api.ServerEvent)) {
	t, shared := w.t, fmt.Sprintf("shared%d", w.rng.IntN(3))
	var id *string
	if w.rng.IntN(2) == 0 {
		id = new("evt_" + mark)
	}
	acknowledged := shared
	if w.odd.blank {
		acknowledged = ""
	}
	switch kind {
	case 0:
		return &api.SessionUpdate{EventID: id, Session: &api.RealtimeSessionConfig{Instructions: new(mark)}}, func(e api.ServerEvent) {
			session, _ := as[*api.SessionUpdated](t, e).Session.(*api.RealtimeSession)
			assert.Equal(t, new(mark), session.Instructions)
		}
	case 1:
		item := api.UserText(mark)
		if w.odd.nameless { // Otherwise Send would leave open which item is its own.
			item.ID = new("item_" + mark)
		}
		return &api.ConversationItemCreate{EventID: id, Item: item}, func(e api.ServerEvent) {
			item, _ := as[*api.ConversationItemAdded](t, e).Item.(*api.UserMessage)
			assert.Equal(t, new(mark), item.Content[0].Text)
		}
	case 2:
		return &api.ConversationItemRetrieve{EventID: id, ItemID: shared}, func(e api.ServerEvent) {
			assert.Equal(t, shared, api.ItemID(as[*api.ConversationItemRetrieved](t, e).Item))
		}
	case 3:
		return &api.ConversationItemDelete{EventID: id, ItemID: shared}, func(e api.ServerEvent) {
			assert.Equal(t, acknowledged, as[*api.ConversationItemDeleted](t, e).ItemID)
		}
	case 4:
		return &api.ConversationItemTruncate{EventID: id, ItemID: shared, AudioEndMS: 1}, func(e api.ServerEvent) {
			assert.Equal(t, acknowledged, as[*api.ConversationItemTruncated](t, e).ItemID)
		}
	case 5:
		return &api.InputAudioBufferCommit{EventID: id}, func(e api.ServerEvent) { as[*api.InputAudioBufferCommitted](t, e) }
	case 6:
		return &api.ResponseCancel{EventID: id, ResponseID: new(shared)}, func(e api.ServerEvent) {
			assert.Equal(t, shared, as[*api.ResponseDone](t, e).Response.ID)
		}
	default:
		return &api.ResponseCreate{EventID: id, Response: &api.ResponseParams{Metadata: api.Value(api.Metadata{"mark": mark})}}, func(e api.ServerEvent) {
			assert.Equal(t, "resp_"+mark, as[*api.ResponseCreated](t, e).Response.ID)
		}
	}
}

// answerer is a server that answers each event some time later. It answers events of
// one type about the same thing in turn, as the service does, which handles events one
// after another.
type answerer struct {
	odd deviation
	wg  sync.WaitGroup

	mu        sync.Mutex // guards writes and what follows
	p         *peer
	rng       *rand.Rand
	quiet     bool                 // it refuses nothing any more
	free      map[string]time.Time // by type and subject: when the last one has been answered
	refused   map[string]bool      // by event id
	began     map[string]bool      // by response id
	cancelled map[string]int       // by response id, without the shared ones
	n         int
}

func newAnswerer(seed uint64, odd deviation) *answerer {
	return &answerer{
		odd: odd, rng: rand.New(rand.NewPCG(seed, 99)), free: map[string]time.Time{},
		refused: map[string]bool{}, began: map[string]bool{}, cancelled: map[string]int{},
	}
}

func (a *answerer) run(p *peer) {
	a.p = p
	defer a.wg.Wait()
	for {
		m := p.Read()
		if m == nil {
			return
		}
		kind := textAt(m, "type")
		a.mu.Lock()
		delay, refuse := time.Duration(1+a.rng.IntN(50))*time.Millisecond, a.rng.IntN(7) == 0 && !a.quiet
		at := time.Now().Add(delay)
		if a.odd.nameless && kind == "response.cancel" {
			refuse = false // One response.done answers all, and a refusal would be one of none.
		}
		if turn := a.turn(kind, m); turn != "" {
			if at.Before(a.free[turn]) {
				at = a.free[turn]
			}
			at = at.Add(time.Millisecond)
			a.free[turn] = at
		}
		if id := textAt(m, "response_id"); strings.HasPrefix(id, "resp_") {
			a.cancelled[id]++
		}
		a.mu.Unlock()
		a.wg.Go(func() {
			time.Sleep(time.Until(at))
			a.answer(kind, m, refuse)
		})
	}
}

// turn returns what an event waits for its turn with; "" if it waits for nothing.
func (a *answerer) turn(kind string, m map[string]any) string {
	switch {
	case a.odd.nameless:
		return "all" // Nothing else tells what a refusal is about.
	case a.odd.mute && kind == "response.create",
		a.odd.blank && (kind == "conversation.item.delete" || kind == "conversation.item.truncate"):
		return kind
	case kind == "conversation.item.create", kind == "response.create":
		return ""
	default:
		return kind + textAt(m, "item_id") + textAt(m, "response_id")
	}
}

func (a *answerer) calm() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.quiet = true
}

func (a *answerer) hasRefused(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refused[id]
}

// refuse answers an event with an error.
func (a *answerer) refuse(kind string, m map[string]any) {
	id := textAt(m, "event_id")
	a.refused[id] = true
	detail := map[string]any{"type": "invalid_request_error", "message": "refused", "event_id": id}
	if a.odd.nameless {
		detail["event_id"] = nil
	}
	if a.rng.IntN(3) == 0 && textAt(m, "item_id") != "" {
		detail["message"] = fmt.Sprintf("the item with id '%s' does not exist", m["item_id"])
	}
	a.send("error", map[string]any{"error": detail})
}

func (a *answerer) answer(kind string, m map[string]any, refuse bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.disturb()
	if refuse {
		a.refuse(kind, m)
		return
	}
	item, response := map[string]any{"id": m["item_id"], "type": "message", "role": "user", "content": []any{}}, map[string]any{"id": m["response_id"]}
	acknowledged := m["item_id"]
	if a.odd.blank {
		acknowledged = ""
	}
	switch kind {
	case "session.update":
		a.send("session.updated", map[string]any{"session": m["session"]})
	case "conversation.item.create":
		a.send("conversation.item.added", map[string]any{"item": m["item"]})
		a.send("conversation.item.done", map[string]any{"item": m["item"]})
	case "conversation.item.retrieve":
		a.send("conversation.item.retrieved", map[string]any{"item": item})
	case "conversation.item.delete":
		a.send("conversation.item.deleted", map[string]any{"item_id": acknowledged})
	case "conversation.item.truncate":
		a.send("conversation.item.truncated", map[string]any{"item_id": acknowledged})
	case "input_audio_buffer.commit":
		a.send("input_audio_buffer.committed", map[string]any{"item_id": a.id()})
	case "response.cancel":
		a.send("response.done", map[string]any{"response": response})
	case "response.create":
		a.respond(m)
	}
}

// respond plays a response that says its mark twice.
func (a *answerer) respond(m map[string]any) {
	mark := textAt(m, "response", "metadata", "mark")
	id := "resp_" + mark
	a.began[id] = true
	response := map[string]any{"id": id}
	if params, ok := m["response"].(map[string]any); ok && !a.odd.mute {
		response["metadata"] = params["metadata"]
	}
	a.send("response.created", map[string]any{"response": response})
	for range 2 {
		a.send("response.output_text.delta", map[string]any{"response_id": id, "item_id": "i", "output_index": 0, "content_index": 0, "delta": mark})
	}
	response["status"] = "completed"
	a.send("response.done", map[string]any{"response": response})
}

// disturb sends what no request has asked for.
func (a *answerer) disturb() {
	switch a.rng.IntN(5) {
	case 0: // Voice activity detection adds an item and makes a response of its own.
		a.send("conversation.item.added", map[string]any{"item": map[string]any{"id": a.id(), "type": "message", "role": "user", "content": []any{}}})
		if a.odd.mute || a.odd.nameless {
			return // Nothing would tell it from one that Send has asked for.
		}
		response := map[string]any{"id": a.id(), "metadata": nil}
		a.send("response.created", map[string]any{"response": response})
		a.send("response.done", map[string]any{"response": response})
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
