package vendor

import (
	"fmt"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/fleet/trial/internal/books"
	"github.com/voicelane/realtime-go/realtimetest"
)

// What the scripted model and the agents of the workers agree on.
const (
	// Instructions are those of each agent, followed by the id of the call: the model knows
	// its caller by them.
	Instructions = "You take orders on the call "
	// OrderTool is the function of an order. Its output begins with Done.
	OrderTool = "order"
	Done      = "done"
	// EndTool is the function that ends the call.
	EndTool = "end_call"
	// NotKnown is in the output for an order whose outcome is unknown.
	NotKnown = "not known"
)

// soft is the sound of the model: what is said does not matter.
var soft = realtimetest.Tone(40 * time.Millisecond)

// answer is the model.
func (v *Vendor) answer(t *realtimetest.Turn) []realtimetest.Step {
	c := v.callerOf(t)
	if c == nil {
		return []realtimetest.Step{realtimetest.Say{Text: "Hello?", Audio: soft}}
	}
	for _, r := range t.Results {
		if r.Name != OrderTool {
			continue
		}
		kind := books.Failed
		switch {
		case strings.HasPrefix(r.Output, Done):
			kind = books.Told
		case strings.Contains(r.Output, NotKnown):
			kind = books.Unknown
		}
		detail := r.CallID
		if kind == books.Failed {
			detail += " " + r.Output
		}
		c.call.Add(kind, "", detail)
		c.answered()
	}
	switch wants, number := c.takeWant(); wants {
	case anOrder:
		id := fmt.Sprintf("%s_order_%d", c.call.ID, number)
		c.call.Add(books.Asked, "", id)
		return []realtimetest.Step{realtimetest.Call{
			Name: OrderTool, ID: id, Arguments: fmt.Sprintf(`{"number":%d,"millis":%d}`, number, v.effectMillis()),
		}}
	case toEnd:
		return []realtimetest.Step{realtimetest.Call{Name: EndTool, ID: fmt.Sprintf("%s_end_%d", c.call.ID, t.Number)}}
	default:
		return []realtimetest.Step{realtimetest.Say{Text: "Thank you.", Audio: soft}}
	}
}

// callerOf returns the caller of a turn by the instructions of the session, nil if they
// are not the agent's.
func (v *Vendor) callerOf(t *realtimetest.Turn) *caller {
	if t.Session == nil || t.Session.Instructions == nil {
		return nil
	}
	id, ok := strings.CutPrefix(*t.Session.Instructions, Instructions)
	v.mu.Lock()
	defer v.mu.Unlock()
	if !ok {
		return nil
	}
	return v.callers[id]
}

// effectMillis returns how long the effect of an order takes.
func (v *Vendor) effectMillis() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	least := v.cfg.EffectMost / 10
	return int((least + time.Duration(v.random.Int64N(int64(v.cfg.EffectMost-least)))) / time.Millisecond)
}
