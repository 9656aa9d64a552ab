package scenario

import (
	"context"
	"os"
	"testing"

	"github.com/voicelane/realtime-go/caller"
	"github.com/voicelane/realtime-go/realtime"
)

func TestDesk(t *testing.T) {
	desk := newDesk(func(context.Context, int) (string, error) { return "In Porto. It comes on Monday.", nil })
	s, o := caller.Load(t, "desk.yaml"), &caller.Options{Calls: 3}
	if os.Getenv("LIVE") == "1" {
		s.Voice, o.Live = caller.Voice{Espeak: "en"}, &realtime.Config{}
	}
	caller.Test(t, s, func(ctx context.Context, c *caller.Call) error { return c.Hold(ctx, desk, nil) }, o)
}
