package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/realtime"
)

// maxAgent is the largest state of a conversation in bytes: the rest of the entry is the
// program's.
const maxAgent = 256 << 10

// Converse starts the conversation of an agent on a call's session, or goes on with the one
// that another worker had: see [agent.Start] and [agent.Resume]. The state of the
// conversation is stored with the call: which agent speaks, which calls of functions have
// begun and returned, and [agent.Conversation.SetData]. So a tool with Once never runs
// twice, and one that had begun is reported to the model as unknown. Options.Save, if set,
// is called after that.
//
// A state that cannot be gone on with, such as one of a newer version that names an agent
// unknown to this one, is an error that matches [calls.ErrLeave]: if Run returns it, the call
// is left to another worker and not hung up.
//
// The options may be nil. Return the result of the conversation's Wait from Run; EndCall
// and a nil error then hang up.
func (j *Job) Converse(ctx context.Context, s *realtime.Session, a *agent.Agent, o *agent.Options) (*agent.Conversation, error) {
	var opt agent.Options
	if o != nil {
		opt = *o
	}
	save := opt.Save
	opt.Save = func(ctx context.Context, st *agent.State) error {
		if err := j.saveAgent(ctx, st); err != nil || save == nil {
			return err
		}
		return save(ctx, st)
	}
	st, err := j.agentState()
	if err != nil {
		return nil, err
	}
	if st == nil {
		return agent.Start(ctx, s, a, &opt)
	}
	conv, err := agent.Resume(ctx, s, a, st, &opt)
	if err != nil && s.Err() == nil && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", calls.ErrLeave, err)
	}
	return conv, err
}

func (j *Job) saveAgent(ctx context.Context, st *agent.State) error {
	data, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("fleet: encode the state of the conversation: %w", err)
	}
	if len(data) > maxAgent {
		return fmt.Errorf("%w: the state of the conversation has %d bytes, at most %d are allowed", ErrTooLarge, len(data), maxAgent)
	}
	return j.write(ctx, maxProgram, func(e *entry) { e.Agent = data })
}

func (j *Job) agentState() (*agent.State, error) {
	j.mu.Lock()
	data := j.entry.Agent
	j.mu.Unlock()
	if len(data) == 0 {
		return nil, nil //nolint:nilnil // There is none.
	}
	st := &agent.State{}
	if err := json.Unmarshal(data, st); err != nil {
		return nil, fmt.Errorf("fleet: decode the state of the conversation: %w: %w", calls.ErrLeave, err)
	}
	return st, nil
}

// busy reports whether a Once func or a tool with Once has begun and not finished: a worker
// that leaves the call now makes its outcome unknown.
func (j *Job) busy() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	for id, t := range j.entry.Tools {
		if !t.Done && !slices.Contains(j.former, id) {
			return true
		}
	}
	st := &agent.State{}
	if len(j.entry.Agent) == 0 || json.Unmarshal(j.entry.Agent, st) != nil {
		return false
	}
	return slices.ContainsFunc(st.Calls, func(c agent.CallState) bool {
		return c.Stage == agent.CallBegun && c.Key != ""
	})
}
