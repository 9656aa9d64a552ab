// Command twilio is an agent on a Twilio number: see README.md. Without LIVE=1 a simulated
// carrier places one call.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/examples/internal/phonecall"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/twilio"
)

// desk is who answers.
var desk = &agent.Agent{
	Instructions: agent.Text("You answer the telephone of a travel agency. Be brief."),
	Tools:        []agent.Tool{agent.EndCall("when the caller says goodbye")},
}

// phone returns the handler of the number.
func phone(cfg *realtime.Config, url, token string, call *phonecall.Recorder) (http.Handler, error) {
	client, err := realtime.NewClient(cfg)
	if err != nil {
		return nil, err
	}
	return twilio.New(&twilio.Config{URL: url, AuthToken: token, Options: telephony.Options{Call: func(ctx context.Context, l *telephony.Line) error {
		s, err := client.Connect(ctx, realtime.Model("gpt-realtime"), call.Session())
		if err != nil {
			return err
		}
		conv, err := agent.Start(ctx, s, desk, &agent.Options{Line: l, Greeting: "Lisbon Travel, good morning.", Bridge: call.Bridge()})
		if err != nil {
			return err
		}
		return conv.Wait(ctx)
	}}})
}

func main() {
	var err error
	if os.Getenv("LIVE") != "1" {
		err = phonecall.Simulate(context.Background(), "demo-out", phone, os.Stdout)
	} else if h, failed := phone(nil, os.Getenv("PUBLIC_URL"), os.Getenv("TWILIO_AUTH_TOKEN"), nil); failed != nil {
		err = failed
	} else {
		err = (&http.Server{Addr: ":8080", Handler: h, ReadHeaderTimeout: 10 * time.Second}).ListenAndServe()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "twilio:", err)
		os.Exit(1)
	}
}
