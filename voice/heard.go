package voice

import (
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/internal/transcript"
)

// Heard is how much of the audio of an item a listener has heard.
type Heard struct {
	// Item is the item's id, and Content the index of its audio part.
	Item    string
	Content int
	// Sound is the length of what was heard, which is never overstated, and Received the
	// length of what has arrived.
	Sound, Received time.Duration
	// All is set when the whole part was heard.
	All bool
	// How is what Sound was concluded from; 0 if nothing was heard.
	How Evidence
}

// Evidence is what a [Heard] was concluded from.
type Evidence int

// The kinds of evidence.
const (
	// ByMark: marks have come back. From the return of a mark on the clock counts, up to
	// the sample before the next one, unless BridgeOptions.MarksOnly is set. What was heard
	// is thus understated, and FirstHeard late, by the time that a mark takes to come back.
	ByMark Evidence = iota + 1
	// ByDevice: the line counts what it has played, by itself.
	ByDevice
	// ByClock: the line is taken to play without gaps, BridgeOptions.Latency after it was
	// given the sound. Used for lines without marks and count, and for sound whose mark
	// is five seconds overdue.
	ByClock
)

// String returns "mark", "device" or "clock", and "none" for the zero Evidence.
func (e Evidence) String() string {
	switch e {
	case ByMark:
		return "mark"
	case ByDevice:
		return "device"
	case ByClock:
		return "clock"
	default:
		return "none"
	}
}

// part is the audio of one item, in one content part of it.
type part struct {
	response, item string
	content        int

	received   int  // bytes that have arrived, in the session's format
	taken      int  // bytes that were taken from sound, or passed it by
	wrote      int  // bytes that the line was given, in the line's format
	sound      fifo // what waits to be played, in the session's format
	done       bool // no more arrives
	stopped    bool // what still arrives is not played
	flushed    bool // all that was taken is written, or is being played
	playing    bool // a frame is being played that wrote does not have
	heard      int  // bytes of wrote that were heard
	how        Evidence
	first      time.Time // when some of it was first known to be heard
	transcript []byte

	// What the server holds of it.
	unsaved bool          // no audio: restored, deleted, or outside of the conversation
	kept    time.Duration // all that it holds after a truncation by others; 0: what was received
	amended bool          // the server was told what was heard
	deleted bool          // that was the deletion of its item
}

// all reports whether all of it was heard, and no more comes.
func (p *part) all() bool { return p.done && !p.stopped && (p.received == 0 || p.whole()) }

// whole reports whether all that has arrived was heard.
func (p *part) whole() bool {
	return p.flushed && !p.playing && p.taken == p.received && p.heard == p.wrote
}

// length returns how much was heard.
func (p *part) length(from, to audio.Format) time.Duration {
	return min(to.Duration(p.heard), from.Duration(p.taken))
}

func (p *part) result(from, to audio.Format) Heard {
	h := Heard{Item: p.item, Content: p.content, Sound: p.length(from, to), Received: from.Duration(p.received), How: p.how}
	if p.all() {
		h.Sound, h.All = h.Received, true
	}
	return h
}

// text splits the transcript. complete is set when all that the model had to say has
// arrived.
func (p *part) text(h Heard, complete bool) (said, unsaid string) {
	if h.All && p.received > 0 {
		return string(p.transcript), ""
	}
	return transcript.Split(string(p.transcript), h.Sound, h.Received, complete)
}

// amendment is what the server must be told of an item that was not heard to its end.
type amendment struct {
	item    string
	content int
	end     time.Duration // truncate here, in whole milliseconds; 0: delete
}

// amend returns what the server must be told of a part that is stopped. ok is false if
// it is nothing, or not yet: more may arrive of what was heard up to now.
func (p *part) amend(from, to audio.Format) (a amendment, ok bool) {
	if p.unsaved || p.amended || p.received == 0 {
		return a, false
	}
	held := from.Duration(p.received)
	if p.kept > 0 {
		held = p.kept
	}
	end := p.length(from, to).Truncate(time.Millisecond)
	if p.whole() || end >= held {
		return a, false
	}
	p.amended = true
	return amendment{p.item, p.content, end}, true
}
