package telnyx_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/telephony/telnyx"
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

// A number of Telnyx, called by the simulated carrier, whose caller's network has A-law.
func Example() {
	const address, secret = "https://voice.example.com/telnyx", "a seed of 32 bytes of the carrier"
	private := ed25519.NewKeyFromSeed([]byte(secret)[:ed25519.SeedSize])
	phone, err := telnyx.New(&telnyx.Config{
		Options:   telephony.Options{Call: hear},
		URL:       address,
		PublicKey: base64.StdEncoding.EncodeToString(private[ed25519.SeedSize:]), // as the portal shows it
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	carrier := telephonytest.New(telephonytest.Telnyx, &telephonytest.Config{Handler: phone, URL: address, Secret: secret, In: audio.ALaw})
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
	// +15550100 is heard as pcma/8000 and hears pcmu/8000
	// <nil>
}
