package agent_test

import (
	"context"
	"fmt"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

type trip struct {
	To   string `json:"to" jsonschema:"airport code, such as LIS"`
	Seat string `json:"seat,omitzero" enum:"window,aisle"`
}

func book(_ context.Context, t trip) (string, error) {
	return "ticket to " + t.To, nil
}

// A conversation in writing with one tool.
func ExampleStart() {
	srv := realtimetest.NewServer(&realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Returned("book"), Do: []realtimetest.Step{realtimetest.Say{Text: "Have a good flight to Lisbon."}}},
		{When: realtimetest.Said("lisbon"), Do: []realtimetest.Step{realtimetest.Call{Name: "book", Arguments: `{"to":"LIS"}`}}},
	}}})
	defer srv.Close()
	ctx := context.Background()
	client, err := realtime.NewClient(&realtime.Config{BaseURL: srv.URL, APIKey: "any", Proxy: realtime.NoProxy})
	if err != nil {
		panic(err)
	}
	session, err := client.Connect(ctx, realtime.Model(api.ModelGPTRealtime2_1), nil)
	if err != nil {
		panic(err)
	}

	desk := &agent.Agent{
		Instructions: agent.Text("You book flights. Be brief."),
		Tools:        []agent.Tool{agent.Func("book", "Books a flight.", book)},
	}
	conv, err := agent.Start(ctx, session, desk, nil)
	if err != nil {
		panic(err)
	}
	answer, err := conv.Ask(ctx, "To Lisbon, please.")
	if err != nil {
		panic(err)
	}
	for piece, err := range answer.Text(ctx) {
		if err != nil {
			panic(err)
		}
		fmt.Print(piece)
	}
	turn, err := answer.Turn(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Println()
	fmt.Println(turn.Calls[0].Tool, turn.Calls[0].Output)
	fmt.Println(conv.Close())
	// Output:
	// Have a good flight to Lisbon.
	// book ticket to LIS
	// <nil>
}
