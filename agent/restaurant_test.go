package agent_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

type booking struct {
	Name  string `json:"name" minLength:"1"`
	Day   string `json:"day" jsonschema:"the day of the week" enum:"friday,saturday"`
	Seats int    `json:"seats" minimum:"1" maximum:"8"`
}

// restaurant returns an agent with two tools, of which a manager approves one, and a
// colleague for bills.
func restaurant(tables map[string]booking, manager *agent.Desk) *agent.Agent {
	reserve := func(_ context.Context, b booking) (string, error) { tables[b.Name] = b; return "reserved", nil }
	drop := func(_ context.Context, b struct {
		Name string `json:"name"`
	},
	) (string, error) {
		delete(tables, b.Name)
		return "cancelled", nil
	}
	cancel := agent.Func("cancel", "Cancels a reservation.", drop)
	cancel.Once, cancel.Approve, cancel.Filler = true, manager.Approve, "Let me ask the manager."
	return &agent.Agent{
		Name:         "host",
		Instructions: agent.Text("You take reservations."),
		Tools:        []agent.Tool{agent.Func("reserve", "Reserves a table.", reserve), cancel},
		Handoffs: []*agent.Agent{{
			Name: "billing", When: "For questions about bills.", Instructions: agent.Text("You explain bills."),
		}},
	}
}

// TestRestaurant is how a program tests its agent: a scripted model, a caller on a simulated
// line, and a manager who decides, in virtual time.
func TestRestaurant(t *testing.T) {
	t.Parallel()
	say := func(text string) []realtimetest.Step { return []realtimetest.Step{realtimetest.Say{Text: text}} }
	call := func(name, arguments string) []realtimetest.Step {
		return []realtimetest.Step{realtimetest.Call{Name: name, Arguments: arguments}}
	}
	script := realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "A table for two on Friday, for Ann."}, {Text: "Cancel it, please."}, {Text: "My bill is wrong."}},
		Rules: []realtimetest.Rule{
			{When: realtimetest.Instructed("Welcome!"), Do: say("Welcome!")},
			{When: realtimetest.Instructed("the manager"), Do: say("Let me ask the manager.")},
			{When: realtimetest.Returned("reserve"), Do: say("See you on Friday.")},
			{When: realtimetest.Returned("cancel"), Do: say("It is cancelled.")},
			{When: realtimetest.Returned("transfer_to_billing"), Do: say("Billing here.")},
			{When: realtimetest.Said("table"), Do: call("reserve", `{"name":"Ann","day":"friday","seats":2}`)},
			{When: realtimetest.Said("cancel"), Do: call("cancel", `{"name":"Ann"}`)},
			{When: realtimetest.Said("bill"), Do: call("transfer_to_billing", `{}`)},
		},
	}
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(&realtimetest.Config{Script: script})
		defer srv.Close()
		client, err := realtime.NewClient(&realtime.Config{BaseURL: srv.URL, APIKey: "any", DialContext: srv.DialContext, Proxy: realtime.NoProxy})
		require.NoError(t, err)
		session, err := client.Connect(t.Context(), realtime.Model("gpt-realtime"), nil)
		require.NoError(t, err)
		line, manager, tables := voice.NewSimLine(audio.ULaw, audio.ULaw), &agent.Desk{}, map[string]booking{}
		conv, err := agent.Start(t.Context(), session, restaurant(tables, manager), &agent.Options{Line: line, Greeting: "Welcome!"})
		require.NoError(t, err)
		turns := conv.Turns(t.Context())
		for range script.Heard {
			time.Sleep(10 * time.Second)
			require.NoError(t, line.Speak(t.Context(), realtimetest.Tone(time.Second)))
			time.Sleep(5 * time.Second)
			for _, c := range manager.Waiting() {
				assert.Contains(t, tables, "Ann", "nothing is cancelled before")
				assert.True(t, manager.Decide(c.ID, nil))
			}
		}
		time.Sleep(10 * time.Second)
		line.Leave()
		require.NoError(t, conv.Wait(t.Context()))
		var said []string
		for turn, err := range turns {
			require.NoError(t, err)
			said = append(said, turn.User+" / "+turn.Said)
		}
		assert.Equal(t, []string{
			" / Welcome!",
			"A table for two on Friday, for Ann. / See you on Friday.",
			"Cancel it, please. / Let me ask the manager. It is cancelled.",
			"My bill is wrong. / Billing here.",
		}, said)
		assert.Empty(t, tables)
		assert.Equal(t, "billing", conv.Agent().Name)
	})
}
