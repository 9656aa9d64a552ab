package agent

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// remoteWithin bounds a call that the service makes at an MCP server, from its approval
// on. The service has shorter bounds of its own.
const remoteWithin = 2 * time.Minute

// errNoApprover refuses calls that wait for an approval if Agent.Approve is nil.
var errNoApprover = errors.New("the call needs an approval, and there is none to ask for it")

// onRemote registers the handlers for calls that the service makes at MCP servers. The
// model does not go on after them by itself.
func (c *Conversation) onRemote(m *realtime.Mux) {
	on(c, m, func(e *api.ResponseMCPCallArgumentsDone) {
		if w := c.works[e.ItemID]; w != nil && w.remote {
			w.Arguments = json.RawMessage(e.Arguments)
		}
	})
	on(c, m, func(e *api.MCPListToolsFailed) {
		c.log.Warn("agent MCP tools not listed by the service", "item_id", e.ItemID)
		c.warn(fmt.Errorf("agent: the service could not list the tools of an MCP server: item %s", e.ItemID))
	})
}

// remote notes an item of a response that is, or asks for, a call at an MCP server. The
// lock is held, as in all of this file but decide.
func (c *Conversation) remote(item api.Item, response string, done bool) {
	switch x := item.(type) {
	case *api.MCPApprovalRequest:
		if done && x != nil && response != "" {
			c.remoteCalled(x.ID, x.ID, response, x.ServerLabel, x.Name, x.Arguments, true)
		}
	case *api.MCPCall:
		if x == nil {
			return
		}
		id := x.ID
		if request, approved := x.ApprovalRequestID.Get(); approved {
			id = request
		} else if response != "" && c.works[id] == nil {
			c.remoteCalled(id, x.ID, response, x.ServerLabel, x.Name, x.Arguments, false)
		}
		if w := c.works[id]; done && w != nil && w.remote {
			w.item, w.Arguments = x.ID, json.RawMessage(x.Arguments)
			output, _ := x.Output.Get()
			c.remoteReturned(w, output, remoteError(x.Error))
		}
	default:
	}
}

func (c *Conversation) remoteCalled(id, item, response, server, tool, arguments string, decide bool) {
	w := &work{response: response, item: item, remote: true, undecided: decide}
	w.ID, w.Server, w.Tool, w.Arguments = id, server, tool, json.RawMessage(arguments)
	c.called(w)
}

// remoteError returns the error of a call, nil if it succeeded.
func remoteError(e api.MCPError) error {
	switch e := e.(type) {
	case *api.MCPProtocolError:
		return fmt.Errorf("MCP server: %s (code %d)", e.Message, e.Code)
	case *api.MCPToolExecutionError:
		return errors.New(e.Message)
	case *api.MCPHTTPError:
		return fmt.Errorf("MCP server: %s (status %d)", e.Message, e.Code)
	case nil, api.Null:
		return nil
	default:
		return errors.New("the call at the MCP server failed")
	}
}

// runRemote does what a call at an MCP server needs of this side: a decision, and a bound
// for the wait.
func (c *Conversation) runRemote(w *work) {
	w.began = time.Now()
	c.events.Put(&Called{shown(nil, w.Call)})
	if w.undecided {
		go c.decide(w, w.Call)
		return
	}
	w.awaitRemote(c)
}

func (w *work) awaitRemote(c *Conversation) {
	w.late = time.AfterFunc(remoteWithin, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.remoteReturned(w, "", ErrTooSlow)
	})
}

// decide asks whether a call may be made, and gives the service the answer.
func (c *Conversation) decide(w *work, seen Call) {
	ctx, cancel := context.WithCancel(context.WithValue(c.life, callKey{}, &seen))
	defer cancel()
	why := c.guarded(ctx, w, &seen, func(g *Guard) func(context.Context, *Call) error { return g.Input })
	switch {
	case why != nil:
	case w.agent.Approve == nil:
		why = errNoApprover
	default:
		_, why = isolated(ctx, func() (string, error) { return "", w.agent.Approve(ctx, &seen) })
	}
	c.mu.Lock()
	s := c.session
	c.mu.Unlock()
	if c.life.Err() != nil {
		return
	}
	answer := &api.MCPApprovalResponse{ApprovalRequestID: w.ID, Approve: why == nil}
	if why != nil {
		answer.Reason = api.Value(forModel(why))
	}
	_, err := s.Request(ctx, &api.ConversationItemCreate{Item: answer})
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case why != nil || err != nil:
		c.remoteReturned(w, "", errors.Join(why, err))
	case !c.finished && !w.returned():
		w.awaitRemote(c)
	}
}

// returned reports whether a call has an outcome.
func (w *work) returned() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

// remoteReturned notes the outcome of a call, which the conversation holds already.
func (c *Conversation) remoteReturned(w *work, output string, err error) {
	if c.finished || w.returned() {
		return
	}
	if w.late != nil {
		w.late.Stop()
	}
	if err != nil {
		output = errorOutput(forModel(err))
		c.failed(w, err)
	}
	w.Output, w.Err, w.Took = output, err, time.Since(w.began)
	close(w.done)
	c.events.Put(&Returned{shown(nil, w.Call)})
	c.step(arbiter.Returned{Call: w.ID})
	if !c.down { // Otherwise the next connection is told.
		c.step(arbiter.Confirmed{Call: w.ID})
	}
}

// dropRemote gives up the calls that a lost connection or the end of their response took
// along. The model is told, so that it does not repeat them: they may have had an effect.
func (c *Conversation) dropRemote(f func(w *work) bool) {
	for _, w := range c.order {
		if w.remote && !w.returned() && f(w) {
			c.remoteReturned(w, "", errRemoteLost)
		}
	}
}

// errRemoteLost is the outcome of a call that has ended without a result.
var errRemoteLost = errors.New("the result of the call was lost")

// retell creates the result of a call in a conversation that does not hold it: only the
// service can make the item of such a call.
func (c *Conversation) retell(w *work) {
	if w.output == "" {
		w.output = "out_" + rand.Text()[:24]
	}
	item := api.SystemText(fmt.Sprintf("You have called %s with %s. The result: %s", w.Tool, w.Arguments, w.Output))
	item.ID = new(w.output)
	s := c.session
	c.tasks.Go(func() {
		ctx, cancel := context.WithTimeout(c.life, writeWithin)
		defer cancel()
		_, err := s.Request(ctx, &api.ConversationItemCreate{Item: item})
		if err == nil || exists(err) {
			c.happen(arbiter.Confirmed{Call: w.ID})
			return
		}
		c.written(w, err)
	})
}
