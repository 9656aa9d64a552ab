package transcribe

import (
	"slices"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// Options are how audio is transcribed. Nil and the zero value suit a recording of speech.
type Options struct {
	// Model transcribes, default the model in Settings, or else gpt-transcribe.
	Model api.TranscriptionModel
	// Settings are sent to the server, with the model, the format of the audio and
	// Logprobs added to them: language, prompt, noise reduction, turn detection. Nil
	// leaves them to the server, which then finds turns by silence.
	Settings *api.TranscriptionSessionConfig
	// Logprobs asks for the log probabilities of the tokens.
	Logprobs bool
	// Partial yields the text of the first unfinished segment each time that it grows, if
	// the model sends text while it listens. Files ignores it.
	Partial bool
	// CommitEvery switches turn detection off and makes a segment of each such stretch of
	// the audio, wherever it ends; at least 100 ms. Zero leaves segments to the settings;
	// with turn detection off there, all of the audio is one segment.
	CommitEvery time.Duration
	// Pace sends the audio as a microphone would, for servers that want that; its rate
	// follows from the format. Nil sends it as fast as the network takes it.
	Pace *realtime.Pace
	// Session are the options of each session, such as Reconnect.
	Session *realtime.Options
	// Sessions bounds how many sessions Files holds at the same time, default 4.
	Sessions int
}

const (
	defaultSessions = 4
	// minCommit is the least audio that a server commits.
	minCommit = 100 * time.Millisecond
)

func (o *Options) resolved() Options {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Sessions <= 0 {
		c.Sessions = defaultSessions
	}
	if c.CommitEvery > 0 {
		c.CommitEvery = max(c.CommitEvery, minCommit)
	}
	return c
}

// config returns the settings of a session whose audio has that format. It changes
// nothing of the caller's.
func (o *Options) config(format api.AudioFormat) *api.TranscriptionSessionConfig {
	var c api.TranscriptionSessionConfig
	if o.Settings != nil {
		c = *o.Settings
	}
	var audio api.TranscriptionAudio
	if c.Audio != nil {
		audio = *c.Audio
	}
	var input api.AudioInput
	if audio.Input != nil {
		input = *audio.Input
	}
	how, _ := input.Transcription.Get()
	switch {
	case o.Model != "":
		how.Model = &o.Model
	case how.Model == nil:
		how.Model = new(api.TranscriptionModelGPTTranscribe)
	}
	input.Transcription = api.Value(how)
	input.Format = format
	if o.CommitEvery > 0 {
		input.TurnDetection = api.Null{}
	}
	include, _ := c.Include.Get()
	if o.Logprobs && !slices.Contains(include, api.IncludeItemInputAudioTranscriptionLogprobs) {
		c.Include = api.Value(append(slices.Clone(include), api.IncludeItemInputAudioTranscriptionLogprobs))
	}
	audio.Input = &input
	c.Audio = &audio
	return &c
}
