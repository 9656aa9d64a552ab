package voice

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/peer"
	"github.com/voicelane/realtime-go/realtime"
)

// trialServer is a model of a server whose model and whose user do what they like within
// the protocol, and the judge of what the bridge tells it.
type trialServer struct {
	t      *testing.T
	plan   trialPlan
	format audio.Format // of the session's output
	line   *trialLine

	mu        sync.Mutex // guards everything below, and the connections
	rng       *rand.Rand
	until     time.Time // nothing begins after it
	items     map[string]*trialItem
	list      []*trialItem
	responses []*trialResponse
	cuts      int
	ids       int
	trace     []string
	seen      map[string]*tapped // by a tap, which the bridge's lock serializes
}

// trialItem is the server's view of an item.
type trialItem struct {
	id      string
	n       int
	sent    int  // bytes
	old     bool // of an earlier connection: the server holds no sound of it
	beside  bool
	amended bool
}

type trialResponse struct {
	id        string
	conn      *trialConn // whose session has it
	beside    bool
	cancelled bool
	ended     bool // response.done was sent on a living connection
	endedAt   time.Time
	over      int // times that it was reported over
	overAt    time.Time
}

// trialConn is one connection.
type trialConn struct {
	w      *trialServer
	p      *peer.Peer
	wg     sync.WaitGroup
	dead   bool
	frames int
	cutAt  int // 0 is never
	active *trialResponse
}

func (w *trialServer) id(prefix string) string {
	w.ids++
	return fmt.Sprintf("%s%d", prefix, w.ids)
}

func (w *trialServer) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf("%8.3f ", trialLength.Seconds()-time.Until(w.until).Seconds())+fmt.Sprintf(format, args...))
}

func (w *trialServer) fail(format string, args ...any) {
	w.t.Helper()
	w.note("FAULT "+format, args...)
	w.t.Errorf(format, args...)
}

func (w *trialServer) between(least, most time.Duration) time.Duration {
	return least + time.Duration(w.rng.Int64N(int64(most-least)+1))
}

// serve plays one connection.
func (w *trialServer) serve(p *peer.Peer) {
	w.mu.Lock()
	c := &trialConn{w: w, p: p}
	for _, it := range w.list {
		it.old = true
	}
	if w.cuts > 0 && time.Now().Before(w.until) {
		w.cuts--
		c.cutAt = 10 + w.rng.IntN(400)
	}
	w.note("connection %d, cut after %d", p.N, c.cutAt)
	c.send(&api.SessionCreated{Session: &api.RealtimeSession{ID: w.id("sess"), Model: "m"}})
	w.mu.Unlock()
	c.wg.Go(c.live)
	for m := p.Read(); m != nil; m = p.Read() {
		w.mu.Lock()
		c.handle(m)
		w.mu.Unlock()
	}
	w.mu.Lock()
	c.dead = true
	w.mu.Unlock()
	c.wg.Wait()
}

func (c *trialConn) send(e api.ServerEvent) {
	if c.dead {
		return
	}
	data, err := json.Marshal(e)
	if err != nil {
		c.w.fail("%v", err)
	}
	if d, ok := e.(*api.ResponseOutputAudioDelta); ok {
		c.w.note("< delta of %s, %v", d.ItemID, c.w.format.Duration(len(d.Delta)))
	} else {
		c.w.note("< %s", data)
	}
	c.p.Send(string(data))
	c.frames++
	if c.frames == c.cutAt {
		c.dead = true
		c.w.note("cut")
		_ = c.p.WS.NetConn().Close()
	}
}

// live lets the model and the user act.
func (c *trialConn) live() {
	w := c.w
	if c.p.N > 1 {
		time.Sleep(2 * time.Second) // The conversation is restored first.
	}
	for {
		w.mu.Lock()
		pause := w.between(10*time.Millisecond, 1500*time.Millisecond)
		w.mu.Unlock()
		time.Sleep(pause)
		w.mu.Lock()
		if c.dead || time.Now().After(w.until) {
			w.mu.Unlock()
			return
		}
		switch luck := w.rng.IntN(10); {
		case luck < 3:
			c.bargeIn()
		case luck == 3 && w.plan.stalls:
			d := w.between(10*time.Millisecond, 400*time.Millisecond)
			w.note("the line stalls for %v", d)
			w.line.stall(d)
		case c.active == nil && len(w.list) < mostItems-4:
			c.begin(false)
		case luck == 9 && len(w.list) < mostItems-4:
			c.begin(true)
		}
		w.mu.Unlock()
	}
}

// bargeIn lets the user speak, which ends the response, now or a little later.
func (c *trialConn) bargeIn() {
	w := c.w
	c.send(&api.InputAudioBufferSpeechStarted{ItemID: w.id("u")})
	if c.active != nil {
		c.active.cancelled = true
	}
	if w.rng.IntN(2) == 0 {
		c.send(&api.InputAudioBufferSpeechStopped{AudioEndMS: 100})
		c.send(&api.InputAudioBufferCommitted{ItemID: w.id("u")})
	}
	if c.active == nil && len(w.list) < mostItems-4 && w.rng.IntN(3) == 0 {
		c.begin(false) // While the line is being cleared.
	}
}

// begin begins a response.
func (c *trialConn) begin(beside bool) {
	w := c.w
	r := &trialResponse{id: w.id("r"), conn: c, beside: beside}
	w.responses = append(w.responses, r)
	if !beside {
		c.active = r
	}
	c.send(&api.ResponseCreated{Response: c.object(r, api.ResponseStatusInProgress)})
	c.wg.Go(func() { c.respond(r) })
}

func (c *trialConn) object(r *trialResponse, status api.ResponseStatus) api.Response {
	x := api.Response{ID: r.id, Status: status, ConversationID: api.Value("conv")}
	if r.beside {
		x.ConversationID = api.NullOf[string]()
	}
	return x
}

// respond speaks one or two items, in deltas of any size and speed.
func (c *trialConn) respond(r *trialResponse) {
	w := c.w
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rng.IntN(2) == 0 {
		c.pause(w.between(0, 300*time.Millisecond))
	}
	late := w.rng.IntN(4) // deltas that are sent after the end
	for range 1 + w.rng.IntN(2) {
		if c.dead || r.cancelled && late == 0 {
			break
		}
		late = c.speak(r, late)
	}
	status := api.ResponseStatusCompleted
	if r.cancelled {
		status = api.ResponseStatusCancelled
	}
	if c.active == r {
		c.active = nil
	}
	r.ended, r.endedAt = !c.dead, time.Now()
	c.send(&api.ResponseDone{Response: c.object(r, status)})
}

// pause lets others act meanwhile.
func (c *trialConn) pause(d time.Duration) {
	c.w.mu.Unlock()
	time.Sleep(d)
	c.w.mu.Lock()
}

func (c *trialConn) speak(r *trialResponse, late int) int {
	w := c.w
	it := &trialItem{id: w.id("i"), n: len(w.list), beside: r.beside}
	w.items[it.id] = it
	w.list = append(w.list, it)
	c.item(r, it, false)
	left := w.between(20*time.Millisecond, 4*time.Second)
	speed := []float64{0, 0.05, 0.7, 1.3}[w.rng.IntN(4)]
	for left > 0 && !c.dead {
		if r.cancelled {
			if late == 0 {
				return 0
			}
			late--
		}
		d := min(w.between(10*time.Millisecond, 300*time.Millisecond), left)
		left -= d
		sound := make([]int16, w.format.Bytes(d)/w.format.SampleSize())
		for i := range sound {
			sound[i] = levelOf(it.n)
		}
		delta := w.format.AppendBytes(nil, sound)
		if !c.dead {
			it.sent += len(delta)
		}
		c.send(&api.ResponseOutputAudioDelta{ResponseID: r.id, ItemID: it.id, Delta: delta})
		c.pause(time.Duration(speed * float64(d)))
	}
	if c.dead {
		return late
	}
	c.send(&api.ResponseOutputAudioDone{ResponseID: r.id, ItemID: it.id})
	c.item(r, it, true)
	return late
}

// item announces an item, as it begins or as it is.
func (c *trialConn) item(r *trialResponse, it *trialItem, done bool) {
	status := api.ItemStatusInProgress
	if done {
		status = api.ItemStatusCompleted
	}
	m := &api.AssistantMessage{ID: &it.id, Status: &status, Content: []api.AssistantContent{{Type: api.AssistantContentTypeOutputAudio, Transcript: new("words")}}}
	switch {
	case !done:
		c.send(&api.ResponseOutputItemAdded{ResponseID: r.id, Item: m})
		if !r.beside {
			c.send(&api.ConversationItemAdded{Item: m})
		}
	default:
		c.send(&api.ResponseOutputItemDone{ResponseID: r.id, Item: m})
		if !r.beside {
			c.send(&api.ConversationItemDone{Item: m})
		}
	}
}

func (c *trialConn) handle(m map[string]any) {
	w := c.w
	kind := peer.TextAt(m, "type")
	if kind == "input_audio_buffer.append" {
		return
	}
	w.note("> %v", m)
	if c.dead {
		return
	}
	switch kind {
	case "session.update":
		c.send(&api.SessionUpdated{Session: &api.RealtimeSession{ID: "s", Model: "m"}})
	case "conversation.item.create":
		data, err := json.Marshal(m["item"])
		item, bad := api.DecodeItem(data)
		if err != nil || bad != nil {
			w.fail("%v, %v", err, bad)
		}
		c.send(&api.ConversationItemAdded{Item: item})
		c.send(&api.ConversationItemDone{Item: item})
	case "response.cancel":
		i := slices.IndexFunc(w.responses, func(r *trialResponse) bool { return r.id == peer.TextAt(m, "response_id") })
		// A cancel that waited through an outage reaches a session without the response.
		if i < 0 || w.responses[i].conn != c || w.responses[i].ended || w.responses[i].cancelled {
			c.refuse(m, realtime.CodeCancelNotActive)
			return
		}
		w.responses[i].cancelled = true
	case "conversation.item.truncate":
		end, _ := m["audio_end_ms"].(float64)
		c.amend(m, time.Duration(end)*time.Millisecond)
	case "conversation.item.delete":
		c.amend(m, 0)
	}
}

func (c *trialConn) refuse(m map[string]any, code string) {
	id := peer.TextAt(m, "event_id")
	c.send(&api.ErrorEvent{Error: api.Error{Type: "invalid_request_error", Code: api.Value(code), Message: "m", EventID: api.Value(id)}})
}

// amend judges what the bridge says was heard, and confirms it.
func (c *trialConn) amend(m map[string]any, end time.Duration) {
	w := c.w
	it := w.items[peer.TextAt(m, "item_id")]
	if it == nil {
		w.fail("an unknown item was changed: %v", m)
		return
	}
	heard := w.line.heardOf(it.n)
	w.note("item %s: told %v, heard %v of %v", it.id, end, heard, w.format.Duration(it.sent))
	switch {
	case it.old && end == 0:
		// It was stopped as the connection broke: the deletion waited, and still holds.
	case it.old && w.plan.room && w.plan.lies:
		// The line blocked, and the bridge did not know that the connection was lost.
	case it.old:
		w.fail("item %s holds no sound, and was changed", it.id)
	case it.beside:
		w.fail("item %s is not in the conversation, and was changed", it.id)
	case it.amended:
		w.fail("item %s was changed twice", it.id)
	case end > 0 && end >= w.format.Duration(it.sent):
		w.fail("item %s holds %v, and was truncated at %v", it.id, w.format.Duration(it.sent), end)
	case end > heard+w.plan.tolerance():
		w.fail("item %s was heard for %v, and was truncated at %v", it.id, heard, end)
	case w.plan.exact && heard-end > understated+time.Millisecond+w.plan.tolerance():
		w.fail("item %s was heard for %v, and was truncated at %v", it.id, heard, end)
	}
	it.amended = true
	if end == 0 {
		c.send(&api.ConversationItemDeleted{ItemID: it.id})
		return
	}
	c.send(&api.ConversationItemTruncated{ItemID: it.id, AudioEndMS: int(end.Milliseconds())})
}

// understated is how much less than the truth may be told, where marks come every 100 ms.
const understated = 60 * time.Millisecond
