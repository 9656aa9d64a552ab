package recording

import "slices"

// builder derives a timeline. It goes through the lines once in the order of time, and
// then joins what it has found.
type builder struct {
	rec *Recording
	t   *Timeline

	anchor      map[int]Micros // by connection: the first sound sent, 0 of the server's clock
	started     map[string]int // speech by item
	items       map[part]int
	responses   map[string]int
	tools       map[string]int // the latest call by id, by tool lines or by messages
	toolLines   bool           // the recording has tool lines: messages count for nothing
	names       map[string]string
	outputs     map[string]int    // function_call_output items by call
	makers      map[string]string // responses by item
	truncations map[part]truncation
	cutLines    map[part]bool
	out         map[string]*Line // requests by event id
	heardLines  bool
	asked       []Micros // when responses were asked for
	writes      []Proof  // texts of the user
}

// part is the sound of one content part of an item.
type part struct {
	item    string
	content int
}

// truncation is a place at which the server was told to cut an item.
type truncation struct {
	line int
	at   Micros
	end  Micros
}

// Timeline derives what happened. It never fails: what the recording does not say is
// missing. The result is a value of its own, derived anew by each call.
func (r *Recording) Timeline() *Timeline {
	b := &builder{
		rec: r, t: &Timeline{Length: r.Length()},
		anchor: map[int]Micros{}, started: map[string]int{}, items: map[part]int{}, responses: map[string]int{},
		tools: map[string]int{}, names: map[string]string{}, outputs: map[string]int{}, makers: map[string]string{},
		truncations: map[part]truncation{}, cutLines: map[part]bool{}, out: map[string]*Line{},
	}
	for i := range r.Lines {
		switch r.Lines[i].Body.(type) {
		case *Tool:
			b.toolLines = true
		case *Heard:
			b.heardLines = true
		default:
		}
	}
	for i := range r.Lines {
		b.line(&r.Lines[i])
	}
	b.close()
	b.estimate()
	b.finishItems()
	b.finishCuts()
	b.turns()
	b.findings()
	return b.t
}

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
			Heard: x.Heard, Made: x.Made, Believed: -1, Silence: -1, By: x.By,
		})
	case *Tool:
		b.tool(l, x)
	case *Dial, *Lost, *Restored:
		b.connection(l)
	case *Failure:
		b.failed(l, *x)
	case *Usage:
		if i, ok := b.responses[x.Response]; ok {
			r := &b.t.Responses[i]
			r.Tokens, r.MicroUSD, r.Model = x.Tokens, x.MicroUSD, x.Model
		}
	default:
	}
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
