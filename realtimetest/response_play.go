package realtimetest

import (
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// player performs the steps of a response, one action at a time. It belongs to the
// session's goroutine.
type player struct {
	r       *response
	mcp     *mcpTools
	steps   []Step
	actions []action  // The rest of the current step.
	at      time.Time // When the latest action was due.
}

// schedule schedules the next action.
func (p *player) schedule() {
	for len(p.actions) == 0 {
		if len(p.steps) == 0 {
			p.actions = once(func() { p.r.finish(api.ResponseStatusCompleted, nil) })
			break
		}
		step := p.steps[0]
		p.steps = p.steps[1:]
		p.actions = p.expand(step)
	}
	next := p.actions[0]
	p.actions = p.actions[1:]
	if next.hang {
		return
	}
	// Counted from when the previous action was due, so that late timers do not
	// add up.
	p.at = p.at.Add(next.wait)
	p.r.task = p.r.after(p.at.Sub(p.r.cfg.Clock.Now()), func() {
		next.do()
		if !p.r.over && !p.r.closed() {
			p.schedule()
		}
	})
}

func once(do func()) []action { return []action{{do: do}} }

// expand returns the actions of a step.
func (p *player) expand(step Step) []action {
	r := p.r
	switch step := step.(type) {
	case Say:
		if r.modality == api.ModalityText {
			return r.sayText(step)
		}
		return r.saySpeech(step)
	case Call:
		return r.callFunction(step)
	case MCPCall:
		return r.callMCP(step, p.mcp)
	case Wait:
		return []action{{wait: time.Duration(step), do: func() {}}}
	case Hang:
		return []action{{hang: true}}
	case Stop:
		return once(func() {
			r.finish(api.ResponseStatusIncomplete, &api.ResponseStatusDetails{
				Type: api.ResponseStatusDetailsTypeIncomplete, Reason: new(api.ResponseStatusReason(step)),
			})
		})
	case Fail:
		return once(func() { p.failResponse(step) })
	case Refuse:
		return once(func() { r.fail(new(api.Error(step)), "") })
	default:
		return once(func() { r.perform(step) })
	}
}

func (p *player) failResponse(f Fail) {
	if f.Type == "" {
		f.Type = "server_error"
	}
	e := api.ResponseError{Type: new(f.Type)}
	if f.Code != "" {
		e.Code = new(f.Code)
	}
	if f.Message != "" {
		e.Message = new(f.Message)
	}
	p.r.finish(api.ResponseStatusFailed, &api.ResponseStatusDetails{
		Type: api.ResponseStatusDetailsTypeFailed, Error: api.Value(e),
	})
}
