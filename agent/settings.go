package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/agent/internal/arbiter"
	"github.com/voicelane/realtime-go/agent/internal/schema"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/voice"
)

// role is what an agent is in one conversation: its settings and its tools.
type role struct {
	agent        *Agent
	instructions string
	tools        map[string]*boundTool
	config       *api.RealtimeSessionConfig
}

var name = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// roleOf asks an agent for its instructions and its tools.
func (c *Conversation) roleOf(ctx context.Context, a *Agent) (*role, error) {
	r := &role{agent: a, tools: map[string]*boundTool{}, config: &api.RealtimeSessionConfig{}}
	if a.Session != nil {
		*r.config = *a.Session
	}
	if a.Instructions != nil {
		text, err := a.Instructions(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("agent: instructions of %q: %w", a.Name, err)
		}
		r.instructions = text
	} else if r.config.Instructions != nil {
		r.instructions = *r.config.Instructions
	}
	r.config.Instructions = &r.instructions
	tools := slices.Clone(a.Tools)
	if a.Toolbox != nil {
		more, err := a.Toolbox(ctx)
		if err != nil {
			return nil, fmt.Errorf("agent: toolbox of %q: %w", a.Name, err)
		}
		tools = append(tools, more...)
	}
	r.config.Tools = slices.Clone(r.config.Tools)
	if r.config.Tools == nil {
		r.config.Tools = []api.Tool{} // Not absent, which would leave another agent's.
	}
	for i := range tools {
		if err := r.bind(&tools[i]); err != nil {
			return nil, fmt.Errorf("agent: tool %q of %q: %w", tools[i].Name, a.Name, err)
		}
	}
	for _, to := range a.Handoffs {
		if err := r.handsOff(to); err != nil {
			return nil, fmt.Errorf("agent: hand-off of %q: %w", a.Name, err)
		}
	}
	c.media(r)
	return r, nil
}

// bind offers a tool to the model.
func (r *role) bind(t *Tool) error {
	if t.Func == nil {
		return errors.New("it has no function")
	}
	var s *schema.Schema
	var err error
	if p, ok := t.Func.(interface {
		parsed() (*schema.Schema, error)
	}); ok {
		s, err = p.parsed()
	} else {
		s, err = schema.Parse(t.Func.Schema())
	}
	if err != nil {
		return fmt.Errorf("its schema: %w", err)
	}
	return r.offer(&boundTool{Tool: t, schema: s})
}

func (r *role) offer(t *boundTool) error {
	if !name.MatchString(t.Name) {
		return errors.New("a name consists of 1 to 64 letters, digits, _ and -")
	}
	if r.tools[t.Name] != nil {
		return errors.New("there are two of this name")
	}
	r.tools[t.Name] = t
	tool := &api.FunctionTool{Name: t.Name, Parameters: t.schema.JSON()}
	if t.Description != "" {
		tool.Description = &t.Description
	}
	r.config.Tools = append(r.config.Tools, tool)
	return nil
}

// transferTo begins the names of the functions for hand-offs.
const transferTo = "transfer_to_"

// handsOff offers the hand-off to another agent.
func (r *role) handsOff(to *Agent) error {
	if to == nil {
		return errors.New("to no agent")
	}
	s, err := schema.Parse(json.RawMessage(`{"type":"object","properties":{},"additionalProperties":false}`))
	if err != nil {
		return err
	}
	text := "Hands the conversation to " + to.Name + "."
	if to.When != "" {
		text += " " + to.When
	}
	return r.offer(&boundTool{Tool: &Tool{Name: transferTo + to.Name, Description: text}, schema: s, handoff: to})
}

// formats are those that the session gets.
func (c *Conversation) formats() voice.Formats {
	if c.o.Bridge != nil && c.o.Bridge.Formats != nil {
		return *c.o.Bridge.Formats
	}
	return voice.SessionFormats(c.o.Line)
}

// transcriber is the model that transcribes users on a line whose agent names none.
const transcriber = api.TranscriptionModelGPT4oMiniTranscribe

// media sets what an agent in writing, on a line or beside a call needs of the session.
func (c *Conversation) media(r *role) {
	r.config.Model = nil // It cannot change.
	if len(r.config.OutputModalities) == 0 {
		r.config.OutputModalities = []api.Modality{api.ModalityText}
		if c.o.Line != nil || besideCall(c.Session().URL()) {
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
		in.Transcription = api.Value(api.AudioTranscription{Model: new(transcriber)})
	}
	if r.agent.Voice != nil {
		out.Voice = r.agent.Voice
	}
	a.Input, a.Output = &in, &out
	r.config.Audio = &a
}

// besideCall reports whether a session is a sideband: its sound goes between the server and
// the caller.
func besideCall(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Query().Get("call_id") != ""
}

// adopt makes an agent the one that speaks. The lock is held.
func (c *Conversation) adopt(r *role) {
	c.agent, c.tools, c.said = r.agent, r.tools, r.instructions
	c.unsaved()
	c.configure()
}

// configure tells the arbiter what the server does by itself. The lock is held.
func (c *Conversation) configure() {
	o := arbiter.Config{Echoes: c.echoes || echoes(c.session.URL()), Tags: c.prefix}
	if s, ok := c.session.Current().(*api.RealtimeSession); ok {
		o.Answers, o.Interrupts = true, true // The service's default.
		if s.Audio != nil && s.Audio.Input != nil {
			o.Answers, o.Interrupts = byItself(s.Audio.Input.TurnDetection)
			c.pause = pauseOf(s.Audio.Input.TurnDetection)
		}
	}
	c.arbiter.Configure(o)
}

func byItself(t api.TurnDetection) (answers, interrupts bool) {
	yes := func(p *bool) bool { return p == nil || *p }
	switch t := t.(type) {
	case *api.ServerVAD:
		return yes(t.CreateResponse), yes(t.InterruptResponse)
	case *api.SemanticVAD:
		return yes(t.CreateResponse), yes(t.InterruptResponse)
	case api.Null:
		return false, false
	default:
		return true, true
	}
}

// pauseOf returns how long the user is silent before the server takes the turn for over.
func pauseOf(t api.TurnDetection) time.Duration {
	v, ok := t.(*api.ServerVAD)
	switch {
	case !ok:
		return 0
	case v.SilenceDurationMS == nil:
		return 500 * time.Millisecond
	default:
		return time.Duration(*v.SilenceDurationMS) * time.Millisecond
	}
}

// echoes reports whether a server is known to echo the metadata of responses.
func echoes(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := u.Hostname()
	return host == "api.openai.com" || strings.HasSuffix(host, ".api.openai.com") || strings.HasSuffix(host, ".openai.azure.com")
}
