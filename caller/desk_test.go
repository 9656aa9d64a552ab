package caller_test

import (
	"context"
	"testing"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/caller"
)

type flight struct {
	To string `json:"to"`
	At string `json:"at,omitempty"`
}

func search(context.Context, flight) (string, error) { return "07:10, 12:00, 20:00", nil }
func book(context.Context, flight) (string, error)   { return "booked", nil }
func send(context.Context, struct{}) (string, error) { return "sent", nil }

func TestDesk(t *testing.T) {
	t.Parallel()
	desk := &agent.Agent{
		Instructions: agent.Text("You book flights."),
		Tools: []agent.Tool{
			agent.Func("search_flights", "Finds flights.", search),
			agent.Func("book_flight", "Books a flight.", book),
			agent.Func("send_ticket", "Sends the ticket.", send),
		},
	}
	caller.Test(t, caller.Load(t, "testdata/desk.yaml"), func(ctx context.Context, c *caller.Call) error {
		return c.Hold(ctx, desk, nil)
	}, nil)
}
