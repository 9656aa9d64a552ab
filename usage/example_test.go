package usage_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/usage"
)

// A tenant may spend a millionth of a dollar in all. Its session counts into its account, and ends
// once that is reached.
func ExampleMeter_Guard() {
	srv := realtimetest.NewServer(nil)
	defer srv.Close()
	client, err := realtime.NewClient(&realtime.Config{BaseURL: srv.URL, APIKey: "any"})
	if err != nil {
		fmt.Println(err)
		return
	}
	limit, err := usage.ParseMoney("0.000001")
	if err != nil {
		fmt.Println(err)
		return
	}
	tenant := usage.NewAccount(&usage.AccountOptions{Name: "acme", Budget: usage.Budget{Limit: limit}})
	meter := usage.NewMeter(&usage.Options{Account: tenant})
	ctx := context.Background()
	s, err := client.Connect(ctx, realtime.Model("gpt-realtime-2.1"), &realtime.Options{Taps: []*realtime.Tap{meter.Tap()}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	meter.Guard(s)
	s.Discard()

	if err := s.SendText(ctx, "Hello."); err != nil {
		fmt.Println(err)
		return
	}
	if _, err := s.Respond(ctx, nil); err != nil {
		fmt.Println(err)
		return
	}
	<-s.Done()
	spent, ok := errors.AsType[*usage.BudgetError](s.Err())
	fmt.Println(ok, spent.Account, spent.Limit)
	for _, line := range tenant.Bill().Lines {
		fmt.Println(line.Model, line.Responses, "response")
	}
	// Output:
	// true acme 0.000001
	// gpt-realtime-2.1 1 response
}
