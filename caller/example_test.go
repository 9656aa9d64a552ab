package caller_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/caller"
)

// A call outside of a test: it takes as long as it does.
func ExampleRun() {
	scenario, err := caller.Read(strings.NewReader(`
scenario: opening hours
script: { rules: [{ do: [{ say: "From nine." }] }] }
steps:
  - say: When?
    expect: [ hears: from ten, reply_within: 2s ]
  - hang_up:
`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	desk := &agent.Agent{Instructions: agent.Text("You answer the phone of a shop.")}
	result, err := caller.Run(context.Background(), scenario, func(ctx context.Context, c *caller.Call) error {
		return c.Hold(ctx, desk, nil)
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range result.Failures {
		fmt.Printf("step %d: %s: %s\n", f.Step, f.Expectation, f.Why)
	}
	// Output: step 1: hears: from ten: 1 of 2 words differ; heard: "From nine."
}
