package recording

import (
	"slices"
	"time"

	"github.com/voicelane/realtime-go/recording/internal/redact"
)

// kept returns what is kept of a line that is no message, nil for nothing. Each text goes
// through the filter, words of a fixed set as well: Redact has them from a file. The lock is
// held.
func (w *Writer) kept(b Body) Body {
	f := &w.filter
	switch b := b.(type) {
	case *Tool:
		c := *b
		c.ID, c.Name, c.Phase, c.Error = f.ID(b.ID), f.Name(b.Name), name(f, b.Phase), f.Name(b.Error)
		c.Arguments, c.Output = f.Tool("tool.arguments", b.Arguments), f.Tool("tool.output", b.Output)
		return &c
	case *TurnMark:
		c := *b
		c.Phase, c.Agent = name(f, b.Phase), f.Name(b.Agent)
		c.User, c.Said = f.Text("turn.user", b.User), f.Text("turn.said", b.Said)
		return &c
	case *Heard:
		c := *b
		c.Item, c.By = f.ID(b.Item), name(f, b.By)
		return &c
	case *Cut:
		c := *b
		c.Item, c.By = f.ID(b.Item), f.Name(b.By)
		return &c
	case *Dial:
		c := *b
		c.Error = f.Name(b.Error)
		return &c
	case *Lost:
		c := *b
		c.Reason, c.Error = f.Text("lost.reason", b.Reason), f.Name(b.Error)
		return &c
	case *Restored:
		c := *b
		c.Lost = slices.Clone(b.Lost)
		for i := range c.Lost {
			c.Lost[i].Item, c.Lost[i].Why = f.ID(c.Lost[i].Item), f.Text("restored.why", c.Lost[i].Why)
		}
		c.Interrupted = slices.Clone(b.Interrupted)
		for i, id := range c.Interrupted {
			c.Interrupted[i] = f.ID(id)
		}
		return &c
	case *Failure:
		c := *b
		c.What, c.Request, c.RequestType, c.Type = f.Name(b.What), f.ID(b.Request), f.Name(b.RequestType), f.Name(b.Type)
		c.Code, c.Param, c.Message = f.Name(b.Code), f.Name(b.Param), f.Text("error.message", b.Message)
		return &c
	case *Usage:
		c := *b
		c.Response, c.Model, c.Prices = f.ID(b.Response), f.Name(b.Model), f.Name(b.Prices)
		return &c
	default:
		return w.keptOther(b)
	}
}

func (w *Writer) keptOther(b Body) Body {
	f := &w.filter
	switch b := b.(type) {
	case *Note:
		c := *b
		c.Text, c.Data = f.Own("note.text", b.Text), nil
		if w.o.keeps(KeepText) {
			c.Data = f.Data("note.data", b.Data)
		}
		return &c
	case *Audio:
		if !w.o.keeps(KeepAudio) {
			return nil
		}
		c := *b
		c.Track, c.Item, c.Codec = name(f, b.Track), f.ID(b.Item), f.Name(b.Codec)
		return &c
	case *Queue:
		c := *b
		c.Direction = name(f, b.Direction)
		return &c
	case *Gap:
		c := *b
		c.Kinds = names(f, b.Kinds)
		return &c
	case *End:
		c := *b
		c.Why = f.Name(b.Why)
		return &c
	case *WallClock:
		if _, err := time.Parse(time.RFC3339Nano, b.Wall); err != nil {
			return nil
		}
		return b
	default:
		return nil // Frames are written by Message; what is unknown may be content.
	}
}

// keptHeader returns what is kept of a header.
func (w *Writer) keptHeader(h Header) *Header {
	f := &w.filter
	h.Needs, h.Extra = nil, nil
	h.ID, h.By, h.Protocol, h.Sound = f.ID(h.ID), f.Clean(h.By), f.Name(h.Protocol), f.Name(h.Sound)
	h.Clock = Clock{Unit: f.Name(h.Clock.Unit), Kind: f.Name(h.Clock.Kind)}
	h.Keep = names(f, h.Keep)
	h.Mask = slices.Clone(h.Mask)
	for i, rule := range h.Mask {
		h.Mask[i] = f.Clean(rule)
	}
	if s := h.Session; s != nil {
		h.Session = &SessionInfo{Kind: f.Name(s.Kind), Model: f.Name(s.Model)}
		if w.o.keeps(KeepText) {
			h.Session.CallID = f.Call(s.CallID)
		}
	}
	if l := h.Line; l != nil {
		h.Line = &LineInfo{Kind: f.Name(l.Kind), Codec: f.Name(l.Codec), Rate: l.Rate}
	}
	return &h
}

// name is [redact.Filter.Name] for words of a type of their own.
func name[T ~string](f *redact.Filter, word T) T { return T(f.Name(string(word))) }

func names[T ~string](f *redact.Filter, words []T) []T {
	words = slices.Clone(words)
	for i, word := range words {
		words[i] = name(f, word)
	}
	return words
}
