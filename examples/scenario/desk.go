// Package scenario has an agent and the test that calls it: the caller of desk.yaml speaks,
// interrupts and hangs up, in virtual time.
//
//	go test ./examples/scenario -v
//
// prints the waits of the call. With LIVE=1 and OPENAI_API_KEY set the caller, whose voice is
// then that of espeak-ng, talks with the API.
package scenario

import (
	"context"

	"github.com/voicelane/realtime-go/agent"
)

// parcel is what the model gives the tool.
type parcel struct {
	Number int `json:"number" jsonschema:"the number on the receipt"`
}

// newDesk returns the agent. find looks a parcel up.
func newDesk(find func(ctx context.Context, number int) (where string, err error)) *agent.Agent {
	return &agent.Agent{
		Instructions: agent.Text("You tell callers where their parcels are. Be brief."),
		Tools: []agent.Tool{
			agent.Func("find_parcel", "Finds a parcel.", func(ctx context.Context, p parcel) (string, error) { return find(ctx, p.Number) }),
			agent.EndCall("When the caller says goodbye."),
		},
	}
}
