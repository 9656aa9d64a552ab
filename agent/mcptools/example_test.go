package mcptools_test

import (
	"context"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/agent/mcptools"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

type city struct {
	City string `json:"city"`
}

// almanac is an MCP server in this process. Command starts one, and HTTP dials one.
func almanac() mcp.Transport {
	server := mcp.NewServer(&mcp.Implementation{Name: "almanac", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "sunrise", Description: "Tells when the sun rises."},
		func(_ context.Context, _ *mcp.CallToolRequest, in city) (*mcp.CallToolResult, any, error) {
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "at 7:31 in " + in.City}}}, nil, nil
		})
	mine, theirs := mcp.NewInMemoryTransports()
	go func() { _ = server.Run(context.Background(), theirs) }() // It ends with the connection.
	return mine
}

// An agent with the tools of an MCP server.
func ExampleConnect() {
	srv := realtimetest.NewServer(&realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Returned("sunrise"), Answer: func(turn *realtimetest.Turn) []realtimetest.Step {
			when, _ := turn.Result("sunrise")
			return []realtimetest.Step{realtimetest.Say{Text: "The sun rises " + when + "."}}
		}},
		{When: realtimetest.Said("sun"), Do: []realtimetest.Step{realtimetest.Call{Name: "sunrise", Arguments: `{"city":"Lisbon"}`}}},
	}}})
	defer srv.Close()
	ctx := context.Background()
	client, err := realtime.NewClient(&realtime.Config{BaseURL: srv.URL, APIKey: "any", Proxy: realtime.NoProxy})
	if err != nil {
		panic(err)
	}
	defer client.CloseIdleConnections()
	session, err := client.Connect(ctx, realtime.Model(api.ModelGPTRealtime2_1), nil)
	if err != nil {
		panic(err)
	}

	tools, err := mcptools.Connect(ctx, almanac, nil)
	if err != nil {
		panic(err)
	}
	defer tools.Close()
	clerk := &agent.Agent{Instructions: agent.Text("You know the sky."), Toolbox: tools.Tools}
	conv, err := agent.Start(ctx, session, clerk, nil)
	if err != nil {
		panic(err)
	}
	go tools.Follow(ctx, conv) // Takes over changes of the tools.
	answer, err := conv.Ask(ctx, "When does the sun rise in Lisbon?")
	if err != nil {
		panic(err)
	}
	turn, err := answer.Turn(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Println(turn.Said)
	fmt.Println(conv.Close())
	// Output:
	// The sun rises at 7:31 in Lisbon.
	// <nil>
}
