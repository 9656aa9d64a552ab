// Package talk runs the conversation of the page: it decides what to send, show and
// play. It does not depend on a browser, so it can be tested without one.
package talk

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

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

// backlog is the maximum number of queued pieces of microphone audio, about five
// seconds. Further audio is dropped.
const backlog = 250

// Conversation is one conversation. Hold must be called once.
type Conversation struct {
	page    Page
	session *realtime.Session
	sound   chan []byte
	stop    context.CancelFunc
	ready   chan struct{} // Closed once the session is configured.

	mu       sync.Mutex        // Guards the fields below.
	state    State             // The state that the page shows.
	playing  bool              // Whether audio is queued or playing.
	running  bool              // Whether a response is active,
	response string            // and the id of the last one.
	dead     string            // The id of the interrupted response.
	captions map[string]string // Transcripts so far, by item id.
}

// New returns a conversation that is shown on page.
func New(page Page) *Conversation {
	return &Conversation{
		page: page, sound: make(chan []byte, backlog), ready: make(chan struct{}), captions: map[string]string{},
	}
}

// Hear queues microphone audio for sending. It does not block.
func (c *Conversation) Hear(sound []byte) {
	select {
	case c.sound <- sound:
	default: // The queue is full: drop the audio.
	}
}

// Hold connects and runs the conversation until ctx or the session ends. It returns nil
// if the end was requested.
func (c *Conversation) Hold(ctx context.Context, client *realtime.Client, model string) error {
	ctx, c.stop = context.WithCancel(ctx)
	defer c.stop()
	err := c.hold(ctx, client, model)
	if ctx.Err() != nil {
		err = nil
	}
	<-c.page.Silence()
	if err != nil {
		c.show(Failed, err.Error())
		return err
	}
	c.show(Over, "")
	return nil
}

// Ready returns a channel that is closed when the microphone may be opened.
func (c *Conversation) Ready() <-chan struct{} { return c.ready }

func (c *Conversation) hold(ctx context.Context, client *realtime.Client, model string) error {
	c.show(Connecting, "")
	s, err := client.Connect(ctx, realtime.Model(model), &realtime.Options{Reconnect: &realtime.Reconnect{}})
	if err != nil {
		return err
	}
	c.session = s
	defer func() { _ = s.Close() }()
	if _, err := s.Update(ctx, settings()); err != nil {
		return err
	}
	c.show(Listening, "")
	close(c.ready)
	var sending sync.WaitGroup
	defer sending.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sending.Go(func() { c.send(ctx) })
	for e, err := range s.Events(ctx) {
		if _, malformed := errors.AsType[*api.DecodeError](err); malformed {
			continue
		}
		if err != nil {
			return err
		}
		if err := c.handle(ctx, e); err != nil {
			return err
		}
	}
	return errors.New("the server ended the conversation")
}

// settings returns the session's configuration.
func settings() *api.RealtimeSessionConfig {
	return &api.RealtimeSessionConfig{
		Instructions: new("You are a friendly voice on a web page. Answer in one or two sentences. " +
			"Look the weather up with the function before you speak of it."),
		Audio: &api.SessionAudio{
			Input: &api.AudioInput{
				Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPTTranscribe)}),
				TurnDetection: &api.ServerVAD{SilenceDurationMS: new(500), InterruptResponse: new(true)},
			},
			Output: &api.AudioOutput{Voice: api.VoiceMarin},
		},
		Tools: []api.Tool{weatherTool()},
	}
}

// send sends the queued microphone audio. It returns on an error; the event loop
// handles lost connections.
func (c *Conversation) send(ctx context.Context) {
	for {
		select {
		case sound := <-c.sound:
			if c.session.AppendAudio(ctx, sound) != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

func (c *Conversation) show(s State, detail string) {
	c.mu.Lock()
	same := c.state == s && detail == ""
	c.state = s
	c.mu.Unlock()
	if !same {
		c.page.Show(s, detail)
	}
}
