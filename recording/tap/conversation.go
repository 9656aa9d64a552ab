package tap

import (
	"context"
	"errors"
	"sync"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/usage"
)

// Watch records the tools and the turns of a conversation until it ends, and returns its
// error; ctx bounds that. Run it on a goroutine of its own, from the beginning of the
// conversation.
func (r *Recorder) Watch(ctx context.Context, c *agent.Conversation) error {
	var turns sync.WaitGroup
	turns.Go(func() {
		for t, err := range c.Turns(ctx) {
			if err == nil {
				r.turn(t)
			}
		}
	})
	defer turns.Wait()
	for e, err := range c.Watch(ctx) {
		if err != nil {
			return err
		}
		r.event(e)
	}
	return nil
}

func (r *Recorder) event(e agent.Event) {
	switch e := e.(type) {
	case *agent.Called:
		r.w.Add(0, &recording.Tool{ID: e.Call.ID, Name: e.Call.Tool, Phase: recording.Start, Arguments: string(e.Call.Arguments)})
	case *agent.Returned:
		ok := e.Call.Err == nil
		r.w.Add(0, &recording.Tool{
			ID: e.Call.ID, Name: e.Call.Tool, Phase: recording.Finished, Took: recording.MicrosOf(e.Call.Took), OK: &ok,
			Error: failureOf(e.Call.Err), Output: e.Call.Output,
		})
	case *agent.HandedOff:
		r.w.Add(0, &recording.Note{Text: "handed off to " + e.To.Name})
	default:
	}
}

// failureOf returns the kind of the failure of a call.
func failureOf(err error) string {
	_, panicked := errors.AsType[*realtime.PanicError](err)
	switch {
	case err == nil:
		return ""
	case panicked, errors.Is(err, agent.ErrExited):
		return "panic"
	case errors.Is(err, agent.ErrTooSlow):
		return "timeout"
	case errors.Is(err, agent.ErrUnknownFunction):
		return "unknown_function"
	default:
		return "error"
	}
}

func (r *Recorder) turn(t *agent.Turn) {
	r.mu.Lock()
	r.turns++
	n := r.turns
	r.mu.Unlock()
	name := ""
	if t.Agent != nil {
		name = t.Agent.Name
	}
	r.w.Add(0, &recording.TurnMark{
		N: n, Phase: recording.Finished, Agent: name, Cut: t.Cut, User: t.User, Said: t.Said,
		FirstSound: recording.MicrosOf(t.FirstSound), FirstHeard: recording.MicrosOf(t.FirstHeard),
	})
}

// Entry records what a response or a transcript cost: give it to usage.Options.OnEntry.
// The prices must be in US dollars.
func (r *Recorder) Entry(e usage.Entry) {
	u := &recording.Usage{
		Response: e.ID, Model: e.Model, AudioMS: e.Count.Audio.Milliseconds(),
		Tokens: recording.Tokens{
			Text:  recording.TokenCount{In: e.Count.Input.Text, Cached: e.Count.Cached.Text, Out: e.Count.Output.Text},
			Audio: recording.TokenCount{In: e.Count.Input.Audio, Cached: e.Count.Cached.Audio, Out: e.Count.Output.Audio},
			Image: recording.TokenCount{In: e.Count.Input.Image, Cached: e.Count.Cached.Image, Out: e.Count.Output.Image},
		},
	}
	if total, err := e.Cost.Total(); err == nil && e.Err == nil {
		micros := total.Micros()
		u.MicroUSD = &micros
	}
	r.w.Add(0, u)
}
