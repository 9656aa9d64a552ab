package recording

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The thresholds of findings.
const (
	longSilence   = 3 * Second
	slowTool      = 2 * Second
	lateBargeIn   = 500 * Millisecond
	doubleTalk    = 400 * Millisecond
	misbelieved   = 60 * Millisecond
	starved       = 200 * Millisecond
	cutFollows    = Second
	notActive     = "response_cancel_not_active"
	maxDroppedOut = 8 // members named in a finding
)

// Findings returns what stands out, in the order of time.
func (r *Recording) Findings() []Finding { return r.Timeline().Findings }

// findings applies each rule.
func (b *builder) findings() {
	b.silences()
	b.slowTools()
	b.interruptions()
	b.doubleTalk()
	b.outages()
	b.refusals()
	b.badResponses()
	b.doubledTools()
	b.starvation()
	b.losses()
	slices.SortStableFunc(b.t.Findings, func(x, y Finding) int { return cmp.Compare(x.At, y.At) })
}

// find adds a finding, in the turn that covers it.
func (b *builder) find(k FindingKind, s Severity, at, until Micros, text string, evidence ...Proof) {
	turn := -1
	for i, t := range b.t.Turns {
		if t.Begin <= at {
			turn = i
		}
	}
	b.t.Findings = append(b.t.Findings, Finding{Kind: k, Severity: s, At: at, Until: max(at, until), Text: text, Evidence: evidence, Turn: turn})
}

// seconds prints a length.
func seconds(m Micros) string { return fmt.Sprintf("%.2f s", m.Seconds()) }

// count prints a number with a noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

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
	evidence := []Proof{{s.EndLine, s.End}}
	text := fmt.Sprintf("The caller heard nothing for %s.", seconds(until-from))
	if tool, ok := b.longestTool(from, until); ok {
		rest := until - max(tool.End, from)
		evidence = append(evidence, Proof{tool.Line, tool.Begin})
		switch {
		case !tool.Open && rest > longSilence && !b.answered(tool.End, until):
			text = fmt.Sprintf("Silence for %s after the tool %s returned: no response was asked for.", seconds(rest), tool.Name)
			if b.askedWithin(tool.End, until) {
				text = fmt.Sprintf("Silence for %s after the tool %s returned: a response was asked for, and none began.", seconds(rest), tool.Name)
			}
		case tool.Open:
			text += fmt.Sprintf(" The tool %s never returned.", tool.Name)
		default:
			text = fmt.Sprintf("The tool %s took %s. ", tool.Name, seconds(tool.End-tool.Begin)) + text
		}
		b.find(FindSilence, Slow, from, until, text, evidence...)
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
		text += " No response began."
	case r.Status == "failed":
		text += " The response failed" + ofReason(r.reason) + "."
		evidence = append(evidence, Proof{r.done, r.End})
	default:
		text += " A response ran."
		evidence = append(evidence, Proof{r.Line, r.Begin})
	}
	b.find(FindSilence, Slow, from, until, text, evidence...)
}

func ofReason(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

// overlap returns the length of what two spans share.
func overlap(a, b, from, until Micros) Micros { return max(min(b, until)-max(a, from), 0) }

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
			b.find(FindToolFailed, Broken, s.Begin, s.End, fmt.Sprintf("The tool %s failed%s.", s.Name, ofReason(s.Error)), Proof{s.Line, s.Begin})
		case named || s.End-s.Begin <= slowTool:
		case s.Open:
			b.find(FindSlowTool, Slow, s.Begin, s.End, fmt.Sprintf("The tool %s did not return within %s.", s.Name, seconds(s.End-s.Begin)), Proof{s.Line, s.Begin})
		default:
			b.find(FindSlowTool, Slow, s.Begin, s.End, fmt.Sprintf("The tool %s took %s.", s.Name, seconds(s.End-s.Begin)), Proof{s.Line, s.Begin})
		}
	}
}

// interruptions finds cuts, those that came late, and those of which the server was told
// something else than was heard.
func (b *builder) interruptions() {
	for _, c := range b.t.Cuts {
		at := Proof{c.Line, c.At}
		never := max(c.Made-c.Heard, 0)
		switch {
		case c.Silence > lateBargeIn:
			b.find(FindLateBargeIn, Broken, c.At, c.At+c.Silence, fmt.Sprintf(
				"The caller interrupted, and the sound went on for %s. %s of the answer was heard.", seconds(c.Silence), seconds(c.Heard)), at)
		case c.Silence >= 0:
			b.find(FindInterrupted, Normal, c.At, c.At+c.Silence, fmt.Sprintf(
				"The caller interrupted: silent after %d ms. %s was heard, %s never was.", c.Silence/Millisecond, seconds(c.Heard), seconds(never)), at)
		default:
			b.find(FindInterrupted, Normal, c.At, c.At, fmt.Sprintf(
				"The answer was cut%s: %s was heard, %s never was.", byWhat(c.By), seconds(c.Heard), seconds(never)), at)
		}
		if told, ok := b.truncations[part{c.Item, c.Content}]; ok && max(told.end-c.Heard, c.Heard-told.end) > misbelieved {
			b.find(FindHeard, Broken, told.at, told.at, fmt.Sprintf(
				"The server believes that %s was heard, but %s was.", seconds(told.end), seconds(c.Heard)), Proof{told.line, told.at}, at)
		}
	}
}

func byWhat(by string) string {
	if by == "" {
		return ""
	}
	return " by " + by
}

// doubleTalk finds where both are heard at once and nothing was cut.
func (b *builder) doubleTalk() {
	for _, s := range b.t.Speech {
		for _, x := range b.t.Items {
			for _, h := range x.Heard {
				shared := overlap(s.Begin, s.End, h.Begin, h.End())
				if shared <= doubleTalk || b.cutNear(max(s.Begin, h.Begin), s.End+cutFollows) {
					continue
				}
				begin := max(s.Begin, h.Begin)
				b.find(FindDoubleTalk, Broken, begin, begin+shared, fmt.Sprintf(
					"Caller and agent spoke at once for %s, and nothing was cut: is the echo cancelled, and may the caller interrupt?", seconds(shared)),
					Proof{s.Line, s.Begin}, Proof{x.Line, h.Begin})
			}
		}
	}
}

func (b *builder) cutNear(from, until Micros) bool {
	return slices.ContainsFunc(b.t.Cuts, func(c CutSpan) bool { return c.At >= from-cutFollows && c.At <= until })
}

// outages finds lost connections.
func (b *builder) outages() {
	for _, o := range b.t.Outages {
		text := fmt.Sprintf("The connection was lost (code %d) for %s", o.Code, seconds(o.End-o.Begin))
		if o.Open {
			text = fmt.Sprintf("The connection was lost (code %d) and not replaced", o.Code)
		}
		if o.Failed > 0 {
			text += fmt.Sprintf("; %d of %s failed", o.Failed, count(o.Dials, "dial"))
		}
		if len(o.Lost) > 0 {
			var ids []string
			for _, x := range o.Lost {
				ids = append(ids, x.Item)
			}
			text += fmt.Sprintf("; %s lost: %s", count(len(ids), "item"), strings.Join(ids, ", "))
		}
		if heard := b.heardWithin(o.Begin, o.End); heard > 0 && !o.Open {
			text += fmt.Sprintf("; sound played on for %s of it", seconds(heard))
		}
		b.find(FindLost, Broken, o.Begin, o.End, text+".", Proof{o.Line, o.Begin})
	}
}

func (b *builder) heardWithin(from, until Micros) (sum Micros) {
	for _, x := range b.t.Items {
		for _, h := range x.Heard {
			sum += overlap(h.Begin, h.End(), from, until)
		}
	}
	return sum
}
