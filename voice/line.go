package voice

import (
	"context"
	"errors"
	"time"

	"github.com/voicelane/realtime-go/audio"
)

// ErrUnsupported is returned when a line has no means for a request, such as digits on a
// line that cannot send them.
var ErrUnsupported = errors.New("voice: the line does not support this")

// ErrLineEnded is returned by Play, Mark, Clear and Press after the line's end.
var ErrLineEnded = errors.New("voice: the line has ended")

var errInvalidFormat = errors.New("voice: the line's audio format is invalid: use one of package audio")

// Line is one conversation's sound in both directions. A line that can do more also
// implements [Marker] or [Player], [Buffered], [Hanger], [Keypad] and [Informer]; with
// neither Marker nor Player, what was heard is estimated by the clock.
//
// A line frames, paces and pads sound as its transport needs it, fills gaps in received
// sound with silence, and skips malformed frames, unknown events and unknown marks. The
// maker of a line closes it: a [Bridge] and an agent never do.
type Line interface {
	// Formats returns the format that Receive yields and the format that Play takes. They
	// never change.
	Formats() (in, out audio.Format)

	// Receive waits for the next input. Input.Audio is valid until the next call. After
	// the end of the line, whichever side ended it, Receive returns what is queued and
	// then io.EOF, at every call; other errors are those of the transport and final as
	// well. When ctx ends, Receive returns its error, and the line stays usable. One
	// goroutine calls Receive. While it is not called, the line keeps at least 2 s of
	// sound and then drops the oldest sound, but no mark and no key.
	Receive(ctx context.Context) (Input, error)

	// Play queues sound of any length in the line's output format, in whole samples, and
	// does not keep it. It blocks while the line's own buffer is full, until Clear, the end
	// of the line or the end of ctx. Play and Mark are called one after another, not always
	// from the same goroutine. It returns ErrLineEnded after the line's end.
	Play(ctx context.Context, sound []byte) error

	// Clear drops the sound that Play has queued and that was not heard. It may be called
	// from any goroutine, beside Play as well, which then returns nil. Nothing that was
	// played before Clear is heard more than 100 ms after it returns. It blocks for one
	// write to the transport at most, never for an answer of the far end.
	Clear(ctx context.Context) error
}

// Input is what came over a line. Exactly one of Audio, Mark, Key and Speech is set.
type Input struct {
	Audio  []byte        // in the line's input format, whole samples
	Mark   Mark          // it has come back
	Key    rune          // 0 to 9, *, # and A to D
	Held   time.Duration // how long the key was pressed; 0 if unknown
	Speech Speech        // of a line that detects voice by itself
}

// Speech is an edge of the speaker's voice, as a line has detected it.
type Speech int

// The edges of speech.
const (
	SpeechBegan Speech = iota + 1
	SpeechEnded
)

// Marker is implemented by lines whose far end confirms what it has played. Mark queues
// the mark behind the sound of Play; it comes back through Receive once that sound was
// played. A line transmits [Mark.String] and reads it with [ParseMark]. A mark is the
// only place where a line may pad sound.
type Marker interface {
	Mark(ctx context.Context, m Mark) error
}

// Player is implemented by lines that count what was heard, such as devices, lines that
// pace their own output, and lines that set marks by themselves. A Player that does not
// count by a device also has the method Evidence() [Evidence], which becomes Heard.How.
type Player interface {
	// Played returns the number of bytes that were heard since the last Clear, without
	// padding, in the format of Play. It may be called from any goroutine and does not
	// block.
	Played() int
}

// Buffered is implemented by lines that know how much sound Play takes without blocking. A
// bridge plays that much on the goroutine that receives the session's events, as it arrives,
// without a copy and without waking another goroutine. A Play that blocks there delays the
// events behind it, though no pong; after 200 ms the bridge takes the line for one without
// Room. Markers that are no [Player] are played to by another goroutine in any case.
type Buffered interface {
	// Room returns how many bytes the next Play takes without blocking: it may wait for a
	// lock that is held briefly, and for no transport. It may be called from any goroutine
	// and does not block. A line that embeds one with this method and blocks in a Play of its
	// own has a Room of its own, too, such as one that returns 0.
	Room() int
}

// Hanger is implemented by lines that can be ended from this side. Queued sound is lost.
// A second HangUp does nothing.
type Hanger interface {
	HangUp(ctx context.Context) error
}

// Keypad is implemented by lines that can send digits: 0 to 9, *, # and A to D.
type Keypad interface {
	Press(ctx context.Context, digits string) error
}

// Informer is implemented by lines that know the parties of the call.
type Informer interface{ Info() Info }

// Info describes a call. Unknown members are empty.
type Info struct {
	Carrier, CallID, StreamID, From, To string
	// Parameters are what the program gave the carrier for this call.
	Parameters map[string]string
}
