package agent

import (
	"context"

	"github.com/voicelane/realtime-go/gen/api"
)

// Agent is a role that the model plays. It is read when a conversation starts or hands
// off to it, and any number of conversations may share it: do not change it meanwhile.
type Agent struct {
	// Name consists of letters, digits, _ and -. Other agents hand off by it.
	Name         string
	Instructions Instructions
	Tools        []Tool
	// Toolbox returns further tools. It is called when the agent takes over.
	Toolbox func(ctx context.Context) ([]Tool, error)
	// Handoffs are the agents that this one can hand the conversation to. The model sees
	// each as a function named transfer_to_ and the agent's name.
	Handoffs []*Agent
	// When tells the other agents when to hand off to this one.
	When   string
	Guards []Guard
	// Approve decides on calls that the service makes at MCP servers, the [api.MCPTool]s of
	// Session.Tools, and for which those require an approval. It does so as Tool.Approve does
	// for functions, and one [Desk] may serve both. Its context ends when the call is lost
	// with its connection. Nil refuses them.
	Approve func(ctx context.Context, c *Call) error

	// Voice is the voice of the model, nil for the session's. The service keeps a voice
	// once it was heard: an agent with another voice takes over in another session, which
	// Options.Connect opens. The same goes for Model, "" for the session's.
	Voice api.Voice
	Model api.Model
	// Session holds the other settings: turn detection, temperature, reasoning and the
	// like. Its tools are offered beside Tools.
	Session *api.RealtimeSessionConfig
}

// Instructions returns the system instructions of an agent. It is called when the agent
// takes over and by [Conversation.Refresh].
type Instructions func(ctx context.Context, c *Conversation) (string, error)

// Text returns instructions that never change.
func Text(s string) Instructions {
	return func(context.Context, *Conversation) (string, error) { return s, nil }
}

// Guard checks what the model says while it says it, and what tools take and return. All
// its funcs are optional and may be called from several goroutines.
type Guard struct {
	Name string
	// Every is the number of characters between two checks, default 100. The whole text is
	// checked once more at its end.
	Every int
	// Check gets what the model has said in this turn so far. An error stops the model:
	// what was not heard is dropped, and Instead, if any, is said. The model says no more in
	// this turn; it reads the outputs of functions that it has called with the next.
	Check func(ctx context.Context, said string) error
	// Input is called before a tool runs, and Output before the model is given its output.
	// An error takes the place of the output; the model is given its text.
	Input, Output func(ctx context.Context, c *Call) error
	// Instead is said in place of what Check has stopped.
	Instead string
}

// Tripped is the guard that has stopped a turn, and its error.
type Tripped struct {
	Guard *Guard
	Err   error
}
