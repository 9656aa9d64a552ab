package otelrealtime

import (
	"time"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// audio is called for each run of sound.
func (s *Session) audio(run realtime.AudioRun) { s.chunk(run.ResponseID, true, run.First) }

// received is called for each other event.
func (s *Session) received(e realtime.Event, malformed error, message []byte) {
	switch e := e.(type) {
	case *api.ResponseOutputAudioTranscriptDelta:
		return // Text beside sound.
	case *api.ResponseOutputTextDelta:
		s.chunk(e.ResponseID, false, time.Now())
		return
	case nil:
		if malformed != nil {
			s.t.metrics.errors.Add(s.ctx, 1, errorType("malformed"))
		}
		return
	default:
	}
	s.counted(e, malformed, message)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tools != nil { // The session has not ended.
		s.event(e, time.Now())
	}
}

func (s *Session) event(e realtime.Event, now time.Time) {
	switch e := e.(type) {
	case *api.SessionCreated:
		s.describe(e.Session)
	case *api.SessionUpdated:
		s.describe(e.Session)
	case *api.InputAudioBufferSpeechStarted:
		s.speech(e.ItemID, now)
	case *api.InputAudioBufferSpeechStopped:
		s.said = now
	case *api.ConversationItemInputAudioTranscriptionCompleted:
		s.transcript(e.ItemID, e.Transcript)
	case *api.ResponseCreated:
		s.responseCreated(&e.Response, now)
	case *api.ResponseDone:
		s.responseDone(&e.Response, now)
	case *api.ResponseOutputItemAdded:
		s.itemAdded(e, now)
	case *api.ResponseOutputItemDone:
		s.itemDone(e, now)
	case *api.ResponseMCPCallArgumentsDone:
		s.mcpArguments(e.ItemID, e.Arguments)
	case *api.ConversationItemAdded:
		s.mcpApproved(e.Item, now)
	case *api.ConversationItemDone:
		s.mcpDone(e.Item, now)
	case *api.ResponseOutputAudioTranscriptDone:
		if r := s.open[e.ResponseID]; r != nil {
			s.text(r.turn, keyAgentText, e.Transcript)
		}
	case *api.ErrorEvent:
		s.refused(e, now)
	case *realtime.Reconnected:
		s.reconnected(e, now)
	default:
	}
}

func (s *Session) itemAdded(e *api.ResponseOutputItemAdded, now time.Time) {
	r := s.open[e.ResponseID]
	if r == nil {
		return
	}
	if r.turn != nil {
		r.turn.items[api.ItemID(e.Item)] = true
	}
	if call, ok := e.Item.(*api.MCPCall); ok {
		s.mcpCalled(r, call, e.ResponseID, now)
	}
}

func (s *Session) itemDone(e *api.ResponseOutputItemDone, now time.Time) {
	s.mcpDone(e.Item, now)
	r := s.open[e.ResponseID]
	if r == nil {
		return
	}
	switch item := e.Item.(type) {
	case *api.FunctionCall:
		s.called(r, item, now)
	case *api.MCPApprovalRequest:
		s.asked[item.ID] = r
	default:
	}
}

// refused notes an error of the server in the span of the turn.
func (s *Session) refused(e *api.ErrorEvent, now time.Time) {
	name := realtime.NewServerError(e).Code()
	if name == "" {
		name = "_OTHER"
	}
	span := s.span
	if s.turn != nil {
		span = s.turn.span
	}
	span.AddEvent(eventError, trace.WithTimestamp(now), trace.WithAttributes(keyErrorType.String(name)))
	s.t.metrics.errors.Add(s.ctx, 1, errorType(name))
}

func (s *Session) reconnected(e *realtime.Reconnected, now time.Time) {
	s.span.AddEvent(eventReconnect, trace.WithTimestamp(now), trace.WithAttributes(
		keyAttempts.Int(e.Attempts), keyDown.Float64(e.Down.Seconds()), keyLost.Int(len(e.Lost))))
	s.t.metrics.reconnected.Add(s.ctx, 1)
	s.t.metrics.down.Record(s.ctx, e.Down.Seconds())
	s.t.metrics.lost.Add(s.ctx, int64(len(e.Lost)))
	const why = "the connection was lost"
	for _, l := range e.Lost {
		delete(s.asked, l.ID)
		s.cutTool(l.ID, why, now)
	}
	for _, id := range e.Interrupted {
		r := s.open[id]
		if r == nil {
			continue
		}
		delete(s.open, id)
		s.noWait(r)
		s.endTools(id, why, now)
		r.span.SetStatus(codes.Error, why)
		r.span.End(trace.WithTimestamp(now))
		if r.turn != nil {
			r.turn.interrupt(now)
			r.turn.end = now
		}
	}
}

// sending looks at the few events of the program that change a turn.
func (s *Session) sending(eventType string, message []byte) {
	switch eventType {
	case "conversation.item.create", "conversation.item.truncate", "conversation.item.delete":
	default:
		return
	}
	e, err := api.DecodeClientEvent(message)
	if err != nil {
		return
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tools == nil {
		return
	}
	switch e := e.(type) {
	case *api.ConversationItemCreate:
		switch item := e.Item.(type) {
		case *api.FunctionCallOutput:
			s.answeredCalls[item.CallID] = true
			s.endTool(item.CallID, item.Output, "", now)
		case *api.MCPApprovalResponse:
			if !item.Approve {
				delete(s.asked, item.ApprovalRequestID)
			}
		default:
		}
	case *api.ConversationItemTruncate:
		s.cutItem(e.ItemID, now)
	case *api.ConversationItemDelete:
		s.cutItem(e.ItemID, now)
	default:
	}
}

func toolName(name string) metric.MeasurementOption {
	return metric.WithAttributes(keyToolName.String(name))
}
