// Package agent holds conversations: agents, their tools, hand-offs and guards.
//
//	desk := &agent.Agent{
//		Instructions: agent.Text("You book flights. Be brief."),
//		Tools:        []agent.Tool{agent.Func("book", "Books a flight.", book)},
//	}
//	conv, err := agent.Start(ctx, session, desk, nil)
//	answer, err := conv.Ask(ctx, "To Lisbon, please.")
//	for piece, err := range answer.Text(ctx) {
//		…
//	}
//
// One arbiter asks the model to speak, and nothing else does: requests of tools, the
// greeting, fillers and the program wait for the response that runs, are merged, and are
// repeated after a refusal, a failure or a lost connection. So two responses never run
// into each other, and a tool is never followed by silence.
//
// # Tools
//
// [Func] makes a [Tool] of a Go function. The schema comes from the type of its argument,
// and the model gets an error for arguments that do not fit. Calls run in parallel, each once
// for its id, and the model goes on once all calls of a response have returned. The
// failure, panic or time-out of a function is given to the model as well, logged, and an
// event of [Conversation.Watch].
//
// The service calls the tools of MCP servers with a public address by itself: give them as
// [api.MCPTool] in Agent.Session. Agent.Approve decides on calls that require an approval,
// the model goes on once they have a result, and they are among the calls of a turn.
// Package mcptools runs the tools of MCP servers that only this program can reach.
//
// # Turns and events
//
// [Conversation.Turns] yields what was said on both sides, turn by turn;
// [Conversation.Watch] what happens meanwhile. [Answer] streams one answer.
//
// # On a line
//
// With Options.Line the conversation is heard: on a telephone, a device, or in a test on a
// voice.SimLine. The user interrupts by speaking, and the server then holds what was
// heard. The model gpt-4o-mini-transcribe writes down what the user says, at a price of its
// own, unless the agent's Session names another. [EndCall] lets the model hang up after its
// goodbye. What the user presses is input, unless Options.Keys takes it.
//
// # Tests
//
// In a test the line is a voice.SimLine and the model a script of package realtimetest,
// whose rules see a greeting or filler by realtimetest.Instructed. Package caller makes
// conversations of scenario files.
//
// # Hand-offs
//
// The model hands the conversation to one of Agent.Handoffs, or the program does by
// [Conversation.HandOff]. An agent with another model or voice takes over in a session of
// its own, which is given the conversation before the line is switched to it.
//
// # Lost connections
//
// A session with Options.Reconnect carries a conversation through lost connections:
// functions run on, their outputs are given to the new connection, and an answer that was
// cut off is asked for again. Calls that the service makes at MCP servers end with their
// connection: a question to Agent.Approve is withdrawn, and the model gets the results
// that there are, and the name of each call without one, so that it does not repeat them.
//
// # Take-over
//
// Options.Save saves the state of a conversation, which is small, and [Resume] goes on from
// it in another process: a function of a tool with Once never runs twice, and one that was
// running is reported to the model as unknown.
package agent
