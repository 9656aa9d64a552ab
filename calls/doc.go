// Package calls answers and controls phone and WebRTC calls.
//
// # An incoming call
//
// The service announces a SIP call by a webhook. A [Handler] verifies the webhook. A
// [Supervisor] answers the call and bounds the number of concurrent calls:
//
//	client := calls.New(rt)
//	sup, err := calls.NewSupervisor(client, &calls.SupervisorConfig{Plan: plan})
//	hook, err := calls.NewHandler(&calls.HandlerConfig{Call: sup.Offer})
//	http.Handle("/webhook", hook)
//
// The [Plan] of a call holds the configuration of its session and a Run func that
// controls the call through a sideband session. Run's result determines how the call
// ends; see [ErrHangUp] and [TransferTo]. When [Client.Answer] returns, an accepted
// call has ended, was transferred or was left, whichever step failed.
//
// # Leaving a call
//
// A call lives at the service: a process that stops need not end it. A Run that returns
// [ErrLeave] leaves its call, [Supervisor.Leave] leaves all calls of a process, and
// [Client.Resume] takes control of such a call in any other. Plan.Before is called before
// each step that others see, so that a journal knows how far a call has come.
//
// # Single operations
//
// [Client.Accept], [Client.Reject], [Client.Refer] and [Client.Hangup] are the single
// operations, and [Client.Create] starts a WebRTC call. A request that the server
// refuses returns a [*realtime.APIError]. Accept, Reject and Hangup are idempotent and
// retry an attempt whose outcome is unknown; Refer and Create do so only with an
// idempotency key.
//
// # Webhooks
//
// [Verify] and [Webhook] only check signatures, for servers that do not use a
// [Handler]. The signature proves that the service sent the event. It does not
// authenticate the caller's SIP headers: treat their content as untrusted input.
package calls

// The files of the package and their entry points:
//
//   - client.go and create.go: Client and its operations.
//   - plan.go: Plan, its steps, and the errors that decide how a call ends.
//   - answer.go: Client.Answer and Client.Resume; running.go: one call from start to end.
//   - supervisor.go: Supervisor.Offer, many calls; supervisor_end.go: their end.
//   - handler.go: Handler.ServeHTTP, the webhook endpoint.
//   - webhook.go: Webhook.Verify, the signature check.
