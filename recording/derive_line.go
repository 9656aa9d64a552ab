package recording

import "slices"

// line takes one line.
func (b *builder) line(l *Line) {
	switch x := l.Body.(type) {
	case *Frame:
		b.frame(l, x)
	case *Heard:
		if i, ok := b.items[part{x.Item, x.Content}]; ok && x.To > x.From {
			b.t.Items[i].Heard = append(b.t.Items[i].Heard, Span{x.Began, x.From, x.To})
			b.t.HeardBy = weaker(b.t.HeardBy, x.By)
		}
	case *Cut:
		b.cutLines[part{x.Item, x.Content}] = true
		b.t.Cuts = append(b.t.Cuts, CutSpan{
			Line: l.Number, At: cutTime(l, x), Item: x.Item, Content: x.Content,
			Heard: x.Heard, Made: x.Made, Believed: -1, Silence: -1, By: x.By, Asked: asked(x),
		})
	case *Tool:
		b.tool(l, x)
	case *Dial, *Lost, *Restored:
		b.connection(l)
	case *Failure:
		b.failed(l, *x)
	case *Usage:
		b.usage(l, x)
	case *TurnMark:
		if x.Phase == Finished && x.FirstHeard > 0 {
			b.waits = append(b.waits, wait{l.At, x.FirstHeard})
		}
	default:
	}
}

// asked returns when a stop was decided, -1 if that is not known.
func asked(c *Cut) Micros {
	if c.Asked > 0 {
		return c.Asked
	}
	return -1
}

func cutTime(l *Line, c *Cut) Micros {
	if c.Asked > 0 {
		return c.Asked
	}
	return l.At
}

// weaker returns the weaker evidence.
func weaker(a, b Evidence) Evidence {
	order := []Evidence{"", ByDevice, ByMark, ByClock}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// tool takes the beginning or the end of a call.
func (b *builder) tool(l *Line, x *Tool) {
	if x.Phase == Start {
		b.tools[x.ID] = len(b.t.Tools)
		b.t.Tools = append(b.t.Tools, ToolSpan{
			Line: l.Number, ID: x.ID, Name: x.Name, Begin: l.At, Open: true, OK: true, Arguments: x.Arguments,
		})
		return
	}
	i, ok := b.tools[x.ID]
	if !ok || !b.t.Tools[i].Open {
		i = len(b.t.Tools)
		b.t.Tools = append(b.t.Tools, ToolSpan{Line: l.Number, ID: x.ID, Name: x.Name, Begin: max(l.At-x.Took, 0)})
	}
	s := &b.t.Tools[i]
	s.End, s.Open, s.OK, s.Error, s.Output = l.At, false, x.OK == nil || *x.OK, x.Error, x.Output
}

// connection takes what happened to a connection.
func (b *builder) connection(l *Line) {
	last := len(b.t.Outages) - 1
	down := last >= 0 && b.t.Outages[last].Open
	switch x := l.Body.(type) {
	case *Lost:
		if !down {
			b.t.Outages = append(b.t.Outages, Outage{Line: l.Number, Begin: l.At, Open: true, Code: x.Code})
		}
	case *Dial:
		if !down {
			return
		}
		o := &b.t.Outages[last]
		o.Dials++
		if x.Error != "" || x.Status >= 400 {
			o.Failed++
			o.Status = x.Status
		} else {
			o.End, o.Open = l.At, false
		}
	case *Restored:
		if last < 0 {
			return
		}
		o := &b.t.Outages[last]
		o.End, o.Open, o.Lost = l.At, false, x.Lost
		if o.Dials == 0 {
			o.Dials, o.Failed = x.Attempts, max(x.Attempts-1, 0)
		}
	default:
	}
}

// close ends what has no end in the recording.
func (b *builder) close() {
	for i := range b.t.Speech {
		if s := &b.t.Speech[i]; s.Open {
			s.End = b.t.Length
		}
	}
	for i := range b.t.Tools {
		if s := &b.t.Tools[i]; s.Open {
			s.End = b.t.Length
		}
	}
	for i := range b.t.Outages {
		if o := &b.t.Outages[i]; o.Open {
			o.End = b.t.Length
		}
	}
	for i := range b.t.Responses {
		if r := &b.t.Responses[i]; r.Status == "" {
			r.End = b.t.Length
		}
	}
}
