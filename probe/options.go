package probe

import (
	"time"

	"github.com/voicelane/realtime-go/realtime"
)

// Options configure [Run].
type Options struct {
	// Session are the options of the connections, such as another URL. Reconnect is
	// ignored.
	Session *realtime.Options
	// Checks are the names of the checks to make, or of their groups; default all.
	Checks []string
	// Require are the names of the checks that decide [Report.ExitStatus]; default all
	// that were made.
	Require []string
	// Wait is how long a check waits for an event, default 10 s.
	Wait time.Duration
	// Speech is a sentence as 24 kHz mono PCM16, such as two seconds, for the checks of
	// speech detection and transcription. Without it they are Unknown.
	Speech []byte
	// Transcription is the model that transcribes, default gpt-4o-mini-transcribe.
	Transcription string
}
