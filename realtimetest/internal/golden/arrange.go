package golden

import (
	"encoding/base64"
	"reflect"
	"slices"
)

// block holds events with one cause, in order.
type block struct {
	events []*event
	sound  []byte   // The client's audio that the first event ends.
	caused []*block // Responses that the block started.
	// Of a response: its status, empty if it did not end.
	response bool
	status   string
}

// conversation is a conversation in the order of its causes.
type conversation struct {
	blocks []*block // The top level.
	cut    map[string]bool

	owners    map[string]*block   // By the id of an item.
	responses map[string]*block   // By id.
	sent      map[string]*block   // The client's events by event id.
	pending   map[string][]*block // The client's events without an answer, by wire name.
	turn      *block              // The latest turn of the user.
	done      *block              // The response that ended last.
	calls     map[string]int      // The place of a function call by call id.
	sound     []byte              // The client's audio since the latest commit or clear.
	heard     bool                // The client has sent audio.
	detects   bool                // The server detects speech.
}

// arrange orders frames by their causes.
func arrange(frames []Frame) *conversation {
	c := &conversation{
		cut: map[string]bool{}, owners: map[string]*block{}, responses: map[string]*block{},
		sent: map[string]*block{}, pending: map[string][]*block{}, calls: map[string]int{},
	}
	for _, f := range frames {
		e := newEvent(f)
		switch {
		case e.members == nil:
			c.begin(e)
		case e.fromClient && isAppend(e.wireName):
			c.append(e)
		case e.fromClient:
			c.client(e)
		default:
			c.server(e)
		}
	}
	c.findCuts()
	c.sortOutputs()
	c.endSound()
	return c
}

// begin starts a block at the top level.
func (c *conversation) begin(e *event) *block {
	b := &block{events: []*event{e}}
	c.blocks = append(c.blocks, b)
	return b
}

func (c *conversation) append(e *event) {
	c.heard = true
	if sound, err := base64.StdEncoding.DecodeString(e.text("audio")); err == nil {
		c.sound = append(c.sound, sound...)
	}
}

// client adds an event of the client, which starts a block.
func (c *conversation) client(e *event) {
	b := c.begin(e)
	if e.wireName == "input_audio_buffer.commit" || e.wireName == "input_audio_buffer.clear" {
		b.sound, c.sound = c.sound, nil
	}
	if id := e.text("event_id"); id != "" {
		c.sent[id] = b
	}
	if id := e.text("item", "id"); id != "" {
		c.owners[id] = b
	}
	c.call(e)
	c.pending[e.wireName] = append(c.pending[e.wireName], b)
}

// server adds an event of the server to the block of its cause.
func (c *conversation) server(e *event) {
	b := c.causeOf(e)
	if b == nil {
		b = c.begin(e)
	} else {
		b.events = append(b.events, e)
	}
	switch e.wireName {
	case "input_audio_buffer.speech_started", "input_audio_buffer.timeout_triggered":
		c.detects = c.detects || e.wireName == "input_audio_buffer.speech_started"
		c.turn = b
	case "response.output_item.added":
		c.call(e)
	case "response.done":
		b.status, c.done = e.text("response", "status"), b
	}
	if id := e.itemID(); id != "" && c.owners[id] == nil {
		c.owners[id] = b
	}
}

// call gives the function call of an event a place.
func (c *conversation) call(e *event) {
	if e.text("item", "type") == "function_call" {
		c.calls[e.text("item", "call_id")] = len(c.calls)
	}
}

// requests are the client's events by the events that answer them and are about the same
// item, or about none.
var requests = map[string]string{
	"session.updated":                "session.update",
	"conversation.item.deleted":      "conversation.item.delete",
	"conversation.item.truncated":    "conversation.item.truncate",
	"conversation.item.retrieved":    "conversation.item.retrieve",
	"input_audio_buffer.cleared":     "input_audio_buffer.clear",
	"output_audio_buffer.cleared":    "output_audio_buffer.clear",
	"transcription_session.updated":  "transcription_session.update",
	"session.closed":                 "session.close",
	"conversation.item.created":      "conversation.item.create",
	"conversation.item.added":        "conversation.item.create",
	"input_audio_buffer.committed":   "input_audio_buffer.commit",
	"output_audio_buffer.terminated": "output_audio_buffer.clear",
}

// causeOf returns the block of an event's cause, nil if it starts one.
func (c *conversation) causeOf(e *event) *block {
	if e.wireName == "response.created" {
		return c.startResponse(e)
	}
	if b := c.responses[e.responseID()]; b != nil {
		return b
	}
	switch e.wireName {
	case "error":
		b := c.sent[e.text("error", "event_id")]
		if b != nil {
			c.answered(b)
		}
		return b
	case "rate_limits.updated":
		return c.done
	case "conversation.item.added", "conversation.item.created", "input_audio_buffer.committed":
		if b := c.owners[e.itemID()]; b != nil {
			c.answered(b)
			return b
		}
	case "conversation.item.deleted", "conversation.item.truncated", "conversation.item.retrieved":
		if b := c.answer(requests[e.wireName], e.itemID()); b != nil {
			return b
		}
	}
	if request, ok := requests[e.wireName]; ok {
		return c.answer(request, "")
	}
	return c.owners[e.itemID()]
}

// answer removes and returns the oldest unanswered event of the client of that name and
// about that item, nil if there is none. An empty id is any item.
func (c *conversation) answer(wireName, itemID string) *block {
	for _, b := range c.pending[wireName] {
		if itemID == "" || b.events[0].itemID() == itemID {
			c.answered(b)
			return b
		}
	}
	return nil
}

// answered removes an event of the client from pending.
func (c *conversation) answered(b *block) {
	name := b.events[0].wireName
	c.pending[name] = slices.DeleteFunc(c.pending[name], func(other *block) bool { return other == b })
}

// startResponse returns the block of a new response, below the request or turn that
// started it.
func (c *conversation) startResponse(e *event) *block {
	b := &block{response: true}
	c.responses[e.responseID()] = b
	cause := c.requestOf(e)
	if cause == nil {
		cause, c.turn = c.turn, nil
	}
	if cause == nil {
		c.blocks = append(c.blocks, b)
	} else {
		cause.caused = append(cause.caused, b)
	}
	return b
}

// requestOf returns the response.create of a response, nil if it has none: by metadata,
// or else the oldest.
func (c *conversation) requestOf(e *event) *block {
	if metadata, _ := value(e.members, "response", "metadata").(map[string]any); len(metadata) > 0 {
		for _, b := range c.pending["response.create"] {
			if reflect.DeepEqual(value(b.events[0].members, "response", "metadata"), any(metadata)) {
				c.answered(b)
				return b
			}
		}
	}
	return c.answer("response.create", "")
}

// findCuts finds the items of responses that were cancelled, or lost with their
// connection, before the items were complete.
func (c *conversation) findCuts() {
	for _, b := range c.responses {
		if b.status != "" && b.status != "cancelled" {
			continue
		}
		complete := map[string]bool{}
		for _, e := range b.events {
			if e.wireName == "response.output_item.done" && e.text("item", "status") == "completed" {
				complete[e.itemID()] = true
			}
		}
		for _, e := range b.events {
			if id := e.itemID(); id != "" && !complete[id] {
				c.cut[id] = true
			}
		}
	}
}

// sortOutputs sorts neighbouring outputs of function calls by their calls: the calls of
// one response run side by side. In a history that the client restores, outputs stand
// between calls; they are put behind them.
func (c *conversation) sortOutputs() {
	place := func(b *block) int {
		if len(b.events) == 0 || !b.events[0].fromClient {
			return -1
		}
		n, known := c.calls[b.events[0].text("item", "call_id")]
		switch kind := b.events[0].text("item", "type"); {
		case known && kind == "function_call":
			return n
		case known && kind == "function_call_output":
			return len(c.calls) + n
		}
		return -1
	}
	for i := 0; i < len(c.blocks); i++ {
		end := i
		for end < len(c.blocks) && place(c.blocks[end]) >= 0 {
			end++
		}
		slices.SortStableFunc(c.blocks[i:end], func(a, b *block) int { return place(a) - place(b) })
		i = max(i, end-1)
	}
}

// endSound adds the audio that no event of the client ends. If the server detects
// speech, no event does: how much was sent before it is a matter of time.
func (c *conversation) endSound() {
	if !c.heard {
		return
	}
	if !c.detects {
		if len(c.sound) > 0 {
			c.blocks = append(c.blocks, &block{sound: c.sound})
		}
		return
	}
	for _, b := range c.blocks {
		b.sound = nil
	}
	c.begin(&event{fromClient: true, wireName: "input_audio_buffer.append", members: map[string]any{}})
}
