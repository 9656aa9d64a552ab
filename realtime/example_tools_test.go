package realtime_test

import (
	"context"
	"fmt"

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

	tools := realtime.NewTools()
	realtime.AddTool(tools, &api.FunctionTool{Name: "weather"}, func(_ context.Context, args struct{ City string }) (any, error) {
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
	if err := s.CreateResponse(ctx, nil); err != nil {
		panic(err)
	}
	err = mux.Run(ctx, s)
	tools.Wait()
	fmt.Println(responses, "responses,", err)
	// Output:
	// Take an umbrella to Porto.
	// 2 responses, <nil>
}
