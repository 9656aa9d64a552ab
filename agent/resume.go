package agent

import (
	"context"
	"errors"
	"fmt"

	"github.com/voicelane/realtime-go/realtime"
)

// Resume goes on with a conversation from a state that Options.Save or
// [Conversation.State] gave in another process. The agent with the state's name is looked
// for among a and the agents that hand-offs lead to from it. Otherwise Resume is [Start],
// without a greeting.
//
// A session beside a call holds the conversation already. A new session is given the
// state's Items first. Calls of functions that had not returned run again, except those of
// tools with Once that had begun: the model reads that their outcome is unknown.
// Functions that had returned do not run again. A turn without a whole answer gets one;
// if the answer was on its way when the process ended, that may be a second one. The state does
// not hold that a [Guard] has stopped an answer: the model goes on with the outputs of functions
// of that answer which had not returned.
//
// Only one process may run a conversation at a time, which Resume cannot check.
func Resume(ctx context.Context, s *realtime.Session, a *Agent, st *State, o *Options) (*Conversation, error) {
	if a == nil || st == nil {
		return nil, errors.New("agent: no agent or no state")
	}
	speaks := reachable(a, st.Agent, map[*Agent]bool{})
	if speaks == nil {
		return nil, fmt.Errorf("agent: no agent of the name %q: give Resume one that leads to it", st.Agent)
	}
	return start(ctx, s, speaks, o, st)
}

// reachable returns the agent of a name that is the agent given, or one that hand-offs
// lead to.
func reachable(a *Agent, name string, seen map[*Agent]bool) *Agent {
	if a == nil || seen[a] {
		return nil
	}
	if a.Name == name {
		return a
	}
	seen[a] = true
	for _, to := range a.Handoffs {
		if found := reachable(to, name, seen); found != nil {
			return found
		}
	}
	return nil
}
