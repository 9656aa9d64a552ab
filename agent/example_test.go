package agent_test

import (
	"context"
	"fmt"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// Two calls in one response: both run, and the model is asked to go on once.
func ExampleTools() {
	srv := realtimetest.NewServer(&realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Returned("weather"), Do: []realtimetest.Step{realtimetest.Say{Text: "Take an umbrella to Porto."}}},
		{When: realtimetest.Said("porto"), Do: []realtimetest.Step{
			realtimetest.Call{Name: "weather", Arguments: `{"city":"Lisbon"}`},
			realtimetest.Call{Name: "weather", Arguments: `{"city":"Porto"}`},
		}},
	}}})
	defer srv.Close()
	ctx := context.Background()
	client, err := realtime.NewClient(&realtime.Config{BaseURL: srv.URL, APIKey: "any", Proxy: realtime.NoProxy})
	if err != nil {
		panic(err)
	}
	s, err := client.Connect(ctx, realtime.Model(api.ModelGPTRealtime2_1), nil)
	if err != nil {
		panic(err)
	}
	defer s.Close()

	tools := agent.NewTools()
	agent.AddTool(tools, &api.FunctionTool{Name: "weather"}, func(_ context.Context, args struct{ City string }) (any, error) {
		return map[string]bool{"rain": args.City == "Porto"}, nil
	})
	mux := realtime.NewMux()
	tools.Attach(mux)
	responses := 0
	realtime.On(mux, func(_ context.Context, s *realtime.Session, e *api.ResponseDone) error {
		responses++
		for _, item := range e.Response.Output {
			if m, ok := item.(*api.AssistantMessage); ok {
				fmt.Println(*m.Content[0].Transcript)
				return s.Close()
			}
		}
		return nil
	})
	if err := s.SendText(ctx, "Do I need an umbrella in Lisbon or Porto?"); err != nil {
		panic(err)
	}
	if err := s.Send(ctx, &api.ResponseCreate{}); err != nil {
		panic(err)
	}
	err = mux.Run(ctx, s)
	tools.Wait()
	fmt.Println(responses, "responses,", err)
	// Output:
	// Take an umbrella to Porto.
	// 2 responses, <nil>
}

func ExamplePlayback() {
	var playback agent.Playback
	second := make([]byte, realtime.RatePCM)
	playback.Add("item_1", 0, second)
	playback.Add("item_1", 0, second) // answers arrive faster than they play
	playback.Played(60_000)           // the device's own count
	if cut, ok := playback.Interrupt(); ok {
		fmt.Println(cut.EventType(), cut.ItemID, cut.AudioEndMS)
	}
	fmt.Println("play what comes late:", playback.Add("item_1", 0, second))
	// Output:
	// conversation.item.truncate item_1 1250
	// play what comes late: false
}
