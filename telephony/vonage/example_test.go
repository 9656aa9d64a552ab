package vonage_test

import (
	"context"
	"fmt"

	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/telephony/vonage"
)

// hear receives until the caller hangs up. An agent takes the line as agent.Options.Line.
func hear(ctx context.Context, l *telephony.Line) error {
	in, out := l.Formats()
	fmt.Println(l.Info().From, "is heard as", in, "and hears", out)
	for {
		if _, err := l.Receive(ctx); err != nil {
			return l.Err()
		}
	}
}

// A number of Vonage, called by the simulated carrier.
func Example() {
	const address, secret = "https://voice.example.com/vonage", "a signature secret of 32 or more bytes"
	phone, err := vonage.New(&vonage.Config{
		Options:         telephony.Options{Call: hear},
		URL:             address,
		SignatureSecret: secret,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	carrier := telephonytest.New(telephonytest.Vonage, &telephonytest.Config{Handler: phone, URL: address, Secret: secret})
	call, err := carrier.Call(context.Background(), "+15550100", "+15550199")
	if err != nil {
		fmt.Println(err)
		return
	}
	call.HangUp()
	<-call.Ended()
	carrier.Close()
	// The caller has hung up, so that nothing is left to wait for.
	fmt.Println(phone.Shutdown(context.Background()))
	// Output:
	// +15550100 is heard as pcm/24000 and hears pcm/24000
	// <nil>
}
