package twilio_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/telephony/twilio"
	"github.com/voicelane/realtime-go/voice"
)

// echo plays back what the caller says. An agent takes the line as agent.Options.Line.
func echo(ctx context.Context, l *telephony.Line) error {
	for {
		in, err := l.Receive(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := l.Play(ctx, in.Audio); err != nil && !errors.Is(err, voice.ErrLineEnded) {
			return err
		}
	}
}

// A number of Twilio, called by the simulated carrier. In a program, serve the handler at
// the address that the carrier has: http.Handle("/twilio", phone).
func Example() {
	const address, token = "https://voice.example.com/twilio", "auth token"
	phone, err := twilio.New(&twilio.Config{
		Options:   telephony.Options{Call: echo},
		URL:       address,
		AuthToken: token,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	carrier := telephonytest.New(telephonytest.Twilio, &telephonytest.Config{Handler: phone, URL: address, Secret: token})
	defer carrier.Close()
	call, err := carrier.Call(context.Background(), "+15550100", "+15550199")
	if err != nil {
		fmt.Println(err)
		return
	}
	tone := audio.ULaw.AppendTone(nil, 440, 200*time.Millisecond, 0.5)
	if err := call.Speak(context.Background(), tone); err != nil {
		fmt.Println(err)
		return
	}
	for len(call.Heard()) < len(tone) {
		if _, _, err := call.Hear(context.Background()); err != nil {
			fmt.Println(err)
			return
		}
	}
	call.HangUp()
	<-call.Ended()
	fmt.Println("ended by the", call.By(), "with", len(call.Faults()), "faults")
	// Output: ended by the caller with 0 faults
}

// SignalWire and Exotel are dialects. SignalWire's codec of 24 kHz is that of the model.
func ExampleConfig_signalWire() {
	_, err := twilio.New(&twilio.Config{
		Options:   telephony.Options{Call: echo},
		URL:       "https://voice.example.com/signalwire",
		Dialect:   twilio.SignalWire,
		AuthToken: "auth token",
		Codec:     "L16@24000h",
	})
	fmt.Println(err)
	// Output: <nil>
}
