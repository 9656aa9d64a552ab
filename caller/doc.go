// Package caller tests voice agents by calling them: a scripted caller speaks, interrupts,
// presses keys and hangs up, and expectations judge what it heard.
//
//	func TestBooking(t *testing.T) {
//		caller.Test(t, caller.Load(t, "testdata/booking.yaml"), func(ctx context.Context, c *caller.Call) error {
//			return c.Hold(ctx, desk, nil)
//		}, nil)
//	}
//
// A [Scenario] is a file in YAML, described by [Schema], or a literal. The same scenario
// runs
//
//   - in go test against a scripted server, in virtual time: milliseconds for a call of
//     minutes, and the same each time;
//   - against a live model, with Options.Live, in real time;
//   - over a line of one's own, such as a simulated carrier, with Options.Line. A [Far] is
//     what such a line has to have.
//
// # What is judged
//
// The far end of the line yields the sound that came out of the caller's telephone, with its
// times; a tap on the session, the messages that were sent and received. Expectations
// compare the two: how much of an answer was heard is measured in the telephone, never taken
// from the program. Words are those of the transcripts, as far as their sound was heard.
//
// # Results
//
// [Test] fails the test and logs a [Report], a table of latencies. [Run] returns a [Result].
// What a call cannot know is named in Result.Skipped, and never counted as met. The
// recording of a call that failed and its page, on which the failures are marked, are
// written to Options.Dir; see packages recording and view.
package caller
