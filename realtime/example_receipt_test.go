package realtime_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/socket"
)

// A receipt shows whether an event was written. What was not can be sent elsewhere;
// what is uncertain cannot, since it may have arrived.
func ExampleSession_SendReceipt() {
	client, stop := against(realtimetest.Script{})
	defer stop()
	ctx := context.Background()
	s, err := client.Connect(ctx, realtime.Model(api.ModelGPTRealtime2_1), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	receipt, err := s.SendReceipt(ctx, &api.InputAudioBufferClear{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fate, err := receipt.Wait(ctx)
	fmt.Println(fate, err)
	_ = s.Close()
	for _, e := range s.TakeUnsent() {
		if e.Type == "conversation.item.create" {
			fmt.Println("send again:", e.ID)
		}
	}
	fmt.Println(fate == socket.Written)
	// Output:
	// written <nil>
	// true
}

// Abort ends a call at once, with a cause that every wait returns: no farewell is sent, and
// no answer awaited.
func ExampleSession_Abort() {
	client, stop := against(realtimetest.Script{})
	defer stop()
	ctx := context.Background()
	s, err := client.Connect(ctx, realtime.Model(api.ModelGPTRealtime2_1), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	hungUp := errors.New("the caller hung up")
	if err := s.Abort(hungUp); err != nil {
		fmt.Println(err) // It names the events that were not written.
	}
	s.Discard()
	fmt.Println(errors.Is(s.Err(), hungUp))
	fmt.Println(s.Send(ctx, &api.InputAudioBufferClear{}))
	// Output:
	// true
	// the caller hung up
}
