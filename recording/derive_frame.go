package recording

import (
	"cmp"
	"fmt"
	"strings"
)

// frame takes a message or a run.
func (b *builder) frame(l *Line, f *Frame) {
	if f.AudioMS > 0 || f.N > 0 {
		b.sound(l, f)
		if f.N > 1 || f.Item != "" {
			return
		}
	}
	if f.Direction == Out {
		b.sent(l, f)
		return
	}
	b.received(l, f)
}

// sound takes a message with sound, or a run of them.
func (b *builder) sound(l *Line, f *Frame) {
	if f.Direction == Out {
		if _, ok := b.anchor[l.Conn]; !ok {
			b.anchor[l.Conn] = l.At
		}
		return
	}
	if f.Item == "" || f.AudioMS == 0 { // Runs of other deltas have an item, too.
		return
	}
	key := part{f.Item, f.Content}
	i, ok := b.items[key]
	if !ok {
		i = len(b.t.Items)
		b.items[key] = i
		b.t.Items = append(b.t.Items, Item{Line: l.Number, Item: f.Item, Content: f.Content, Response: f.Response, Begin: l.At})
	}
	x := &b.t.Items[i]
	x.Made += Micros(f.AudioMS) * Millisecond
	x.End = max(x.End, l.At+f.Span)
	if x.Response == "" {
		x.Response = b.named(f.Response, cmp.Or(b.makers[f.Item], b.current))
	}
	b.makers[f.Item] = x.Response
	if b.response(l, x.Response); f.Response == "" && b.current == "" && b.t.Responses[b.responses[x.Response]].Status == "" {
		b.current = x.Response // It began without a response.created.
	}
}

// response returns a response, a new one if needed.
func (b *builder) response(l *Line, id string) *Response {
	i, ok := b.responses[id]
	if !ok {
		i = len(b.t.Responses)
		b.responses[id] = i
		b.t.Responses = append(b.t.Responses, Response{Line: l.Number, ID: id, Turn: -1, Begin: l.At})
	}
	return &b.t.Responses[i]
}

// named returns the id of a response: its own, or else another, or else a name for one of a
// service that sends no ids.
func (b *builder) named(id, other string) string {
	if id = cmp.Or(id, other); id == "" {
		id = fmt.Sprintf("#%d", len(b.t.Responses)+1)
	}
	return id
}

// request notes the id of a message to the service. An answer of the same microsecond may
// stand in front of it.
func (b *builder) request(l *Line, f *Frame) {
	if f.Direction != Out || f.Event == nil {
		return
	}
	if e := f.decode(); e.EventID != "" {
		b.out[e.EventID] = l
	}
}

// sent takes a message to the service.
func (b *builder) sent(l *Line, f *Frame) {
	if f.Fate == FateUnsent {
		return
	}
	e := f.decode()
	switch e.Type {
	case "response.create":
		b.asked = append(b.asked, l.At)
	case "conversation.item.create":
		b.created(l, &e)
	case "conversation.item.truncate":
		if e.AudioEndMS != nil {
			b.truncations[part{e.ItemID, e.ContentIndex}] = truncation{l.Number, l.At, Micros(*e.AudioEndMS) * Millisecond}
		}
	case "conversation.item.delete":
		if _, ok := b.items[part{e.ItemID, 0}]; ok {
			b.truncations[part{e.ItemID, 0}] = truncation{l.Number, l.At, 0}
		}
	default:
	}
}

// created takes an item that the client has made.
func (b *builder) created(l *Line, e *event) {
	switch {
	case e.Item.Type == "function_call_output":
		b.outputs[e.Item.CallID]++
		if b.toolLines {
			return
		}
		i, ok := b.tools[e.Item.CallID]
		if !ok {
			return
		}
		if s := &b.t.Tools[i]; s.Open {
			s.End, s.Open, s.Output = l.At, false, e.Item.Output
		}
	case e.Item.Role == "user":
		b.writes = append(b.writes, Proof{l.Number, l.At})
	default:
	}
}

// received takes a message of the service.
func (b *builder) received(l *Line, f *Frame) {
	e := f.decode()
	switch e.Type {
	case "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed":
		b.speech(l, &e)
	case "session.created", "session.updated":
		b.settings(&e)
	case "conversation.item.input_audio_transcription.completed":
		b.transcribed(l, &e)
	case "response.created":
		b.current = b.named(e.Response.ID, "")
		b.response(l, b.current)
	case "response.done":
		b.done(l, &e)
	case "response.output_item.added", "response.output_item.done":
		b.output(l, &e)
	case "response.function_call_arguments.done":
		b.called(l, &e)
	case "response.output_audio_transcript.done":
		if i, ok := b.items[part{e.ItemID, e.ContentIndex}]; ok {
			b.t.Items[i].Text = keptText(e.Transcript)
		}
	case "error":
		b.refused(l, &e)
	default:
	}
}

// speech takes an edge of the caller's voice.
func (b *builder) speech(l *Line, e *event) {
	at := func(ms *int64) Micros {
		if ms == nil {
			return l.At
		}
		return max(min(b.anchor[l.Conn]+Micros(*ms)*Millisecond, l.At), 0)
	}
	i, known := b.started[e.ItemID]
	switch {
	case e.Type == "input_audio_buffer.speech_started":
		b.started[e.ItemID] = len(b.t.Speech)
		begin := at(e.AudioStartMS)
		if e.AudioStartMS != nil && *e.AudioStartMS > 0 {
			begin = min(begin+b.padding, l.At)
		}
		b.t.Speech = append(b.t.Speech, Speech{Line: l.Number, Item: e.ItemID, Begin: begin, Known: l.At, Open: true})
	case known && b.t.Speech[i].Open:
		s, end := &b.t.Speech[i], at(e.AudioEndMS)
		if e.Type == "input_audio_buffer.speech_stopped" {
			end -= b.pause
		}
		s.EndLine, s.End, s.Open = l.Number, max(end, s.Begin), false
	default:
	}
}

// done takes the end of a response.
func (b *builder) done(l *Line, e *event) {
	r := b.response(l, b.named(e.Response.ID, b.current))
	if r.ID == b.current {
		b.current = ""
	}
	if b.uncharged = ""; e.Response.ID == "" && r.ID != b.charged {
		b.uncharged = r.ID
	}
	r.End, r.Status = l.At, e.Response.Status
	r.done, r.outputs = l.Number, max(r.outputs, len(e.Response.Output))
	r.reason = e.Response.Details.Reason
	if code := e.Response.Details.Error.Code; code != "" {
		r.reason = code
	}
	r.Model = cmp.Or(r.Model, b.model)
	if u := e.Response.Usage; u != nil {
		tokens, contradict := u.tokens()
		if r.Tokens == (Tokens{}) {
			r.Tokens = tokens
		}
		r.Contradicts = contradict && r.MicroUSD == nil
	}
}

// output takes an item that a response makes.
func (b *builder) output(l *Line, e *event) {
	if id := cmp.Or(e.ResponseID, b.current); id != "" {
		b.response(l, id).outputs++
		b.makers[e.Item.ID] = id
	}
	if e.Item.Type == "function_call" && e.Item.CallID != "" {
		b.names[e.Item.CallID] = e.Item.Name
	}
}

// called takes a whole call of a function.
func (b *builder) called(l *Line, e *event) {
	name := e.Name
	if name == "" {
		name = b.names[e.CallID]
	}
	if b.toolLines {
		return
	}
	b.tools[e.CallID] = len(b.t.Tools)
	b.t.Tools = append(b.t.Tools, ToolSpan{
		Line: l.Number, ID: e.CallID, Name: name, Response: cmp.Or(e.ResponseID, b.current), Begin: l.At, Open: true, OK: true, Arguments: e.Arguments,
	})
}

// refused takes an error of the service.
func (b *builder) refused(l *Line, e *event) {
	f := Failure{What: "server", Type: e.Error.Type, Code: e.Error.Code, Param: e.Error.Param, Message: e.Error.Message}
	if e.Error.EventID != "" {
		f.What, f.Request = "refused", e.Error.EventID
		if out := b.out[f.Request]; out != nil {
			if sent, ok := out.Body.(*Frame); ok {
				f.RequestType = sent.Type
			}
		}
	} else if strings.HasPrefix(e.Error.Param, "session.") {
		f.What, f.RequestType = "refused", "session.update"
	}
	b.failed(l, f)
}

// failed adds an error, unless a message or a line has said it already.
func (b *builder) failed(l *Line, f Failure) {
	for _, said := range b.t.Failures {
		if l.At-said.At < Second && said.Request == f.Request && said.Code == f.Code && said.Param == f.Param {
			return
		}
	}
	b.t.Failures = append(b.t.Failures, FailureMark{l.Number, l.At, f})
}
