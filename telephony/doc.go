// Package telephony holds what the packages of its folder have in common. Each of them turns
// the calls of one kind of carrier into lines for packages voice and agent:
//
//	phone, err := twilio.New(&twilio.Config{
//		Options:   telephony.Options{Call: answer},
//		URL:       "https://voice.example.com/twilio",
//		AuthToken: os.Getenv("TWILIO_AUTH_TOKEN"),
//	})
//	http.Handle("/twilio", phone)
//
// The handler answers the carrier's webhook for a call with a document that starts a media
// stream to the same address, takes the stream, and runs Options.Call with a [Line].
// Requests without the proof of the carrier are refused before a connection is upgraded.
//
// Packages twilio (with SignalWire and Exotel), telnyx, plivo and vonage are handlers of
// net/http; package audiosocket listens for Asterisk. Package telephonytest simulates all
// of them in process. The carriers' differences are listed in docs/telephony.md.
package telephony

// The files, from the bottom up: error.go, options.go, line.go.
