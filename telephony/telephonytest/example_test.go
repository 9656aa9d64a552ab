package telephonytest_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/telephony/twilio"
)

// A carrier with a forged signature, which the handler refuses before a call begins.
func Example() {
	const address = "https://voice.example.com/twilio"
	phone, err := twilio.New(&twilio.Config{
		Options:   telephony.Options{Call: func(context.Context, *telephony.Line) error { return nil }},
		URL:       address,
		AuthToken: "auth token",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	carrier := telephonytest.New(telephonytest.Twilio, &telephonytest.Config{
		Handler: phone, URL: address, Secret: "auth token", Forge: true,
	})
	defer carrier.Close()
	_, err = carrier.Call(context.Background(), "+15550100", "+15550199")
	fmt.Println(err)
	// Output: telephonytest: the program refused the webhook with status 403
}

// A busy process: the caller hears the carrier's busy tone.
func ExampleCarrier_Call() {
	const address = "https://voice.example.com/twilio"
	phone, err := twilio.New(&twilio.Config{
		Options:   telephony.Options{Call: func(context.Context, *telephony.Line) error { return nil }},
		URL:       address,
		AuthToken: "auth token",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = phone.Shutdown(context.Background()) // No further calls are taken.
	carrier := telephonytest.New(telephonytest.Twilio, &telephonytest.Config{Handler: http.Handler(phone), URL: address, Secret: "auth token"})
	defer carrier.Close()
	_, err = carrier.Call(context.Background(), "+15550100", "+15550199")
	fmt.Println(err)
	// Output: telephonytest: the program is busy
}
