package caller_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/caller"
)

// reception is an agent that speaks first and hangs up.
func reception(greeting string, tools ...agent.Tool) caller.Program {
	a := &agent.Agent{Instructions: agent.Text("You answer the telephone of a travel agency."), Tools: tools}
	return func(ctx context.Context, c *caller.Call) error {
		return c.Hold(ctx, a, &agent.Options{Greeting: greeting})
	}
}

func TestFromGreetingToGoodbye(t *testing.T) {
	t.Parallel()
	end := agent.EndCall("When the caller says goodbye.")
	caller.Test(t, caller.Load(t, "testdata/greeting.yaml"), reception("Lisbon Travel, good morning.", end), nil)
}

// TestMissingGreetingIsNoticed holds that the scenario fails without the greeting.
func TestMissingGreetingIsNoticed(t *testing.T) {
	t.Parallel()
	s := caller.Load(t, "testdata/greeting.yaml")
	synctest.Test(t, func(t *testing.T) {
		end := agent.EndCall("When the caller says goodbye.")
		r, err := caller.Run(t.Context(), s, reception("", end), &caller.Options{Dir: t.TempDir()})
		require.NoError(t, err)
		require.Len(t, r.Failures, 1)
		assert.Contains(t, r.Failures[0].String(), "hears: good morning")
	})
}
