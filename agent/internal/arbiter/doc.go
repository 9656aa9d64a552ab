// Package arbiter decides when a model is asked to speak. It is a pure state machine:
// [Arbiter.Step] takes an event and returns what is to be done, [Arbiter.Wake] when to
// call Step without one. It knows no session, no clock and no lock.
//
// A conversation owes three kinds of thing: answers to turns of the user, answers to
// the outputs of calls, and sayings, which are sentences that the program wants said.
// One response runs at a time, and one request for a response is in flight at a time.
//
// A call moves through
//
//	running → ready → written → confirmed → seen by a response → settled
//
// and a turn through owed → seen by a response → settled. Seen becomes settled only by
// the good end of the response that has seen it; every other end takes it back. That
// rule replaces most special cases.
//
// Entry points, by file:
//
//   - event.go: the events; action.go: the actions.
//   - state.go: [Arbiter] and what it holds; arbiter.go: its Step and Wake.
//   - ask.go: when and for what it asks.
//   - response.go, call.go, outage.go, stop.go: what the events change.
package arbiter
