package agent_test

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

type day struct {
	Day string `json:"day" jsonschema:"the day of the week"`
}

func hours(_ context.Context, d day) (string, error) { return "9 to 5 on " + d.Day, nil }

// An agent answers a caller, who is a recording here, and hangs up after its goodbye. The
// caller is transcribed, since there is a line.
func ExampleStart_line() {
	srv := realtimetest.NewServer(&realtimetest.Config{Script: realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "When do you open on Monday?"}},
		Rules: []realtimetest.Rule{
			{When: realtimetest.Returned("opening_hours"), Do: []realtimetest.Step{
				realtimetest.Say{Text: "At nine. Goodbye!"}, realtimetest.Call{Name: "end_call"},
			}},
			{When: realtimetest.Said("monday"), Do: []realtimetest.Step{realtimetest.Call{Name: "opening_hours", Arguments: `{"day":"Monday"}`}}},
		},
	}})
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client, err := realtime.NewClient(&realtime.Config{BaseURL: srv.URL, APIKey: "any", Proxy: realtime.NoProxy})
	if err != nil {
		panic(err)
	}
	session, err := client.Connect(ctx, realtime.Model(api.ModelGPTRealtime2_1), nil)
	if err != nil {
		panic(err)
	}
	// Files are opened by voice.OpenWAV; telephone calls are lines of package telephony.
	caller := append(realtimetest.Tone(time.Second), realtimetest.Silence(time.Second)...)
	line, err := voice.NewFileLine(audio.NewSource(bytes.NewReader(caller), audio.PCM24k), nil, nil)
	if err != nil {
		panic(err)
	}
	defer func() { _ = line.Close() }()

	desk := &agent.Agent{
		Instructions: agent.Text("You are a friendly receptionist."),
		Tools: []agent.Tool{
			agent.Func("opening_hours", "Tells when we are open.", hours),
			agent.EndCall("When the caller has no further question."),
		},
	}
	conv, err := agent.Start(ctx, session, desk, &agent.Options{Line: line})
	if err != nil {
		panic(err)
	}
	for turn, err := range conv.Turns(ctx) {
		if err != nil {
			panic(err)
		}
		fmt.Printf("caller: %s\nwe: %s\n", turn.User, turn.Said)
	}
	fmt.Println("ended by the", conv.End().By)
	// Output:
	// caller: When do you open on Monday?
	// we: At nine. Goodbye!
	// ended by the agent
}
