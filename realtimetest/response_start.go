package realtimetest

import (
	"fmt"
	"strings"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// createResponse handles response.create.
func (s *session) createResponse(e *api.ResponseCreate) *api.Error {
	if s.transcription != nil {
		return protocol.Error(protocol.CodeInvalidValue, "type", "a transcription session has no responses")
	}
	p := e.Response
	if p == nil {
		p = &api.ResponseParams{}
	}
	if fault := checkModalities(p.OutputModalities, "response.output_modalities"); fault != nil {
		return fault
	}
	return s.respond(p)
}

// respond starts a response, if it can. Nil params are those of a turn that
// VAD has ended.
func (s *session) respond(p *api.ResponseParams) *api.Error {
	apart := p != nil && or(p.Conversation, api.ResponseConversationAuto) == api.ResponseConversationNone
	if !apart && s.active() != nil {
		return protocol.Error("conversation_already_has_active_response", "",
			"the conversation has a response in progress; wait for its response.done")
	}
	context, fault := s.context(p)
	if fault != nil {
		return fault
	}
	turn := s.turn(p, context)
	steps := s.script.answer(turn)
	if len(steps) > 0 {
		if refused, ok := steps[0].(Refuse); ok {
			e := new(api.Error(refused))
			if e.Type == "" {
				e.Type = protocol.InvalidRequest
			}
			return e
		}
	}
	for _, e := range context {
		e.fresh = false
	}
	s.idle.Cancel()
	r := s.newResponse(p, apart, steps)
	r.context = context
	s.responses = append(s.responses, r)
	s.emit(&api.ResponseCreated{EventID: s.newID("event"), Response: r.object()})
	r.schedule()
	return nil
}

// context returns the items that the model sees.
func (s *session) context(p *api.ResponseParams) ([]*entry, *api.Error) {
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
				id: e.id, item: e.item, sound: e.sound, format: e.format, heard: e.heard, fresh: true,
			})
			continue
		}
		item, ok := input.(api.Item)
		if !ok {
			return nil, protocol.Error(protocol.CodeInvalidValue, param, "this is no item")
		}
		e, fault := s.newEntry(item, param)
		if fault != nil {
			return nil, fault
		}
		context = append(context, e)
	}
	return context, nil
}

// turn tells the script what the model knows.
func (s *session) turn(p *api.ResponseParams, context []*entry) *Turn {
	s.turns++
	t := &Turn{Number: s.turns, Session: s.config, Params: p}
	var said []string
	for _, e := range context {
		t.Items = append(t.Items, e.item)
		if !e.fresh {
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
			if len(e.sound) > 0 {
				t.Spoken = true
				t.Speech += e.format.Duration(len(e.sound))
			}
		case *api.FunctionCallOutput:
			result := ToolResult{CallID: item.CallID, Output: item.Output}
			if call := s.items.call(item.CallID); call != nil {
				result.Name = call.Name
			}
			t.Results = append(t.Results, result)
		case *api.MCPCall:
			output, _ := item.Output.Get()
			t.Results = append(t.Results, ToolResult{CallID: item.ID, Name: item.Name, Output: output})
		default: // Other items are not what the user says.
		}
	}
	t.Text = strings.Join(said, " ")
	return t
}

// userText returns what is written in a message.
func userText(m *api.UserMessage) string {
	var parts []string
	for _, part := range m.Content {
		if part.Type == api.UserContentTypeInputText && part.Text != nil {
			parts = append(parts, *part.Text)
		}
	}
	return strings.Join(parts, " ")
}

// answer returns what the model does in a turn.
func (s *scriptState) answer(t *Turn) []Step {
	for i, rule := range s.script.Rules {
		if rule.Times > 0 && s.used[i] >= rule.Times || rule.When != nil && !rule.When(t) {
			continue
		}
		s.used[i]++
		if rule.Answer != nil {
			return rule.Answer(t)
		}
		return rule.Do
	}
	return []Step{echo(t)}
}

// echo is the answer to what no rule is for.
func echo(t *Turn) Step {
	switch {
	case len(t.Results) > 0:
		var outputs []string
		for _, r := range t.Results {
			outputs = append(outputs, r.Output)
		}
		return Say{Text: "The answer is: " + strings.Join(outputs, ", ")}
	case t.Text != "":
		return Say{Text: "You said: " + t.Text}
	}
	return Say{Text: "I am listening."}
}

// cancelResponse handles response.cancel.
func (s *session) cancelResponse(e *api.ResponseCancel) *api.Error {
	r := s.active()
	if e.ResponseID != nil {
		r = nil
		for _, running := range s.responses {
			if running.id == *e.ResponseID {
				r = running
			}
		}
	}
	if r == nil {
		return protocol.Error("response_cancel_not_active", "", "there is no such response in progress")
	}
	s.cancel(r, api.ResponseStatusReasonClientCancelled)
	return nil
}

func (s *session) cancel(r *response, reason api.ResponseStatusReason) {
	r.finish(api.ResponseStatusCancelled, &api.ResponseStatusDetails{
		Type: api.ResponseStatusDetailsTypeCancelled, Reason: new(reason),
	})
}

// active returns the response in progress of the conversation.
func (s *session) active() *response {
	for _, r := range s.responses {
		if !r.apart {
			return r
		}
	}
	return nil
}

// idleSoon waits for the user to say something after a response.
func (s *session) idleSoon(r *response) {
	set := s.input.Settings()
	if set.IdleMS <= 0 || !set.VAD || s.transcription != nil {
		return
	}
	playing := max(r.playedUntil.Sub(s.cfg.Clock.Now()), 0)
	s.idle = s.after(playing+msDuration(set.IdleMS), func() {
		b := &s.input
		if b.ItemID() != "" || s.active() != nil {
			return
		}
		id := s.newID("item")
		s.emit(&api.InputAudioBufferTimeoutTriggered{
			EventID: s.newID("event"), AudioStartMS: b.BeginMS(), AudioEndMS: b.EndMS(), ItemID: id,
		})
		s.insertTurn(id, b.TakeAll(), Heard{})
		if fault := s.respond(nil); fault != nil {
			s.fail(fault, "")
		}
	})
}
