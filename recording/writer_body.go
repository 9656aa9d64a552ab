package recording

import "slices"

// kept returns what is kept of a line that is no message, nil for nothing. The lock is
// held.
func (w *Writer) kept(b Body) Body {
	f := &w.filter
	switch b := b.(type) {
	case *Tool:
		c := *b
		c.ID, c.Name, c.Error = f.ID(b.ID), f.Name(b.Name), f.Name(b.Error)
		c.Arguments, c.Output = f.Tool("tool.arguments", b.Arguments), f.Tool("tool.output", b.Output)
		return &c
	case *TurnMark:
		c := *b
		c.Agent, c.User, c.Said = f.Name(b.Agent), f.Text("turn.user", b.User), f.Text("turn.said", b.Said)
		return &c
	case *Heard:
		c := *b
		c.Item = f.ID(b.Item)
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
		c.Request, c.RequestType, c.Type = f.ID(b.Request), f.Name(b.RequestType), f.Name(b.Type)
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
		c.Text = f.Clean(b.Text)
		if f.Mask != nil {
			c.Text = f.Mask("note.text", c.Text)
		}
		if !w.o.keeps(KeepText) {
			c.Data = nil
		}
		return &c
	case *Audio:
		if !w.o.keeps(KeepAudio) {
			return nil
		}
		c := *b
		c.Item = f.ID(b.Item)
		return &c
	case *Frame:
		return nil // See Message.
	case *Unknown:
		return nil
	default:
		return b
	}
}
