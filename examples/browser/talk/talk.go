// Package talk is the conversation that the page holds: what is sent, what is
// shown and what is played. It knows no browser, so that it can be tested
// without one.
package talk

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// State is what the page says is going on.
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

// Who says what a caption holds.
const (
	User  = "user"
	Model = "model"
)

// Page is what a conversation needs of its page. Its methods do not wait.
type Page interface {
	// Show shows a state, with a word of explanation or none.
	Show(s State, detail string)
	// Caption shows what was said in an item so far.
	Caption(item, who, text string, final bool)
	// Cut marks an item's caption as interrupted after a time.
	Cut(item string, heard time.Duration)
	// Tool shows a function call, and its result once there is one.
	Tool(call, name, arguments, result string)
	// Play plays sound, 24 kHz mono PCM16, after earlier sound. Empty sound ends the
	// item.
	Play(item string, sound []byte)
	// Silence stops the sound. The result is what was heard of it, and empty when
	// nothing played.
	Silence() <-chan Heard
}

// Heard is how much of an item has been played.
type Heard struct {
	Item string
	Time time.Duration
}

// backlog is how many pieces of sound of the microphone may wait, about five
// seconds: what is older is not worth sending.
const backlog = 250

// Conversation is one conversation. Hold it once.
type Conversation struct {
	page    Page
	session *realtime.Session
	sound   chan []byte
	stop    context.CancelFunc
	ready   chan struct{} // Closed once the session is configured.

	mu       sync.Mutex
	state    State
	playing  bool
	running  bool   // A response is under way:
	response string // this one.
	dead     string // The response that was interrupted.
	captions map[string]string
}

// New returns a conversation that is shown on a page.
func New(page Page) *Conversation {
	return &Conversation{
		page: page, sound: make(chan []byte, backlog), ready: make(chan struct{}), captions: map[string]string{},
	}
}

// Hear takes what the microphone gives, and never waits.
func (c *Conversation) Hear(sound []byte) {
	select {
	case c.sound <- sound:
	default: // The network does not take it.
	}
}

// Hold connects and talks until the context ends, or the session. A nil error
// is an end that was asked for.
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

// Ready is closed when the microphone may be opened.
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
	return errors.New("the server has ended the conversation")
}

// settings is how the server is to take part.
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

// send passes the microphone on. A connection that is lost comes back, or ends
// the loop over events.
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
