package agent

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// remoteNames are the tools of an MCP server that the service calls: seek without an
// approval, erase with one.
var remoteNames = []string{"seek", "erase"}

// names are the tools that the user asks for.
func (p *play) names() []string {
	if p.remote {
		return slices.Concat(remoteNames, toolNames)
	}
	return toolNames
}

// servers are the MCP servers of the service: slow or quick, with tools that fail in some
// schedules, and in some without a list of them.
func (p *play) servers() []realtimetest.MCPServer {
	m := realtimetest.MCPServer{Label: "docs", Delay: p.pause(10 * time.Second), Failure: p.n(8) == 0}
	for _, name := range remoteNames {
		m.Tools = append(m.Tools, realtimetest.MCPServerTool{
			Name: name, ReadOnly: name == "seek", Delay: p.pause(6 * time.Second),
			Run: func(arguments string) (string, api.MCPError) {
				p.note("the service runs %s %s", name, arguments)
				if p.n(6) == 0 {
					return "", &api.MCPToolExecutionError{Message: "no luck"}
				}
				return "ok", nil
			},
		})
	}
	return []realtimetest.MCPServer{m}
}

// reach gives an agent the tools of the MCP server, and in most schedules a person who
// approves calls.
func (p *play) reach(a *Agent) {
	if !p.remote {
		return
	}
	a.Session = &api.RealtimeSessionConfig{Tools: []api.Tool{&api.MCPTool{
		ServerLabel: "docs", ServerURL: new("https://docs.example.com/mcp"),
		RequireApproval: &api.MCPApprovalFilter{Never: &api.MCPToolFilter{ReadOnly: new(true)}},
	}}}
	if p.n(6) == 0 {
		return
	}
	a.Approve = func(ctx context.Context, c *Call) error {
		p.mu.Lock()
		p.asks[c.Tool+string(c.Arguments)]++
		p.mu.Unlock()
		p.note("a person is asked for %s %s", c.Tool, c.Arguments)
		err := p.desk.Approve(ctx, c)
		p.note("decided on %s %s: %v", c.Tool, c.Arguments, err)
		return err
	}
}

// call returns the step with which the model calls a tool.
func call(name, arguments string) realtimetest.Step {
	if slices.Contains(remoteNames, name) {
		return realtimetest.MCPCall{Server: "docs", Name: name, Arguments: arguments}
	}
	return calling(name, arguments)
}

// madeBy returns the calls that an item of the conversation shows, as their names and
// arguments.
func madeBy(item api.Item) (calls []string) {
	switch x := item.(type) {
	case *api.FunctionCall:
		return []string{x.Name + x.Arguments}
	case *api.MCPCall:
		return []string{x.Name + x.Arguments}
	case *api.MCPApprovalRequest:
		return []string{x.Name + x.Arguments}
	case *api.SystemMessage:
		for note := range strings.Lines(x.Content[0].Text) {
			_, made, _ := strings.Cut(note, "You have called ")
			made, _, _ = strings.Cut(made, ". The result: ")
			name, arguments, _ := strings.Cut(made, " with ")
			calls = append(calls, name+arguments)
		}
	default:
	}
	return calls
}

// watch counts the outcomes of calls that the service makes.
func (p *play) watch(c *Conversation) {
	for e, err := range c.Watch(context.Background()) { // It ends with the conversation.
		if w, ok := e.(*Warning); ok && err == nil {
			assert.Error(p.t, w.Err)
		}
		if r, ok := e.(*Returned); ok && err == nil && r.Call.Server != "" && len(r.Call.Arguments) > 0 {
			p.mu.Lock()
			p.outcomes[r.Call.Tool+string(r.Call.Arguments)]++
			p.mu.Unlock()
			p.note("%s %s returned %q", r.Call.Tool, r.Call.Arguments, r.Call.Output)
		}
	}
}

// checkRemote holds the calls of the service to the rules: a person decides once on each,
// the service gets one answer to each request for an approval, on the connection that made
// it, and the model does not repeat a call with an outcome.
func (p *play) checkRemote() {
	for key, n := range p.asks {
		assert.Equal(p.t, 1, n, "a person was asked %d times for %s", n, key)
	}
	for key, n := range p.outcomes {
		assert.Equal(p.t, 1, n, "%s has %d outcomes", key, n)
	}
	conns := p.srv.Conns()
	for i, conn := range conns {
		open := map[string]int{}
		for _, e := range realtimetest.AllSent[*api.ConversationItemDone](conn) {
			if r, ok := e.Item.(*api.MCPApprovalRequest); ok {
				open[r.ID] = 0
			}
		}
		for _, e := range realtimetest.AllReceived[*api.ConversationItemCreate](conn) {
			if a, ok := e.Item.(*api.MCPApprovalResponse); ok {
				n, known := open[a.ApprovalRequestID]
				assert.True(p.t, known, "connection %d has not asked for the approval %s", i, a.ApprovalRequestID)
				open[a.ApprovalRequestID] = n + 1
			}
		}
		for id, n := range open {
			assert.LessOrEqual(p.t, n, 1, "the approval %s was answered %d times", id, n)
			if i == len(conns)-1 {
				assert.Equal(p.t, 1, n, "the approval %s was not answered", id)
			}
		}
	}
}

// String describes a play in the output of a failed test.
func (p *play) String() string { return fmt.Sprintf("remote %t, apart %t", p.remote, p.apart) }
