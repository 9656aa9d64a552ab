package probe_test

import (
	"context"
	"fmt"

	"github.com/voicelane/realtime-go/probe"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

func ExampleRun() {
	srv := realtimetest.NewServer(nil)
	defer srv.Close()
	client, err := realtime.NewClient(&realtime.Config{BaseURL: srv.URL, APIKey: "any"})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := probe.Run(context.Background(), client, realtime.Model("gpt-realtime"), &probe.Options{
		Checks: []string{"update", "item/delete", "response/metadata"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range report.Results {
		fmt.Println(r.Outcome, r.Name)
	}
	fmt.Println("exit status", report.ExitStatus())
	// Output:
	// can update/answered
	// can update/instructions
	// can update/partial
	// can update/turn-detection-off
	// can update/tools
	// can update/g711
	// can update/refused
	// can item/delete
	// can response/metadata
	// exit status 0
}
