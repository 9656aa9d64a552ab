// Package calls answers and controls phone and WebRTC calls.
//
// # An incoming call
//
// The service announces a SIP call by a webhook. A [Handler] verifies it and
// passes it on, and a [Supervisor] decides about it, answers it, and keeps a
// bound on how many run at once:
//
//	client := calls.New(rt)
//	sup, err := calls.NewSupervisor(client, &calls.SupervisorConfig{Plan: plan})
//	hook, err := calls.NewHandler(&calls.HandlerConfig{Call: sup.Offer})
//	http.Handle("/webhook", hook)
//
// The [Plan] of a call holds the session that it is accepted with, and a Run
// func that talks on it through a sideband session. How Run returns says how
// the call ends: see [ErrHangUp] and [TransferTo]. Whatever happens, a call
// that was accepted is hung up, transferred, or over when [Client.Answer]
// returns.
//
// # Single operations
//
// [Client.Accept], [Client.Reject], [Client.Refer] and [Client.Hangup] are the
// operations by themselves, and [Client.Create] starts a WebRTC call. Failures
// come as [*realtime.APIError]. Accept, reject and hang up are repeated when an
// attempt may have been lost, since a second one does no harm; refer and create
// only with an idempotency key.
//
// # Webhooks
//
// [Verify] and [Webhook] check signatures alone, for a server of another kind.
// The sender's SIP headers are not signed by anybody: treat them as what a
// stranger says.
package calls
