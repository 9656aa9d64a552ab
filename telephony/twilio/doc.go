// Package twilio turns the calls of Twilio numbers into lines, and those of SignalWire and
// Exotel, whose protocols are nearly the same: see [Dialect].
//
// A [Handler] is an http.Handler for one address. Enter it at the carrier as the webhook
// for incoming calls, by POST. It answers with a document that starts a media
// stream to the same address, and takes that stream:
//
//	phone, err := twilio.New(&twilio.Config{
//		Options: telephony.Options{Call: func(ctx context.Context, l *telephony.Line) error {
//			conv, err := agent.Start(ctx, nil, desk, &agent.Options{Line: l, Connect: connect})
//			if err != nil {
//				return err
//			}
//			return conv.Wait(ctx)
//		}},
//		URL:       "https://voice.example.com/twilio",
//		AuthToken: os.Getenv("TWILIO_AUTH_TOKEN"),
//	})
//
// Webhooks and streams without the carrier's signature are refused before a connection is
// upgraded. A stream must also bring the token of its call, which the document has given the
// carrier.
package twilio

// The files, from the bottom up: dialect.go; config.go; signature.go; answer.go,
// documents; rest.go; stream.go and stream_exotel.go, the protocols; twilio.go, the handler.
