// Package voice carries sound between a session of the Realtime API and a listener, and
// knows what the listener has heard.
//
//	bridge, err := voice.NewBridge(session, line, nil)
//	if err != nil {
//		return err
//	}
//	return bridge.Run(ctx)
//
// A [Line] is where a conversation is heard: a telephone call, a sound device, a file.
// [OpenWAV] is a line over recordings, [Pipe] one in memory, and [SimLine] one for tests;
// carriers and devices implement the interface. Where the formats of line and session
// differ, the bridge converts.
//
// # What was heard
//
// The model speaks faster than it is heard, and when the user interrupts, the
// conversation must hold what was heard, not what was generated. A [Bridge] follows it by
// the best evidence that the line has: bytes that a device has played ([Player]), marks
// that come back ([Marker]), or the clock. It never overstates what was heard as long as
// the line plays without gaps while it has sound; for lines that may stall between two
// marks there is BridgeOptions.MarksOnly.
//
// When the user speaks the bridge silences the line and drops what it had queued. The item
// that was playing is truncated at what was heard, in whole milliseconds, rounded down.
// Items of which nothing was heard are deleted. Late sound of a stopped response is not
// played, and marks that come back after the clear count for nothing. Items that a
// reconnection has restored hold no sound at the server, and are left alone.
//
// # Turns
//
// A [Turn] is over when its answer is complete and heard, or cut. Its transcript is split
// into what was heard and what was not. [Bridge.Turns] yields them; [Bridge.Utterances]
// yields single responses.
package voice
