package agent

import (
	"context"
	"crypto/rand"
	"errors"
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

// runRemote does what a call at an MCP server needs of this side: a decision, and a bound
// for the wait.
func (c *Conversation) runRemote(w *work) {
	w.began = time.Now()
	c.events.Put(&Called{shown(nil, w.Call)})
	if w.undecided {
		var ctx context.Context
		ctx, w.withdraw = context.WithCancel(c.life)
		go c.decide(ctx, w, w.Call)
		return
	}
	w.begun = true
	w.awaitRemote(c)
}

func (w *work) awaitRemote(c *Conversation) {
	w.late = time.AfterFunc(remoteWithin, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.remoteReturned(w, "", ErrTooSlow)
	})
}

// decide asks whether a call may be made, and gives the service the answer, unless the
// call was lost meanwhile.
func (c *Conversation) decide(ctx context.Context, w *work, seen Call) {
	ctx = context.WithValue(ctx, callKey{}, &seen)
	why := c.guarded(ctx, w, &seen, func(g *Guard) func(context.Context, *Call) error { return g.Input })
	switch {
	case why != nil:
	case w.agent.Approve == nil:
		why = errNoApprover
	default:
		_, why = isolated(ctx, func() (string, error) { return "", w.agent.Approve(ctx, &seen) })
	}
	err := c.answer(ctx, w, why)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case why != nil || err != nil:
		c.remoteReturned(w, "", errors.Join(why, err))
	case !c.finished && !w.returned():
		w.begun = true
		c.unsaved()
		w.awaitRemote(c)
	}
}

// answer gives the service the answer to its request for an approval, once. The
// conversation that made the request is the only one that knows it: when that is lost, so is
// the call, ctx ends, and nothing is sent. A conversation that goes on over another
// connection may not have the answer, and gets it again.
func (c *Conversation) answer(ctx context.Context, w *work, why error) error {
	a := &api.MCPApprovalResponse{ApprovalRequestID: w.ID, Approve: why == nil}
	if why != nil {
		a.Reason = api.Value(forModel(why))
	}
	for connection, again := 0, false; ; again = true {
		r, now, err := c.startAnswer(ctx, a, connection)
		if r != nil {
			_, err = r.Wait(ctx)
		}
		_, refused := errors.AsType[*realtime.ServerError](err)
		switch {
		case errors.Is(err, realtime.ErrReplaced):
			connection = now + 1
		case again && refused:
			return nil // The first one had arrived.
		default:
			return err
		}
	}
}

// startAnswer waits until the conversation is connected, for the connection-th time at least,
// and sends an answer. It returns what the answer waits for, and the number of the
// connection.
func (c *Conversation) startAnswer(ctx context.Context, a *api.MCPApprovalResponse, connection int) (*realtime.PendingRequest, int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for (c.down || c.connections < connection) && ctx.Err() == nil {
		if c.connected == nil {
			c.connected = make(chan struct{})
		}
		connected := c.connected
		c.mu.Unlock()
		select {
		case <-connected:
		case <-ctx.Done():
		}
		c.mu.Lock()
	}
	if ctx.Err() != nil {
		return nil, 0, context.Cause(ctx)
	}
	r, err := c.session.StartRequest(ctx, &api.ConversationItemCreate{Item: a})
	return r, c.connections, err
}

// retell creates the result of a call in a conversation that does not hold it: only the
// service can make the item of such a call.
func (c *Conversation) retell(w *work) {
	if w.output == "" {
		w.output = "out_" + rand.Text()[:24]
	}
	item := api.SystemText(w.note())
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
