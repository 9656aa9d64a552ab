package talk

import (
	"context"
	"sync"

	"github.com/voicelane/realtime-go/realtime"
)

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
	running  bool              // Whether a response is active.
	response string            // The id of the last response.
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

// Ready returns a channel that is closed when the microphone may be opened.
func (c *Conversation) Ready() <-chan struct{} { return c.ready }

// Played must be called when the page has played all audio.
func (c *Conversation) Played() {
	c.mu.Lock()
	c.playing = false
	idle := !c.running && c.state == Speaking
	c.mu.Unlock()
	if idle {
		c.show(Listening, "")
	}
}

// Stop ends the conversation.
func (c *Conversation) Stop() {
	if c.stop != nil {
		c.stop()
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

// note shows an error beside the state.
func (c *Conversation) note(text string) {
	c.mu.Lock()
	s := c.state
	c.mu.Unlock()
	c.page.Show(s, text)
}
