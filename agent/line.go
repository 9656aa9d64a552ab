package agent

import (
	"context"
	"errors"
	"time"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/voice"
)

const (
	keyPause   = 2 * time.Second // after the last key
	maxKeys    = 64              // that wait
	hangUpTime = 5 * time.Second
)

// connect makes the bridge between the session and the line.
func (c *Conversation) connect(s *realtime.Session, m *realtime.Mux) error {
	var o voice.BridgeOptions
	if c.o.Bridge != nil {
		o = *c.o.Bridge
	}
	formats := c.formats()
	o.Formats, o.Mux, o.Key = &formats, m, c.pressed
	if o.Log == nil {
		o.Log = c.log
	}
	b, err := voice.NewBridge(s, c.o.Line, &o)
	c.bridge = b
	return err
}

// formats are those that the session gets.
func (c *Conversation) formats() voice.Formats {
	if c.o.Bridge != nil && c.o.Bridge.Formats != nil {
		return *c.o.Bridge.Formats
	}
	return voice.SessionFormats(c.o.Line)
}

// media sets what an agent in writing, or on a line, needs of the session.
func (c *Conversation) media(r *role) {
	r.config.Model = nil // It cannot change.
	if len(r.config.OutputModalities) == 0 {
		r.config.OutputModalities = []api.Modality{api.ModalityText}
		if c.o.Line != nil {
			r.config.OutputModalities = []api.Modality{api.ModalityAudio}
		}
	}
	if c.o.Line == nil {
		return
	}
	var a api.SessionAudio
	if r.config.Audio != nil {
		a = *r.config.Audio
	}
	var in api.AudioInput
	if a.Input != nil {
		in = *a.Input
	}
	var out api.AudioOutput
	if a.Output != nil {
		out = *a.Output
	}
	f := c.formats().Audio()
	in.Format, out.Format = f.Input.Format, f.Output.Format
	if in.Transcription.IsZero() {
		in.Transcription = api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPT4oMiniTranscribe)})
	}
	if r.agent.Voice != nil {
		out.Voice = r.agent.Voice
	}
	a.Input, a.Output = &in, &out
	r.config.Audio = &a
}

// heard follows what the listener hears.
func (c *Conversation) heard() {
	for u, err := range c.bridge.Utterances(context.Background()) { // They end with the bridge.
		if err != nil {
			break
		}
		c.mu.Lock()
		if r := c.audible[u.ResponseID]; r != nil {
			delete(c.audible, u.ResponseID)
			c.heardReply(r, u)
		}
		c.mu.Unlock()
	}
	closeOnce(c.quiet)
}

// heardReply notes what became of the sound of a response.
func (c *Conversation) heardReply(r *reply, u *voice.Utterance) {
	r.heard = u
	r.exchange.hush()
	s := r.sentence
	if s == nil || !s.said || c.sounds(s) {
		return
	}
	s.said = false
	if u.Cut {
		s.outcome <- arbiter.Cut
	} else {
		s.outcome <- arbiter.Said
	}
}

// silence stops the sound, and has the server hold what was heard.
func (c *Conversation) silence(ctx context.Context) error {
	if c.bridge == nil {
		return nil
	}
	_, err := c.bridge.Interrupt(ctx)
	return err
}

// end ends the line, if it can be ended, and the conversation.
func (c *Conversation) endCall(by Side) error {
	var err error
	if h, ok := c.o.Line.(voice.Hanger); ok {
		ctx, cancel := context.WithTimeout(context.Background(), hangUpTime)
		defer cancel()
		err = h.HangUp(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finish(End{By: by})
	return err
}

// depart ends the conversation for the agent once what it said was heard. If the user
// interrupts that, the conversation goes on.
func (c *Conversation) depart() {
	if err := c.bridge.PlayOut(c.life); errors.Is(err, voice.ErrInterrupted) {
		c.mu.Lock()
		c.leaving, c.departing = false, false
		c.mu.Unlock()
		return
	}
	if err := c.endCall(Model); err != nil {
		c.log.Warn("agent line not hung up", "error", err)
	}
}

// pressed takes a key of the user. It does not block.
func (c *Conversation) pressed(key rune, _ time.Duration) {
	if c.keys != nil {
		select {
		case c.keys <- key:
		default:
			c.log.Warn("agent key dropped: Options.Keys is slow")
		}
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.finished {
		return
	}
	if key != '#' || len(c.digits) == 0 {
		c.digits = append(c.digits, key)
	}
	if key == '#' {
		c.dialed.Reset(0)
	} else {
		c.dialed.Reset(keyPause)
	}
}

// handleKeys passes keys to the program.
func (c *Conversation) handleKeys() {
	for {
		select {
		case key := <-c.keys:
			_, err := isolated(c.life, func() (string, error) { return "", c.o.Keys(c.life, c, key) })
			if err != nil && c.life.Err() == nil {
				c.log.Warn("agent key failed", "error", err)
				c.warn(err)
			}
		case <-c.life.Done():
			return
		}
	}
}

// tellKeys tells the model what the user has pressed.
func (c *Conversation) tellKeys() {
	c.mu.Lock()
	digits := string(c.digits)
	c.digits = nil
	c.mu.Unlock()
	if digits == "" {
		return
	}
	if _, err := c.Ask(c.life, "(pressed on the telephone: "+digits+")"); err != nil && c.life.Err() == nil {
		c.log.Warn("agent keys not told", "error", err)
		c.warn(err)
	}
}
