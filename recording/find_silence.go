package recording

import (
	"fmt"
	"slices"
)

// silences finds long waits after the caller has spoken.
func (b *builder) silences() {
	for i, s := range b.t.Speech {
		if s.Open {
			continue
		}
		until := b.t.Length
		if i+1 < len(b.t.Speech) {
			until = b.t.Speech[i+1].Begin
		}
		from := s.End
		for _, x := range b.t.Items {
			for _, h := range x.Heard {
				switch {
				case h.End() <= s.End || h.Begin >= until:
				case h.Begin <= s.End+longSilence/10 && h.End() < until && x.Begin < s.End:
					from = max(from, h.End()) // What was said before plays on.
				default:
					until = max(h.Begin, from)
				}
			}
		}
		if until-from > longSilence {
			b.silent(s, from, until)
		}
	}
}

// silent adds a silence with its cause: what covered most of it.
func (b *builder) silent(s Speech, from, until Micros) {
	evidence, severity := []Proof{{s.EndLine, s.End}}, Slow
	text := fmt.Sprintf("The caller heard nothing for %s.", seconds(until-from))
	if tool, ok := b.longestTool(from, until); ok {
		rest := until - max(tool.End, from)
		evidence = append(evidence, Proof{tool.Line, tool.Begin})
		switch {
		case !tool.Open && rest > longSilence && !b.answered(tool.End, until):
			from, severity = until-rest, Broken
			text = fmt.Sprintf("No response was asked for after the tool %s returned: the caller heard nothing for another %s.", tool.Name, seconds(rest))
			if b.askedWithin(tool.End, until) {
				text = fmt.Sprintf("The response that was asked for after the tool %s returned never began: the caller heard nothing for another %s.", tool.Name, seconds(rest))
			}
		case tool.Open:
			severity = Broken
			text = fmt.Sprintf("The tool %s never returned: the caller heard nothing for %s.", tool.Name, seconds(until-from))
		default:
			text = fmt.Sprintf("The tool %s took %s. ", tool.Name, seconds(tool.End-tool.Begin)) + text
		}
		b.find(FindSilence, severity, from, until, text, evidence...)
		return
	}
	for _, o := range b.t.Outages {
		if overlap(o.Begin, o.End, from, until)*2 > until-from {
			text = fmt.Sprintf("The connection was lost for %s. ", seconds(o.End-o.Begin)) + text
			b.find(FindSilence, Slow, from, until, text, append(evidence, Proof{o.Line, o.Begin})...)
			return
		}
	}
	switch r, ok := b.longestResponse(from, until); {
	case !ok:
		severity = Broken
		text = fmt.Sprintf("No response began: the caller heard nothing for %s.", seconds(until-from))
	case r.Status == "failed":
		severity = Broken
		text = fmt.Sprintf("The response failed%s: the caller heard nothing for %s.", ofReason(r.reason), seconds(until-from))
		evidence = append(evidence, Proof{r.done, r.End})
	default:
		text += " A response ran."
		evidence = append(evidence, Proof{r.Line, r.Begin})
	}
	b.find(FindSilence, severity, from, until, text, evidence...)
}

// longestTool returns the call that covers most of a span.
func (b *builder) longestTool(from, until Micros) (tool ToolSpan, ok bool) {
	var most Micros = -1
	for _, s := range b.t.Tools {
		if s.Begin > until || s.End < from {
			continue
		}
		if o := overlap(s.Begin, s.End, from, until); o > most {
			tool, most, ok = s, o, true
		}
	}
	return tool, ok
}

func (b *builder) longestResponse(from, until Micros) (r Response, ok bool) {
	var most Micros = -1
	for _, x := range b.t.Responses {
		if o := overlap(x.Begin, x.End, from, until); x.Begin <= until && x.End >= from && o > most {
			r, most, ok = x, o, true
		}
	}
	return r, ok
}

// answered reports whether a response began within a span.
func (b *builder) answered(from, until Micros) bool {
	return slices.ContainsFunc(b.t.Responses, func(r Response) bool { return r.Begin >= from && r.Begin <= until })
}

func (b *builder) askedWithin(from, until Micros) bool {
	return slices.ContainsFunc(b.asked, func(at Micros) bool { return at >= from && at <= until })
}

// slowTools finds calls that took long, unless a silence names them.
func (b *builder) slowTools() {
	for _, s := range b.t.Tools {
		named := slices.ContainsFunc(b.t.Findings, func(f Finding) bool {
			return f.Kind == FindSilence && slices.Contains(f.Evidence, Proof{s.Line, s.Begin})
		})
		switch {
		case !s.OK:
			b.find(FindToolFailed, Broken, s.Begin, s.End, fmt.Sprintf("The tool %s failed%s%s", s.Name, ofReason(s.Error), cause(s.Output)), Proof{s.Line, s.Begin})
		case named || s.End-s.Begin <= slowTool:
		case s.Open:
			b.find(FindSlowTool, Slow, s.Begin, s.End, fmt.Sprintf("The tool %s did not return within %s.", s.Name, seconds(s.End-s.Begin)), Proof{s.Line, s.Begin})
		default:
			b.find(FindSlowTool, Slow, s.Begin, s.End, fmt.Sprintf("The tool %s took %s.", s.Name, seconds(s.End-s.Begin)), Proof{s.Line, s.Begin})
		}
	}
}
