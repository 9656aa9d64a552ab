package realtimetest

import "time"

// Fault is a failure at a point of a connection.
type Fault struct {
	// Conn is the number of the connection in the order of dialing, from 1. 0 is
	// every connection.
	Conn int
	// At selects the frame of the fault: [Is] names one. Nil is the opening of the
	// connection.
	At func(Entry) bool
	// Nth is the number of the frame among those that At selects, from 1; 0 is 1.
	Nth int
	// Do is the failure after the frame: [HangUp], [Cut], [Stall], [Send], [Emit],
	// [Trickle], or [Late] for the frame itself. At the opening it may also be
	// [Deny].
	Do Step
}

type (
	// Deny answers the handshake with an HTTP status, such as 429, and opens no
	// WebSocket. RetryAfter, if not 0, becomes the Retry-After header.
	Deny struct {
		Status     int
		RetryAfter time.Duration
	}
	// Trickle writes this and all later frames in pieces of Bytes bytes, with a
	// pause after each.
	Trickle struct {
		Bytes int
		Every time.Duration
	}
	// Late sends the frame after that number of the frames that follow it.
	// Transcripts of the user's speech, rate_limits.updated, and the events of a
	// response outside of the conversation have no fixed place in the protocol;
	// clients may rely on the order of other events.
	Late int
)

func (Deny) isStep()    {}
func (Trickle) isStep() {}
func (Late) isStep()    {}

// faultState is the progress of one connection in the faults of its server.
type faultState struct {
	list []Fault // Those of this connection.
	seen []int   // How many frames At has selected, by index in list.
}

// newFaultState returns the faults of the connection of that number.
func newFaultState(all []Fault, number int) faultState {
	var f faultState
	for _, fault := range all {
		if fault.Conn == 0 || fault.Conn == number {
			f.list = append(f.list, fault)
		}
	}
	f.seen = make([]int, len(f.list))
	return f
}

// enabled reports whether the connection has faults.
func (f *faultState) enabled() bool { return len(f.list) > 0 }

// at returns the faults at a frame.
func (f *faultState) at(e Entry) []Step {
	var steps []Step
	for i, fault := range f.list {
		if fault.At == nil || !fault.At(e) {
			continue
		}
		f.seen[i]++
		if f.seen[i] == max(fault.Nth, 1) {
			steps = append(steps, fault.Do)
		}
	}
	return steps
}

// opening returns the faults at the opening of the connection.
func (f *faultState) opening() []Step {
	var steps []Step
	for _, fault := range f.list {
		if fault.At == nil {
			steps = append(steps, fault.Do)
		}
	}
	return steps
}

// denied returns the [Deny] at the opening.
func (f *faultState) denied() (Deny, bool) {
	for _, step := range f.opening() {
		if deny, ok := step.(Deny); ok {
			return deny, true
		}
	}
	return Deny{}, false
}

// lateBy returns the number of frames by which steps delay a frame.
func lateBy(steps []Step) (frames int) {
	for _, step := range steps {
		if late, ok := step.(Late); ok {
			frames += int(late)
		}
	}
	return frames
}
