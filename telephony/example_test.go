package telephony_test

import (
	"context"
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/plivo"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/telephony/twilio"
)

// One function answers the calls of all carriers. At most 200 run at a time, and a stop of
// the program leaves them a minute to end.
func ExampleOptions() {
	o := telephony.Options{
		Call: func(ctx context.Context, l *telephony.Line) error {
			fmt.Println(l.Info().Carrier, "calls", l.Info().To)
			return l.HangUp(ctx)
		},
		MaxCalls: 200,
	}
	const secret = "auth token"
	first, err := twilio.New(&twilio.Config{Options: o, URL: "https://voice.example.com/twilio", AuthToken: secret})
	if err != nil {
		fmt.Println(err)
		return
	}
	second, err := plivo.New(&plivo.Config{Options: o, URL: "https://voice.example.com/plivo", AuthToken: secret})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, carrier := range []*telephonytest.Carrier{
		telephonytest.New(telephonytest.Twilio, &telephonytest.Config{Handler: first, URL: "https://voice.example.com/twilio", Secret: secret}),
		telephonytest.New(telephonytest.Plivo, &telephonytest.Config{Handler: second, URL: "https://voice.example.com/plivo", Secret: secret}),
	} {
		call, err := carrier.Call(context.Background(), "+15550100", "+15550199")
		if err != nil {
			fmt.Println(err)
			return
		}
		<-call.Ended()
		carrier.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	fmt.Println(first.Shutdown(ctx), second.Shutdown(ctx))
	// Output:
	// twilio calls +15550199
	// plivo calls 15550199
	// <nil> <nil>
}
