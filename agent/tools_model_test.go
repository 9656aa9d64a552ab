package agent

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/voicelane/realtime-go/internal/peer"
	"github.com/voicelane/realtime-go/realtime"
)

// world is a server that does what it likes within the protocol, and the model of what
// Tools owes it. Each connection is a conversation of its own.
type world struct {
	t    *testing.T
	calm bool // one response begins by itself, and no other that Tools does not ask for

	mu    sync.Mutex // guards everything below, and the conversations
	rng   *rand.Rand
	until time.Time // nothing begins by itself, and nothing is cut, after it
	conv  *conversation
	calls map[string]*modelCall
	left  int // calls that the model may still make
	cuts  int
	ids   int
	trace []string

	asks, refusals, withCalls int
}

// modelCall is what the server knows of a call.
type modelCall struct {
	id, response string
	whole        bool // it was announced whole
	beside       bool
	refused      bool // its output was
	runs         int
	out          time.Time // when its output was ready
	followed     bool      // a response that saw its output has ended
}

// conversation is one connection.
type conversation struct {
	w       *world
	p       *peer.Peer
	wg      sync.WaitGroup
	cutAt   int // the frame, of either side, after which the connection breaks; 0 never
	frames  int
	since   time.Time
	began   time.Time // the latest response
	dead    bool
	active  *modelResponse
	held    held
	calls   map[string]bool // the calls that it holds
	tried   map[string]bool // outputs that were sent, by call
	outputs map[string]*modelOutput
}

type modelOutput struct {
	came  time.Time
	ready time.Time // an outage may lie between
	told  bool      // the client has the confirmation
	seen  *modelResponse
	maybe bool // Tools may take it for seen
}

type modelResponse struct {
	id, tag string
	beside  bool
	over    bool
	calls   []*modelCall
	ways    []int
	saw     []string
}

const mostCalls = 14 // of one schedule

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	return &world{
		t: t, calm: seed%3 == 0, rng: rand.New(rand.NewPCG(seed, 15)), until: time.Now().Add(40 * time.Second),
		calls: map[string]*modelCall{}, left: mostCalls, cuts: 3,
	}
}

func (w *world) id(prefix string) string {
	w.ids++
	return fmt.Sprintf("%s%d", prefix, w.ids)
}

func (w *world) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf("%8.3f ", time.Since(w.until).Seconds()+40)+fmt.Sprintf(format, args...))
}

func (w *world) fail(format string, args ...any) {
	w.note("FAULT "+format, args...)
	w.t.Errorf(format, args...)
}

// serve plays one connection.
func (w *world) serve(p *peer.Peer) {
	w.mu.Lock()
	c := &conversation{w: w, p: p, since: time.Now(), calls: map[string]bool{}, tried: map[string]bool{}, outputs: map[string]*modelOutput{}}
	if w.cuts > 0 && w.rng.IntN(3) > 0 && time.Now().Before(w.until) {
		w.cuts--
		c.cutAt = 3 + w.rng.IntN(60)
	}
	if w.conv != nil && w.conv.held == byProgram {
		c.held = byProgram
	}
	w.conv = c
	w.note("connection %d, cut after %d", p.N, c.cutAt)
	c.send(map[string]any{"type": "session.created", "session": map[string]any{"type": "realtime", "id": w.id("sess"), "model": "m"}})
	w.mu.Unlock()
	c.wg.Go(c.voice)
	for m := p.Read(); m != nil; m = p.Read() {
		w.mu.Lock()
		if !c.dead {
			c.frame()
			c.handle(m)
		}
		w.mu.Unlock()
	}
	w.mu.Lock()
	c.dead = true
	w.mu.Unlock()
	c.wg.Wait()
}

// frame counts a frame and cuts the connection when it is time.
func (c *conversation) frame() {
	c.frames++
	if c.frames == c.cutAt {
		c.dead = true
		c.w.note("cut")
		_ = c.p.WS.NetConn().Close()
	}
}

func (c *conversation) send(e map[string]any) {
	if c.dead {
		return
	}
	e["event_id"] = c.w.id("e")
	data, err := json.Marshal(e)
	if err != nil {
		c.w.fail("%v", err)
	}
	c.w.note("< %s", data)
	c.p.Send(string(data))
	c.frame()
}

// voice begins responses of the server's own, some of which interrupt others. On a
// later connection it does so once the conversation was restored, as audio comes no
// earlier.
func (c *conversation) voice() {
	if c.p.N > 1 {
		time.Sleep(9 * time.Second)
	}
	for {
		c.w.mu.Lock()
		pause := time.Duration(1+c.w.rng.IntN(6000)) * time.Millisecond
		c.w.mu.Unlock()
		time.Sleep(pause)
		c.w.mu.Lock()
		if c.dead || time.Now().After(c.w.until) {
			c.w.mu.Unlock()
			return
		}
		if c.w.calm {
			if c.w.left == mostCalls && c.active == nil {
				c.begin("", false)
			}
			c.w.mu.Unlock()
			continue
		}
		if r := c.active; r != nil && c.w.rng.IntN(2) == 0 {
			c.end(r, "cancelled", "turn_detected")
		}
		if c.active == nil {
			c.begin("", false)
		}
		c.w.mu.Unlock()
	}
}

func (c *conversation) handle(m map[string]any) {
	w := c.w
	w.note("> %v", m)
	switch m["type"] {
	case "conversation.item.create":
		if peer.TextAt(m, "item", "type") == "function_call_output" {
			c.output(m)
			return
		}
		c.calls[peer.TextAt(m, "item", "call_id")] = true
		c.added(m)
	case "response.create":
		tag := peer.TextAt(m, "response", "metadata", requestTag)
		beside := peer.TextAt(m, "response", "conversation") == "none"
		if tag != "" {
			w.asks++
		}
		if c.active != nil && !beside {
			if tag != "" {
				w.refusals++
			}
			c.refuse(m, realtime.CodeResponseActive)
			return
		}
		// A request may cross a response that begins, or meet the cut and wait for the new
		// connection, both unseen by Tools.
		crossed := c.p.N > 1 && time.Now().Equal(c.since) || time.Now().Equal(c.began)
		if tag != "" && !crossed && !slices.ContainsFunc(c.list(), func(o *modelOutput) bool { return o.seen == nil }) {
			w.fail("the model was asked, and there was nothing new")
		}
		c.begin(tag, beside)
	case "response.cancel":
		if c.active == nil {
			c.refuse(m, realtime.CodeCancelNotActive)
			return
		}
		c.end(c.active, "cancelled", "client_cancelled")
	}
}

func (c *conversation) list() (all []*modelOutput) {
	for _, o := range c.outputs {
		all = append(all, o)
	}
	return all
}

// output takes a function's output: it confirms it at once, late or never, or refuses it.
func (c *conversation) output(m map[string]any) {
	w, id := c.w, peer.TextAt(m, "item", "call_id")
	if c.tried[id] {
		w.fail("the output of %s was sent twice", id)
	}
	c.tried[id] = true
	call := w.calls[id]
	restored := strings.HasPrefix(peer.TextAt(m, "event_id"), "restore_")
	luck := w.rng.IntN(10)
	if !c.calls[id] || luck == 0 {
		call.refused = call.refused || luck == 0
		c.refuse(m, "invalid_tool_call_id")
		return
	}
	o := &modelOutput{came: time.Now(), ready: call.out}
	if call.followed {
		o.seen = &modelResponse{over: true}
	}
	c.outputs[id] = o
	switch {
	case luck == 1 && !restored:
	case luck < 4 && !restored:
		pause := time.Duration(w.rng.IntN(8000)) * time.Millisecond
		c.wg.Go(func() {
			time.Sleep(pause)
			w.mu.Lock()
			defer w.mu.Unlock()
			o.told = !c.dead
			c.added(m)
		})
	default:
		o.told = true
		c.added(m)
	}
}

func (c *conversation) added(m map[string]any) {
	c.send(map[string]any{"type": "conversation.item.added", "item": m["item"]})
	c.send(map[string]any{"type": "conversation.item.done", "item": m["item"]})
}

func (c *conversation) refuse(m map[string]any, code string) {
	c.send(map[string]any{"type": "error", "error": map[string]any{
		"type": "invalid_request_error", "code": code, "message": "m", "event_id": m["event_id"],
	}})
}

// begin begins a response, which calls up to five functions.
func (c *conversation) begin(tag string, beside bool) {
	w := c.w
	r := &modelResponse{id: w.id("r"), tag: tag, beside: beside}
	if !beside {
		c.active, c.held, c.began = r, free, time.Now()
		for id, o := range c.outputs {
			// Tools cannot know that a response saw what was not confirmed before it.
			o.maybe = o.maybe || time.Since(o.ready) >= confirmWithin
			if o.seen == nil && (o.told || tag != "" || time.Since(o.came) > confirmWithin) {
				o.seen = r
				r.saw = append(r.saw, id)
			}
		}
	}
	if w.rng.IntN(2) == 0 || beside {
		for range min(w.rng.IntN(6), w.left) {
			call := &modelCall{id: w.id("c"), response: r.id, beside: beside}
			w.calls[call.id] = call
			r.calls = append(r.calls, call)
			r.ways = append(r.ways, w.rng.IntN(5))
			w.left--
		}
	}
	if len(r.calls) > 0 && !beside {
		w.withCalls++
	}
	c.send(map[string]any{"type": "response.created", "response": c.object(r, "in_progress", "")})
	c.wg.Go(func() { c.run(r) })
}

func (c *conversation) object(r *modelResponse, status, reason string) map[string]any {
	o := map[string]any{"id": r.id, "status": status, "output": []any{}, "conversation_id": any("conv")}
	if r.beside {
		o["conversation_id"] = nil
	}
	if reason != "" {
		o["status_details"] = map[string]any{"type": status, "reason": reason}
	}
	if r.tag != "" {
		o["metadata"] = map[string]any{requestTag: r.tag}
	}
	var output []any
	for i, call := range r.calls {
		if status == "completed" && r.ways[i] != 1 {
			output = append(output, c.item(call, "completed"))
		}
	}
	o["output"] = output
	return o
}

func (c *conversation) item(call *modelCall, status string) map[string]any {
	return map[string]any{
		"id": "item_" + call.id, "type": "function_call", "status": status,
		"call_id": call.id, "name": "f", "arguments": fmt.Sprintf(`{"id":%q}`, call.id),
	}
}

// run lets a response make its calls, in any of the ways that servers have, and end.
func (c *conversation) run(r *modelResponse) {
	w := c.w
	for i, call := range r.calls {
		if !c.pause(r, 300) {
			return
		}
		if !r.beside {
			c.calls[call.id] = true
			c.send(map[string]any{"type": "conversation.item.added", "item": c.item(call, "completed")})
		}
		if r.ways[i] == 1 || r.ways[i] > 2 { // By its arguments alone, or by these as well.
			c.send(map[string]any{
				"type": "response.function_call_arguments.done", "response_id": r.id, "item_id": "item_" + call.id,
				"output_index": i, "call_id": call.id, "name": "f", "arguments": c.item(call, "")["arguments"],
			})
		}
		if r.ways[i] > 1 { // 0 is in response.done alone.
			call.whole = !c.dead
			c.send(map[string]any{"type": "response.output_item.done", "response_id": r.id, "output_index": i, "item": c.item(call, "completed")})
		}
		if r.ways[i] == 4 { // Twice.
			c.send(map[string]any{"type": "response.output_item.done", "response_id": r.id, "output_index": i, "item": c.item(call, "completed")})
		}
		w.mu.Unlock()
	}
	if c.pause(r, 1500) {
		c.end(r, "completed", "")
		w.mu.Unlock()
	}
}

// pause waits, and reports whether the response still runs; the lock is held then.
func (c *conversation) pause(r *modelResponse, most int) bool {
	c.w.mu.Lock()
	d := time.Duration(1+c.w.rng.IntN(most)) * time.Millisecond
	c.w.mu.Unlock()
	time.Sleep(d)
	c.w.mu.Lock()
	if c.dead || r.over {
		c.w.mu.Unlock()
		return false
	}
	return true
}

func (c *conversation) end(r *modelResponse, status, reason string) {
	r.over = true
	if c.active == r {
		c.active = nil
		switch {
		case reason == "client_cancelled" && !c.dead:
			c.held = byProgram
		case status == "cancelled":
			c.held = byVoice
		}
	}
	for _, id := range r.saw {
		c.w.calls[id].followed = c.w.calls[id].followed || !c.dead
	}
	for _, call := range r.calls {
		call.whole = call.whole || status == "completed" && !c.dead
	}
	c.send(map[string]any{"type": "response.done", "response": c.object(r, status, reason)})
}
