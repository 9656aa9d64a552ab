// Package usage counts the tokens and the seconds that sessions are charged for, turns
// them into money, and ends sessions whose budget is spent.
//
// A [Meter] observes one session through a [realtime.Tap]:
//
//	meter := usage.NewMeter(nil)
//	s, err := client.Connect(ctx, model, &realtime.Options{Taps: []*realtime.Tap{meter.Tap()}})
//	…
//	cost, err := meter.Bill().Total()
//
// An [Account] adds up any number of sessions, such as those of one tenant; accounts can
// have parents. A [Budget] belongs to an account; [Meter.Guard] ends the session once the
// budget of any of its accounts is spent.
//
// # What is counted
//
// Each response.done counts with the tokens that it reports, whatever its status: failed
// and cancelled responses are charged, too. Each transcript of input audio counts with its
// tokens or its seconds, under the model that transcribes. Cached tokens are a part of the
// input and are charged at their own price instead of the input's, not in addition.
// Tokens of reasoning are text of the output.
//
// Translation sessions report no usage and are not counted.
//
// # Money
//
// Amounts are integers, and every price of [Published] is exact in them, so that the sum
// of the parts is the total. A model without a price, or counts that contradict each
// other, make the total an error and never a smaller sum.
package usage
