package otelrealtime

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/voicelane/realtime-go/gen/api"
)

// response is a response that has not ended.
type response struct {
	turn  *turn           // nil outside of the conversation
	ctx   context.Context //nolint:containedctx // It holds the span of the response.
	span  trace.Span
	began time.Time
	waits bool // for its first sound or text
}

// tool is a call without an output yet: of a function, or at an MCP server.
type tool struct {
	name     string
	response string // that takes the call along if it is cut, or the request that was approved; "" for a function
	span     trace.Span
	began    time.Time
}

func (s *Session) responseCreated(r *api.Response, now time.Time) {
	if r.ID == "" || s.open[r.ID] != nil {
		return
	}
	x := &response{began: now, waits: true}
	parent, o := s.ctx, []trace.SpanStartOption{trace.WithNewRoot(), trace.WithLinks(trace.LinkFromContext(s.ctx))}
	outside := r.ConversationID.IsNull()
	if !outside {
		x.turn = s.answering(now)
		parent, o = x.turn.ctx, nil
	}
	x.ctx, x.span = s.t.tracer.Start(parent, operationChat+" "+s.model, append(o,
		trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(now), trace.WithAttributes(
			keyOperation.String(operationChat), keyProvider.String(s.t.o.Provider), keyRequestModel.String(s.model),
			keyConversation.String(s.id), keyResponseID.String(r.ID), keyOutOfBand.Bool(outside)))...)
	s.open[r.ID] = x
	s.waits.Add(1)
}

// chunk notes the first sound or text of a response, and when it arrived.
func (s *Session) chunk(id string, sound bool, at time.Time) {
	if s.waits.Load() == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.open[id]
	if r == nil || !r.waits {
		return
	}
	s.noWait(r)
	s.t.metrics.firstChunk.Record(s.ctx, at.Sub(r.began).Seconds(), s.modelLocked())
	if sound && r.turn != nil && !s.said.IsZero() {
		s.t.metrics.firstSound.Record(s.ctx, at.Sub(s.said).Seconds(), s.modelLocked())
		s.said = time.Time{}
	}
}

func (s *Session) noWait(r *response) {
	if r.waits {
		r.waits = false
		s.waits.Add(-1)
	}
}

func (s *Session) responseDone(r *api.Response, now time.Time) {
	x := s.open[r.ID]
	if x == nil {
		return
	}
	delete(s.open, r.ID)
	s.noWait(x)
	s.t.metrics.operation.Record(s.ctx, now.Sub(x.began).Seconds(), s.modelLocked())
	x.span.SetAttributes(keyStatus.String(string(r.Status)), keyFinishReasons.StringSlice([]string{reason(r)}))
	if u, ok := r.Usage.Get(); ok {
		x.span.SetAttributes(keyInputTokens.Int(u.InputTokens), keyOutputTokens.Int(u.OutputTokens))
		if d := u.InputTokenDetails; d != nil {
			x.span.SetAttributes(keyCachedTokens.Int(d.CachedTokens))
		}
	}
	if r.Status == api.ResponseStatusFailed {
		s.failed(x.span, reason(r))
	}
	calls := false
	for _, item := range r.Output {
		if call, ok := item.(*api.FunctionCall); ok {
			calls = s.called(x, call, now) || calls
		}
	}
	cut := ""
	if r.Status != api.ResponseStatusCompleted {
		cut = "the response was cut: " + reason(r)
	}
	s.endTools(r.ID, cut, now)
	x.span.End(trace.WithTimestamp(now))
	if x.turn == nil {
		return
	}
	if r.Status == api.ResponseStatusCancelled {
		x.turn.interrupt(now)
	}
	if !calls || r.Status != api.ResponseStatusCompleted {
		x.turn.end = now
	}
}

// reason says in one word why a response ended.
func reason(r *api.Response) string {
	if d, ok := r.StatusDetails.Get(); ok {
		if e, ok := d.Error.Get(); ok {
			if e.Code != nil && *e.Code != "" {
				return *e.Code
			}
			return "_OTHER"
		}
		if d.Reason != nil {
			return string(*d.Reason)
		}
	}
	return string(r.Status)
}

// failed marks a span, and counts an error.
func (s *Session) failed(span trace.Span, name string) {
	span.SetStatus(codes.Error, name)
	span.SetAttributes(keyErrorType.String(name))
	s.t.metrics.errors.Add(s.ctx, 1, errorType(name))
}

// called begins the span of a call of a function that is complete. It reports whether the
// call is to be answered.
func (s *Session) called(r *response, call *api.FunctionCall, now time.Time) bool {
	if call.CallID == "" || call.Status != nil && *call.Status == api.ItemStatusIncomplete {
		return false
	}
	if s.answeredCalls[call.CallID] || s.tools[call.CallID] != nil {
		return true
	}
	s.tools[call.CallID] = s.beginTool(r, call.Name, "function", call.CallID, call.Arguments, now)
	return true
}

func (s *Session) beginTool(r *response, name, kind, id, arguments string, now time.Time) *tool {
	x := &tool{name: name, began: now}
	attributes := []attribute.KeyValue{
		keyOperation.String(operationTool), keyToolName.String(name), keyToolType.String(kind),
		keyToolCallID.String(id), keyConversation.String(s.id),
	}
	if s.t.o.Content {
		attributes = append(attributes, keyToolArguments.String(arguments))
	}
	_, x.span = s.t.tracer.Start(r.ctx, operationTool+" "+name, trace.WithTimestamp(now), trace.WithAttributes(attributes...))
	return x
}

func (s *Session) endTool(id, result, failure string, now time.Time) {
	x := s.tools[id]
	if x == nil {
		return
	}
	delete(s.tools, id)
	if s.t.o.Content {
		x.span.SetAttributes(keyToolResult.String(result))
	}
	if failure != "" {
		s.failed(x.span, failure)
	}
	s.toolOver(x, now)
}

func (s *Session) toolOver(x *tool, now time.Time) {
	x.span.End(trace.WithTimestamp(now))
	s.t.metrics.tool.Record(s.ctx, now.Sub(x.began).Seconds(), toolName(x.name))
}
