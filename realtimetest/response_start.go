package realtimetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/loop"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
	"github.com/voicelane/realtime-go/realtimetest/internal/settings"
	"github.com/voicelane/realtime-go/realtimetest/internal/usage"
)

// responder starts, cancels and finishes the responses of a session. It belongs to
// the session's goroutine.
type responder struct {
	*core
	settings *settings.Session
	items    *conversation
	script   *scriptState
	mcp      *mcpTools
	phone    *PhoneCall // Not nil on a call.

	running []*response
	turns   int // Responses so far.
	usage   usage.State
	idle    *loop.Task // Runs onIdle. Nil if the timer is off.
	onIdle  func()     // Set once before the session starts.
}

// create handles response.create.
func (s *responder) create(e *api.ResponseCreate) *api.Error {
	if s.settings.Transcription != nil {
		return protocol.Error(protocol.CodeInvalidValue, "type", "a transcription session has no responses")
	}
	p := e.Response
	if p == nil {
		p = &api.ResponseParams{}
	}
	if err := settings.CheckModalities(p.OutputModalities, "response.output_modalities"); err != nil {
		return err
	}
	return s.start(p)
}

// start starts a response. p is nil if VAD has ended the turn.
func (s *responder) start(p *api.ResponseParams) *api.Error {
	apart := p != nil && settings.Or(p.Conversation, api.ResponseConversationAuto) == api.ResponseConversationNone
	if !apart && s.active() != nil {
		return protocol.Error("conversation_already_has_active_response", "",
			"the conversation has a response in progress; wait for its response.done")
	}
	context, err := s.context(p)
	if err != nil {
		return err
	}
	s.turns++
	whole := func(*entry) bool { return true }
	steps, rule := s.script.answer(s.turn(p, context, whole), func(rule int) *Turn {
		return s.turn(p, context, func(e *entry) bool { return !slices.Contains(e.refusedBy, rule) })
	})
	if len(steps) > 0 {
		if refuse, ok := steps[0].(Refuse); ok {
			for _, e := range context {
				e.refusedBy = append(e.refusedBy, rule)
			}
			e := api.Error(refuse)
			if e.Type == "" {
				e.Type = protocol.InvalidRequest
			}
			return &e
		}
	}
	for _, e := range context {
		e.fresh = false
	}
	s.idle.Cancel()
	if p == nil {
		p = &api.ResponseParams{}
	}
	r := &response{
		core: s.core, settings: s.settings, items: s.items, phone: s.phone, finished: s.finished,
		id: s.newID("resp"), params: p, apart: apart, context: context, status: api.ResponseStatusInProgress,
	}
	r.choose()
	play := &player{r: r, mcp: s.mcp, steps: slices.Clone(steps), at: s.cfg.Clock.Now()}
	s.running = append(s.running, r)
	s.emit(&api.ResponseCreated{EventID: s.newID("event"), Response: r.object()})
	play.schedule()
	return nil
}

// context returns the items that the model sees.
func (s *responder) context(p *api.ResponseParams) ([]*entry, *api.Error) {
	if p == nil || p.Input == nil {
		return append([]*entry(nil), s.items.entries...), nil
	}
	var context []*entry
	for i, input := range p.Input {
		param := fmt.Sprintf("response.input[%d]", i)
		if ref, ok := input.(*api.ItemReference); ok {
			e, ok := s.items.byID[ref.ID]
			if !ok {
				return nil, protocol.Error("item_not_found", param+".id", "there is no item with this id")
			}
			context = append(context, &entry{
				id: e.id, item: e.item, sound: e.sound, length: e.length, format: e.format, heard: e.heard, fresh: true,
			})
			continue
		}
		item, ok := input.(api.Item)
		if !ok {
			return nil, protocol.Error(protocol.CodeInvalidValue, param, "this is no item")
		}
		e, err := s.items.newEntry(item, param)
		if err != nil {
			return nil, err
		}
		context = append(context, e)
	}
	return context, nil
}

// turn returns the script's view of the input of a response. Input for which visible is
// false counts as used.
func (s *responder) turn(p *api.ResponseParams, context []*entry, visible func(*entry) bool) *Turn {
	t := &Turn{Number: s.turns, Session: s.settings.Realtime, Params: p}
	var said []string
	for _, e := range context {
		t.Items = append(t.Items, e.item)
		if !e.fresh || !visible(e) {
			continue
		}
		switch item := e.item.(type) {
		case *api.UserMessage:
			if text := userText(item); text != "" {
				said = append(said, text)
			}
			if e.heard != "" {
				said = append(said, e.heard)
			}
			if e.length > 0 {
				t.Spoken = true
				t.Speech += e.format.Duration(e.length)
			}
		case *api.FunctionCallOutput:
			result := ToolResult{CallID: item.CallID, Output: item.Output}
			if call := s.items.functionCall(item.CallID); call != nil {
				result.Name = call.Name
			}
			t.Results = append(t.Results, result)
		case *api.MCPCall:
			output, _ := item.Output.Get()
			t.Results = append(t.Results, ToolResult{CallID: item.ID, Name: item.Name, Output: output})
		default: // Other items hold no input of the user.
		}
	}
	t.Text = strings.Join(said, " ")
	return t
}

// userText returns the written text of a message.
func userText(m *api.UserMessage) string {
	var parts []string
	for _, part := range m.Content {
		if part.Type == api.UserContentTypeInputText && part.Text != nil {
			parts = append(parts, *part.Text)
		}
	}
	return strings.Join(parts, " ")
}

// active returns the conversation's response in progress, nil if there is none.
func (s *responder) active() *response {
	for _, r := range s.running {
		if !r.apart {
			return r
		}
	}
	return nil
}

// cancelRequested handles response.cancel.
func (s *responder) cancelRequested(e *api.ResponseCancel) *api.Error {
	r := s.active()
	if e.ResponseID != nil {
		r = nil
		for _, running := range s.running {
			if running.id == *e.ResponseID {
				r = running
			}
		}
	}
	if r == nil {
		return protocol.Error("response_cancel_not_active", "", "there is no such response in progress")
	}
	cancel(r, api.ResponseStatusReasonClientCancelled)
	return nil
}

// interrupt cancels the conversation's response because the user speaks.
func (s *responder) interrupt() {
	if r := s.active(); r != nil {
		cancel(r, api.ResponseStatusReasonTurnDetected)
	}
}

func cancel(r *response, reason api.ResponseStatusReason) {
	r.finish(api.ResponseStatusCancelled, &api.ResponseStatusDetails{
		Type: api.ResponseStatusDetailsTypeCancelled, Reason: new(reason),
	})
}

// finished sends the events at the end of a response and starts the idle timer.
func (s *responder) finished(r *response) {
	s.running = slices.DeleteFunc(s.running, func(x *response) bool { return x == r })
	r.usage = new(s.usage.Spend(r.inputTokens(), r.outputTokens()))
	s.emit(&api.ResponseDone{EventID: s.newID("event"), Response: r.object()})
	r.endPlayback()
	if !s.cfg.NoRateLimits {
		limits := append([]api.RateLimit(nil), s.usage.Limits...)
		s.emit(&api.RateLimitsUpdated{EventID: s.newID("event"), RateLimits: limits})
	}
	input := s.settings.Input()
	if r.apart || !input.VAD || input.IdleMS <= 0 {
		return
	}
	playing := max(r.playedUntil.Sub(s.cfg.Clock.Now()), 0)
	s.idle = s.after(playing+milliseconds(input.IdleMS), s.onIdle)
}

// clearOutput handles output_audio_buffer.clear, which exists where the server
// plays the audio: on calls. call reports whether the session is that of one.
func (s *responder) clearOutput(call bool) *api.Error {
	if !call {
		return protocol.Error(protocol.CodeInvalidValue, "type", "output_audio_buffer.clear is for WebRTC and SIP calls")
	}
	id := ""
	if r := s.active(); r != nil {
		id = r.id
	}
	s.emit(&api.OutputAudioBufferCleared{EventID: s.newID("event"), ResponseID: id})
	return nil
}
