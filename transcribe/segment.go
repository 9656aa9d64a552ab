package transcribe

import (
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/text"
)

// Segment is what was said in one stretch of the audio: a turn that the server found, or
// all of it where turn detection is off.
type Segment struct {
	// ItemID is the id of the conversation item that the server made of the audio.
	ItemID string
	// Start and End are its place, counted from the beginning of the audio. Turn detection
	// gives them; without it they follow from what was sent. The start may lie a little
	// before the first word. Both are zero when the place is not known.
	Start, End time.Duration
	// Text is what was said. With Partial set, it is what is known so far, and the next
	// segment of the item replaces it.
	Text    string
	Partial bool
	// Languages are the codes of the languages that the model found, such as "en". Only
	// some models send them.
	Languages []string
	// Logprobs are the log probabilities of the text's tokens, with Options.Logprobs.
	Logprobs []api.LogProb
	// Speakers are the parts of the text by speaker, of a model that tells speakers apart.
	Speakers []Speaker
	// Usage is what the transcript cost, in tokens or seconds; nil for a partial one.
	Usage api.TranscriptionUsage
}

// Speaker is a part of a segment that one speaker said.
type Speaker struct {
	// Label is the model's name for the speaker, such as "A".
	Label string
	// Start and End are as the model sends them: in the audio that it was given.
	Start, End time.Duration
	Text       string
}

// ItemError is the failure of one segment. The segments after it are not affected.
type ItemError struct {
	// ItemID is the id of the item that has no transcript.
	ItemID string
	// Detail is the error as the server sent it; zero for an item that was lost with its
	// connection.
	Detail api.TranscriptionError
	// Lost is why the transcript will not come: set for an item that was lost.
	Lost string
}

func (e *ItemError) Error() string {
	why := e.Lost
	if why == "" {
		why = text.Printable(e.Detail.Message)
	}
	return fmt.Sprintf("transcribe: item %s: %s", text.Printable(e.ItemID), why)
}

// seconds returns a time that the server gives in seconds.
func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
