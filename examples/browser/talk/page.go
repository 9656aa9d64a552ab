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

// Caption is what is known so far of one thing that was said. A later caption with the same
// key replaces it.
type Caption struct {
	Key, Who string
	// Said is the text that was heard, and Unheard the rest of what the model has made: it
	// is still to be heard or, once the caption is final, was cut.
	Said, Unheard string
	// Final is set when nothing more comes, and Cut when the user interrupted.
	Final, Cut bool
	// Wait is the time from the user's last word to the first sound that was heard; 0 if
	// there is none.
	Wait time.Duration
}

// Page is the page of a conversation. Its methods must not block, and are called from
// several goroutines.
type Page interface {
	// Show shows a state and, unless they are empty, what happened and what to do about it.
	Show(s State, detail, advice string)
	// Say shows a caption.
	Say(c Caption)
	// Tool shows a function call, and its result if that is not empty.
	Tool(call, name, arguments, result string)
	// Play appends 24 kHz mono PCM16 audio to the playback queue.
	Play(sound []byte)
	// Clear stops playback and empties the queue. The page calls [Conversation.Played] with
	// the generation from then on.
	Clear(generation int)
}
