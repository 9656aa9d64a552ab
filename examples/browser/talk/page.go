package talk

import "time"

// State is the state that the page shows.
type State string

// The states of a conversation.
const (
	Connecting State = "connecting"
	Listening  State = "listening"
	Thinking   State = "thinking"
	Speaking   State = "speaking"
	Failed     State = "error"
	Over       State = "over"
)

// Speakers of a caption.
const (
	User  = "user"
	Model = "model"
)

// Page is the page of a conversation. Its methods must not block.
type Page interface {
	// Show shows a state, with a detail that may be empty.
	Show(s State, detail string)
	// Caption shows the transcript of an item so far.
	Caption(item, who, text string, final bool)
	// Cut marks an item's caption as interrupted after the given playing time.
	Cut(item string, heard time.Duration)
	// Tool shows a function call, and its result if that is not empty.
	Tool(call, name, arguments, result string)
	// Play appends 24 kHz mono PCM16 audio to the playback queue. Empty audio marks the
	// item as complete.
	Play(item string, sound []byte)
	// Silence stops playback. The channel receives how much of the current item was
	// played, or a zero Heard if nothing was playing.
	Silence() <-chan Heard
}

// Heard is the played part of an item.
type Heard struct {
	Item string
	Time time.Duration
}
