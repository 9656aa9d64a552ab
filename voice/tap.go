package voice

import "time"

// Tap observes what becomes of the sound of one bridge: a recording or a trace. Its funcs
// are called on goroutines of the bridge, under its lock: they must be fast, and must call
// no method of the bridge, the line or the session. A nil func costs nothing.
type Tap struct {
	// Heard is called when sound became known to be heard, in the order of hearing.
	Heard func(Played)
	// Stopped is called for each part of an answer that is stopped before it was heard
	// whole, with what was heard of it.
	Stopped func(Heard)
}

// Played is a span of an item's sound that became known to be heard.
type Played struct {
	// Item is the item's id, and Content the index of its audio part.
	Item    string
	Content int
	// From and To are the span in the sound of the part.
	From, To time.Duration
	// At is when it became known; the span had just been heard then.
	At time.Time
	// How is the evidence.
	How Evidence
}
