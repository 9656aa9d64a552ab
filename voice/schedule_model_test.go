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
	parts     []*trialPart
	responses []*trialResponse
	cuts      int
	ids       int
	trace     []string
	seen      map[partID]tapped // by a tap, which the bridge's lock serializes
}

// trialItem is the server's view of an item.
type trialItem struct {
	id      string
	parts   []*trialPart
	old     bool // of an earlier connection: the server holds no sound of it
	beside  bool
	deleted bool
}

// trialPart is a content part of an item. All parts are sound.
type trialPart struct {
	item    *trialItem
	content int
	n       int
	sent    int // bytes
	amended bool
}

func (p *trialPart) String() string { return fmt.Sprintf("part %d of item %s", p.content, p.item.id) }

// part returns a part that the server has begun, or nil.
func (w *trialServer) part(item string, content int) *trialPart {
	if it := w.items[item]; it != nil && content < len(it.parts) {
		return it.parts[content]
	}
	return nil
}

// begin begins the next part of an item.
func (w *trialServer) begin(it *trialItem) *trialPart {
	p := &trialPart{item: it, content: len(it.parts), n: len(w.parts)}
	it.parts, w.parts = append(it.parts, p), append(w.parts, p)
	return p
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
	for _, it := range w.items {
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
		c.w.note("< delta of %s/%d, %v", d.ItemID, d.ContentIndex, c.w.format.Duration(len(d.Delta)))
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
		case c.active == nil && w.hasRoom():
			c.begin(false)
		case luck == 9 && w.hasRoom():
			c.begin(true)
		}
		w.mu.Unlock()
	}
}

// hasRoom reports whether a response may begin: the line knows parts by their levels.
func (w *trialServer) hasRoom() bool { return len(w.parts) < mostParts-mostOfItem }

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
	if c.active == nil && w.hasRoom() && w.rng.IntN(3) == 0 {
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
		if c.dead || r.cancelled && late == 0 || !w.hasRoom() {
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

// mostOfItem is the most parts of an item.
const mostOfItem = 3

// speak speaks an item of one part or several, and returns how many deltas may still be late.
func (c *trialConn) speak(r *trialResponse, late int) int {
	w := c.w
	it := &trialItem{id: w.id("i"), beside: r.beside}
	w.items[it.id] = it
	parts := []*trialPart{w.begin(it)}
	for range pick(w.rng, 0, 0, 1, mostOfItem-1) {
		parts = append(parts, w.begin(it))
	}
	c.item(r, it, false)
	for _, p := range parts {
		if late = c.sound(r, p, late); c.dead || late < 0 {
			return max(late, 0)
		}
	}
	c.item(r, it, true)
	return late
}

// sound speaks a part of an item. It returns how many deltas may still be late, or -1 if the
// part was cut.
func (c *trialConn) sound(r *trialResponse, p *trialPart, late int) int {
	w := c.w
	left := w.between(20*time.Millisecond, 4*time.Second)
	speed := []float64{0, 0.05, 0.7, 1.3}[w.rng.IntN(4)]
	for left > 0 && !c.dead {
		if r.cancelled {
			if late == 0 {
				return -1
			}
			late--
		}
		d := min(w.between(10*time.Millisecond, 300*time.Millisecond), left)
		left -= d
		sound := make([]int16, w.format.Bytes(d)/w.format.SampleSize())
		for i := range sound {
			sound[i] = levelOf(p.n)
		}
		delta := w.format.AppendBytes(nil, sound)
		if !c.dead {
			p.sent += len(delta)
		}
		c.send(&api.ResponseOutputAudioDelta{ResponseID: r.id, ItemID: p.item.id, ContentIndex: p.content, Delta: delta})
		c.pause(time.Duration(speed * float64(d)))
	}
	c.send(&api.ResponseOutputAudioDone{ResponseID: r.id, ItemID: p.item.id, ContentIndex: p.content})
	return late
}

// item announces an item, as it begins or as it is.
func (c *trialConn) item(r *trialResponse, it *trialItem, done bool) {
	status := api.ItemStatusInProgress
	if done {
		status = api.ItemStatusCompleted
	}
	m := &api.AssistantMessage{ID: &it.id, Status: &status}
	for range it.parts {
		m.Content = append(m.Content, api.AssistantContent{Type: api.AssistantContentTypeOutputAudio, Transcript: new("words")})
	}
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
		c.truncate(m)
	case "conversation.item.delete":
		c.delete(m)
	}
}

func (c *trialConn) refuse(m map[string]any, code string) {
	id := peer.TextAt(m, "event_id")
	c.send(&api.ErrorEvent{Error: api.Error{Type: "invalid_request_error", Code: api.Value(code), Message: "m", EventID: api.Value(id)}})
}

// truncate judges what the bridge says was heard of a part, and confirms it.
func (c *trialConn) truncate(m map[string]any) {
	w := c.w
	content, _ := m["content_index"].(float64)
	p := w.part(peer.TextAt(m, "item_id"), int(content))
	if p == nil {
		w.fail("an unknown part was truncated: %v", m)
		return
	}
	ms, _ := m["audio_end_ms"].(float64)
	end, heard, sent := time.Duration(ms)*time.Millisecond, w.line.heardOf(p.n), w.format.Duration(p.sent)
	w.note("%v: told %v, heard %v of %v", p, end, heard, sent)
	switch {
	case p.item.old && w.plan.room && (w.plan.lies || w.line.slow > 0):
		// The line blocked, and the bridge did not know that the connection was lost.
	case p.item.old:
		w.fail("%v holds no sound, and was truncated", p)
	case p.item.beside:
		w.fail("%v is not in the conversation, and was truncated", p)
	case p.amended || p.item.deleted:
		w.fail("%v was changed twice", p)
	case end <= 0 || end >= sent:
		w.fail("%v holds %v, and was truncated at %v", p, sent, end)
	case end > heard+w.plan.tolerance():
		w.fail("%v was heard for %v, and was truncated at %v", p, heard, end)
	case w.plan.exact && heard-end > understated+time.Millisecond+w.plan.tolerance():
		w.fail("%v was heard for %v, and was truncated at %v", p, heard, end)
	}
	p.amended = true
	c.send(&api.ConversationItemTruncated{ItemID: p.item.id, ContentIndex: p.content, AudioEndMS: int(ms)})
}

// delete judges that nothing was heard of an item, and confirms that it is gone.
func (c *trialConn) delete(m map[string]any) {
	w := c.w
	it := w.items[peer.TextAt(m, "item_id")]
	if it == nil {
		w.fail("an unknown item was deleted: %v", m)
		return
	}
	for _, p := range it.parts {
		heard := w.line.heardOf(p.n)
		w.note("%v: deleted, heard %v of %v", p, heard, w.format.Duration(p.sent))
		switch {
		case it.old: // It was stopped as the connection broke: the deletion waited, and still holds.
		case p.amended:
			w.fail("%v was truncated, and its item deleted", p)
		case w.plan.exact && heard > understated+time.Millisecond+w.plan.tolerance():
			w.fail("%v was heard for %v, and its item deleted", p, heard)
		}
	}
	switch {
	case it.old:
	case it.beside:
		w.fail("item %s is not in the conversation, and was deleted", it.id)
	case it.deleted:
		w.fail("item %s was deleted twice", it.id)
	}
	it.deleted = true
	c.send(&api.ConversationItemDeleted{ItemID: it.id})
}

// understated is how much less than the truth may be told, where marks come every 100 ms.
const understated = 60 * time.Millisecond
