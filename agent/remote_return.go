package agent

import (
	"errors"
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/gen/api"
)

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
	if w.withdraw != nil {
		w.withdraw()
	}
	if err != nil {
		output = errorOutput(forModel(err))
		c.failed(w, err)
	}
	w.Output, w.Err, w.Took = output, err, time.Since(w.began)
	close(w.done)
	c.events.Put(&Returned{shown(nil, w.Call)})
	c.step(arbiter.Returned{Call: w.ID})
	if !c.down { // Otherwise the next connection gets it.
		c.step(arbiter.Confirmed{Call: w.ID})
	}
}

// dropRemote gives up the calls that a lost connection or the end of their response took
// along. The model gets a note, so that it does not repeat them: they may have had an effect.
func (c *Conversation) dropRemote(f func(w *work) bool) {
	for _, w := range c.order {
		if w.remote && !w.returned() && f(w) {
			c.remoteReturned(w, "", errRemoteLost)
		}
	}
}

// errRemoteLost is the outcome of a call that has ended without a result.
var errRemoteLost = errors.New("the result of the call was lost")
