package recording

import (
	"fmt"
	"slices"
	"strings"
)

// interruptions finds cuts, those that came late, and those of which the server was told
// something else than was heard.
func (b *builder) interruptions() {
	for _, c := range b.t.Cuts {
		at := Proof{c.Line, c.At}
		never := max(c.Made-c.Heard, 0)
		switch {
		case c.Silence > lateBargeIn:
			b.find(FindLateBargeIn, Broken, c.At, c.At+c.Silence, fmt.Sprintf(
				"The caller interrupted, and the sound went on for %s. %s%s of the answer was heard.", seconds(c.Silence), whyLate(&c), seconds(c.Heard)), at)
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

// whyLate says who was late: the program that stops the sound, or the line.
func whyLate(c *CutSpan) string {
	late := c.Asked - c.At
	switch {
	case c.Asked < 0:
		return ""
	case 2*late > c.Silence:
		return fmt.Sprintf("The program stopped it only %s after speech_started. ", seconds(late))
	default:
		return fmt.Sprintf("The program stopped it after %s, and the line played on: is its buffer cleared? ", seconds(max(late, 0)))
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
					"Caller and agent spoke at once for %s, and nothing was cut: %s", seconds(shared), b.whyUncut(begin)),
					Proof{s.Line, s.Begin}, Proof{x.Line, h.Begin})
			}
		}
	}
}

// whyUncut says which of the session's settings let the agent speak on.
func (b *builder) whyUncut(at Micros) string {
	const allowed = "the caller may interrupt, so is the echo cancelled, and is the line told to stop?"
	why := allowed
	for i := range b.rec.Lines {
		l := &b.rec.Lines[i]
		f, ok := l.Body.(*Frame)
		if !ok || l.At > at || f.Direction != In {
			continue
		}
		e := f.decode()
		d, ok := e.detection()
		switch {
		case !ok:
		case d == nil:
			why = "turn detection is off, so the program has to stop the answer."
		case d.Interrupt != nil && !*d.Interrupt:
			why = "the setting interrupt_response is false, so the caller may not interrupt."
		default:
			why = allowed
		}
	}
	return why
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
			if o.Status > 0 {
				text += fmt.Sprintf(" (HTTP %d)", o.Status)
			}
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
