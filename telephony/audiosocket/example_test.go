package audiosocket_test

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/audiosocket"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/voice"
)

// A server for the calls of an Asterisk, which a simulated one calls. In a program, listen
// on 127.0.0.1:9092, and have the dialplan ask the program for the ids.
func Example() {
	var ids sync.Map // that the program has made, each for one call
	ids.Store("7d00aabb-0000-4000-8000-000000000001", voice.Info{From: "+15550100"})
	server, err := audiosocket.New(&audiosocket.Config{
		Options: telephony.Options{Call: func(ctx context.Context, l *telephony.Line) error {
			fmt.Println("a call from", l.Info().From)
			for {
				if _, err := l.Receive(ctx); err != nil {
					return l.Err()
				}
			}
		}},
		Admit: func(_ context.Context, id string) (voice.Info, error) {
			x, _ := ids.LoadAndDelete(id)
			info, ok := x.(voice.Info)
			if !ok {
				return voice.Info{}, errors.New("the id is unknown")
			}
			return info, nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	asterisk := telephonytest.New(telephonytest.AudioSocket, &telephonytest.Config{})
	served := make(chan error, 1)
	go func() { served <- server.Serve(asterisk.Listener()) }()
	call, err := asterisk.Call(context.Background(), "+15550100", "100")
	if err != nil {
		fmt.Println(err)
		return
	}
	call.HangUp()
	<-call.Ended()
	fmt.Println(server.Shutdown(context.Background()), <-served)
	asterisk.Close()
	// Output:
	// a call from +15550100
	// <nil> <nil>
}
