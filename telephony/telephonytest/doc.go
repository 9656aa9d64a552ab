// Package telephonytest simulates carriers in process, for tests of agents on telephone
// lines: no account, no network, and in a bubble of testing/synctest no time.
//
//	carrier := telephonytest.New(telephonytest.Twilio, &telephonytest.Config{
//		Handler: phone, // of package twilio
//		URL:     "https://voice.example.com/twilio",
//		Secret:  "auth token",
//	})
//	defer carrier.Close()
//	call, err := carrier.Call(ctx, "+15550100", "+15550199")
//	err = call.Speak(ctx, question)
//	…
//	heard := call.Heard()
//
// A carrier does what the real one does: it announces a call by a signed webhook, reads the
// answer, dials the media stream, sends the caller's sound every 20 ms and plays what it is
// sent at the speed of the clock, in order, with marks and clears. It checks the messages of
// the program as strictly as the real one: see [Call.Faults].
//
// [Network] adds latency, jitter, loss and disorder. [Call.Stall], [Call.Gap], [Call.Drop]
// and [Call.Send] simulate other faults.
//
// The package shares no logic with those that it tests, and none of its values are taken
// from real accounts.
package telephonytest

// The files, from the bottom up: memory.go, a network in memory; kind.go, the carriers;
// fault.go; ear.go, what the caller hears; scene.go, what a protocol sees of a call; far.go
// and far_*.go, the protocols; queue.go, websocket.go and socket.go, the way to the program;
// config.go; answer*.go, webhooks and their answers; call.go, loop.go, hear.go and record.go,
// one call; carrier.go; rest*.go.
