package agent

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/realtimetest"
)

// TestSayingsThatWaitAreBounded has the program want more said than may wait.
func TestSayingsThatWaitAreBounded(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{rule(nil, say("One moment."), realtimetest.Hang{})}}
	talk(t, script, &Agent{}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		for range maxSayings {
			_, err := c.Nudge(t.Context(), "Say something.")
			require.NoError(t, err)
		}
		_, err := c.Nudge(t.Context(), "Say something.")
		require.ErrorIs(t, err, ErrTooMuch)
		require.ErrorIs(t, c.Say(t.Context(), "Something."), ErrTooMuch)
	})
}

// TestAnOutputMayBeAsLargeAsItsBound has a function return as much as the model may get.
func TestAnOutputMayBeAsLargeAsItsBound(t *testing.T) {
	t.Parallel()
	script := realtimetest.Script{Rules: []realtimetest.Rule{
		rule(realtimetest.Returned("look"), say("Seen.")),
		rule(realtimetest.Said("look"), calling("look", `{"city":"Porto"}`)),
	}}
	look := Func("look", "", func(context.Context, place) (string, error) { return strings.Repeat("x", maxOutput), nil })
	talk(t, script, &Agent{Tools: []Tool{look}}, nil, func(t *testing.T, c *Conversation, _ *realtimetest.Server) {
		t.Helper()
		turn := asked(t, c, "Look!")
		require.Len(t, turn.Calls, 1)
		require.NoError(t, turn.Calls[0].Err)
		assert.Len(t, turn.Calls[0].Output, maxOutput)
	})
}

// TestAStateIsBounded has a conversation with more settled calls than a state keeps, and with
// arguments and outputs about its bound.
func TestAStateIsBounded(t *testing.T) {
	t.Parallel()
	c := newConversation(nil)
	defer c.stop(nil)
	c.agent = &Agent{}
	for i := range maxSettled + 2 {
		c.order = append(c.order, &work{Call: Call{ID: fmt.Sprint("once ", i)}, again: strconv.Itoa(i), done: make(chan struct{})})
	}
	c.order[5].again = "" // Of a tool that may run again.
	st, err := c.state(false)
	require.NoError(t, err)
	require.Len(t, st.Calls, maxSettled-1)
	assert.Equal(t, "once 2", st.Calls[0].ID, "the latest ones")
	assert.Equal(t, fmt.Sprint("once ", maxSettled+1), st.Calls[len(st.Calls)-1].ID, "in order")

	for _, size := range []int{maxSavedText, maxSavedText + 1} {
		text := `"` + strings.Repeat("x", size-2) + `"`
		w := &work{Call: Call{ID: "c", Arguments: []byte(text), Output: text}, pending: true, done: make(chan struct{})}
		close(w.done)
		s := c.stateOf(w)
		assert.Equal(t, CallReturned, s.Stage)
		assert.Equal(t, size <= maxSavedText, len(s.Arguments) > 0, "arguments of %d bytes", size)
		assert.Equal(t, size <= maxSavedText, s.Output != "", "an output of %d bytes", size)
	}
}

// TestCallsAreRememberedForALongTime enters more calls than a conversation remembers.
func TestCallsAreRememberedForALongTime(t *testing.T) {
	t.Parallel()
	c := newConversation(nil)
	defer c.stop(nil)
	c.step = func(arbiter.Event) {}
	for i := range maxWorks {
		c.called(&work{Call: Call{ID: strconv.Itoa(i)}})
	}
	assert.Contains(t, c.works, "0")
	c.called(&work{Call: Call{ID: "one more"}})
	assert.NotContains(t, c.works, "0", "the oldest")
	assert.Contains(t, c.works, "1")
	assert.Len(t, c.works, maxWorks)
	assert.Len(t, c.order, maxWorks)
}
