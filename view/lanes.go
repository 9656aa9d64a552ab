package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/voicelane/realtime-go/recording"
)

// window is the width of the timeline in pixels for which the page is drawn before the
// script measures it.
const window = 1240

// tickRoom is the room that the text of a tick needs, in pixels.
const tickRoom = 42

func (b *builder) timeline() timeline {
	t := timeline{
		Density:     density(window / b.length.Seconds()),
		Ticks:       b.ticks(),
		Notes:       b.notes(),
		CallerHow:   b.callerHow(),
		CallerWords: b.callerWords(),
		Overlaps:    b.overlaps(),
		Waits:       b.waits(),
		Unheard:     b.unheard(),
		Flows:       b.flows(),
		HeardHow:    b.heardHow(),
		Dead:        b.dead(),
		AgentWords:  b.agentWords(),
		Up:          b.up(),
		Flags:       b.flags(),
		Costs:       b.costs(),
		Cuts:        b.cuts(),
	}
	t.Jobs, t.JobRows = b.jobs()
	t.Down = b.down(t.Flags)
	return t
}

// density returns how much of the labels can be drawn, by pixels a second. The script
// uses the same numbers.
func density(perSecond float64) int {
	switch {
	case perSecond < 4:
		return 0
	case perSecond < 12:
		return 1
	case perSecond < 60:
		return 2
	default:
		return 3
	}
}

// mostTicks bounds the ticks of calls of many hours: a garbled time may be centuries away.
const mostTicks = 2000

// ticks are those of each second, of every fifth beyond ten minutes, and of every minute
// beyond two hours.
func (b *builder) ticks() []tick {
	step := recording.Micros(1)
	if b.length > 600*recording.Second {
		step = 5
	}
	if b.length > 7200*recording.Second {
		step = max(60, b.length/recording.Second/mostTicks/60*60)
	}
	var all []tick
	for s := recording.Micros(0); s*recording.Second < b.length; s += step {
		every := 1
		for _, e := range []int{60, 15, 5} {
			if int(s)%e == 0 {
				every = e
				break
			}
		}
		text := clock(s * recording.Second)
		last := (b.length-s*recording.Second).Seconds()*window/b.length.Seconds() < tickRoom
		all = append(all, tick{share(s*recording.Second, b.length), every, text[:len(text)-3], last})
	}
	return all
}

func (b *builder) notes() []mark {
	var all []mark
	for _, n := range b.o.Notes {
		all = append(all, mark{Place: b.at(n.At, 0, n.Title), Sign: signs[n.Severity], Class: "is-" + signs[n.Severity], Text: n.Title})
	}
	for _, n := range bodies[*recording.Note](b.rec) {
		text := cmp.Or(n.Body.Text, "note")
		all = append(all, mark{Place: b.at(n.At, 0, text), Sign: "note", Class: "is-note", Text: text})
	}
	slices.SortStableFunc(all, func(x, y mark) int { return cmp.Compare(x.Place.At, y.Place.At) })
	b.apart(all)
	return all
}

// apart gives each mark the room up to the next one.
func (b *builder) apart(all []mark) {
	for i := range all {
		next := int64(b.length)
		for _, later := range all[i+1:] {
			if later.Place.At > all[i].Place.At {
				next = later.Place.At
				break
			}
		}
		all[i].Place.Width = share(recording.Micros(next-all[i].Place.At), b.length)
	}
}

func (b *builder) callerHow() string {
	if b.hasSound(recording.Sent) {
		return "sent"
	}
	return "by detection"
}

func (b *builder) heardHow() string {
	switch b.tl.HeardBy {
	case recording.ByMark:
		return "by marks"
	case recording.ByDevice:
		return "by the device"
	case recording.ByClock:
		return "estimated"
	default:
		return ""
	}
}

// callerWords are what the caller said, each with the room up to the next.
func (b *builder) callerWords() []word {
	var all []word
	for i := range b.tl.Speech {
		s := &b.tl.Speech[i]
		if s.Text == "" {
			continue
		}
		end := b.length
		if i+1 < len(b.tl.Speech) {
			end = b.tl.Speech[i+1].Begin
		}
		all = append(all, word{b.at(s.Begin, max(end, s.Begin+1), s.Text), s.Text, ""})
	}
	return all
}

// agentWords are what the agent said, where it began to be heard, or to arrive.
func (b *builder) agentWords() []word {
	type begun struct {
		at   recording.Micros
		item *recording.Item
	}
	var items []begun
	for i := range b.tl.Items {
		items = append(items, begun{soundsAt(&b.tl.Items[i]), &b.tl.Items[i]})
	}
	slices.SortStableFunc(items, func(x, y begun) int { return cmp.Compare(x.at, y.at) })
	var all []word
	for i, it := range items {
		if it.item.Text == "" {
			continue
		}
		end := b.length
		if i+1 < len(items) {
			end = items[i+1].at
		}
		heard, rest := split(it.item)
		all = append(all, word{b.at(it.at, max(end, it.at+1), it.item.Text), heard, rest})
	}
	return all
}

// overlaps shade what concerns all lanes: the spans without a connection, and those in
// which both are heard and should not be.
func (b *builder) overlaps() []bar {
	var all []bar
	for i := range b.tl.Outages {
		all = append(all, b.bar(b.tl.Outages[i].Begin, b.tl.Outages[i].End))
	}
	for i := range b.tl.Findings {
		if f := &b.tl.Findings[i]; f.Kind == recording.FindDoubleTalk || f.Kind == recording.FindLateBargeIn {
			all = append(all, b.bar(f.At, f.Until))
		}
	}
	return all
}

// waits are the brackets between the end of speech and the first heard sound, and those
// of silences that no turn explains.
func (b *builder) waits() []mark {
	var all []mark
	covered := func(from, until recording.Micros) bool {
		return slices.ContainsFunc(all, func(m mark) bool {
			return recording.Micros(m.Place.At) < until && recording.Micros(m.Place.To) > from
		})
	}
	for i := range b.tl.Turns {
		t := &b.tl.Turns[i]
		until, none := b.noReply(i)
		switch {
		case t.Wait > 0:
			all = append(all, b.wait(t.Said, t.FirstHeard, "wait for the reply"))
		case none:
			m := b.wait(t.Said, until, "no reply")
			m.Class, m.Text = m.Class+" open", m.Text+", no reply"
			all = append(all, m)
		}
	}
	for _, gap := range b.silences() {
		if !covered(gap.begin, gap.end) {
			all = append(all, b.wait(gap.begin, gap.end, "silence"))
		}
	}
	slices.SortStableFunc(all, func(x, y mark) int { return cmp.Compare(x.Place.At, y.Place.At) })
	return all
}

func (b *builder) wait(from, until recording.Micros, what string) mark {
	length := until - from
	m := mark{Place: b.at(from, until, fmt.Sprintf("%s: %s s", what, seconds(length))), Class: waitClass(length), Text: seconds(length) + " s"}
	if length.Seconds()*window/b.length.Seconds() < 60 {
		m.Class += " short"
	}
	return m
}

// unheard are the parts of items that arrived and were never heard, where they arrived.
func (b *builder) unheard() []labelled {
	var all []labelled
	for i := range b.tl.Items {
		it := &b.tl.Items[i]
		lost := it.Made - it.HeardLen
		if !it.Cut || lost <= 0 {
			continue
		}
		from := arrived(it, it.HeardLen)
		text := sum(lost) + " s never heard"
		all = append(all, labelled{Place: b.at(from, it.End, text), Label: label{Text: text}})
	}
	b.room(all)
	return all
}

// flows join the sound as it arrived with the sound as it was heard: the slant is the
// sound that lies ahead of the ear.
func (b *builder) flows() []string {
	x := func(m recording.Micros) string { return strings.TrimSuffix(share(m, b.length), "%") }
	var all []string
	for i := range b.tl.Items {
		it := &b.tl.Items[i]
		for _, s := range it.Heard {
			all = append(all, fmt.Sprintf("%s,0 %s,0 %s,20 %s,20", x(arrived(it, s.From)), x(arrived(it, s.To)), x(s.End()), x(s.Begin)))
		}
	}
	return all
}

// dead are the silences that a caller would call a fault.
func (b *builder) dead() []bar {
	var all []bar
	for _, gap := range b.silences() {
		if gap.end-gap.begin > slowWait {
			all = append(all, b.bar(gap.begin, gap.end))
		}
	}
	return all
}

// jobs are the calls of functions, those at the same time in rows.
func (b *builder) jobs() (all []labelled, rows int) {
	var ends []recording.Micros // by row
	rows = 1
	for i := range b.tl.Tools {
		t := &b.tl.Tools[i]
		row := slices.IndexFunc(ends, func(end recording.Micros) bool { return end <= t.Begin })
		if row < 0 {
			row, ends = len(ends), append(ends, 0)
		}
		ends[row] = t.End
		rows = len(ends)
		took := short(t.End - t.Begin)
		j := labelled{Place: b.at(t.Begin, max(t.End, t.Begin+1), t.Name+" "+took), Label: label{Text: t.Name, Bold: took, Row: row}}
		j.Place.Row = row
		switch {
		case t.Open:
			j.Class, j.Label.Bold = "open", "no end"
		case !t.OK:
			j.Class, j.Label.Bold = "bad", took+" "+cmp.Or(t.Error, "failed")
			j.Label.Class = "is-bad"
		case t.End-t.Begin > 2*recording.Second:
			j.Class, j.Label.Class = "slow", "is-slow"
		}
		all = append(all, j)
	}
	b.room(all)
	return all, rows
}

// up are the spans with a connection.
func (b *builder) up() []bar {
	var all []bar
	from := recording.Micros(0)
	if first := bodies[*recording.Frame](b.rec); len(first) > 0 {
		from = first[0].At
	}
	for i := range b.tl.Outages {
		o := &b.tl.Outages[i]
		if o.Begin > from {
			all = append(all, b.bar(from, o.Begin))
		}
		from = max(from, o.End)
	}
	if from < b.tl.Length {
		all = append(all, b.bar(from, b.tl.Length))
	}
	return all
}

// down are the spans without one, whose labels leave room for the flags.
func (b *builder) down(flags []mark) []labelled {
	var all []labelled
	for i := range b.tl.Outages {
		o := &b.tl.Outages[i]
		parts := []string{seconds(o.End-o.Begin) + " s offline"}
		if o.Code != 0 {
			parts = append(parts, fmt.Sprintf("close %d", o.Code))
		}
		if o.Failed > 0 {
			parts = append(parts, plural(o.Failed, "failed dial"))
		}
		if len(o.Lost) > 0 {
			parts = append(parts, plural(len(o.Lost), "item")+" lost")
		}
		text := strings.Join(parts, ", ")
		all = append(all, labelled{Place: b.at(o.Begin, max(o.End, o.Begin+1), text), Label: label{Text: text}})
	}
	b.room(all, flags...)
	return all
}

// flags are the errors.
func (b *builder) flags() []mark {
	var all []mark
	for i := range b.tl.Failures {
		f := &b.tl.Failures[i]
		text := cmp.Or(f.Code, f.Type, f.What+" error")
		switch f.What {
		case "refused":
			text = cmp.Or(f.RequestType, "request") + " refused"
		case "tool":
			continue // in the lane of the tools
		case "malformed":
			text = "malformed message"
		}
		all = append(all, mark{Place: b.at(f.At, 0, text), Sign: "bad", Text: text})
	}
	b.apart(all)
	return all
}

// costs are the responses by what they cost.
func (b *builder) costs() []cost {
	var all []cost
	for i := range b.tl.Responses {
		r, price := &b.tl.Responses[i], b.bill.costs[i]
		if price < 0 || b.bill.largest == 0 {
			continue
		}
		c := cost{Place: b.at(r.End, 0, r.ID+" "+cents(price)), Height: percent(90 * float64(price) / float64(b.bill.largest))}
		if price*4 > b.bill.largest {
			c.Label = &label{Text: cents(price), Left: c.Place.Left, Width: "80px"}
		}
		all = append(all, c)
	}
	return all
}

// cuts are where answers ended early: where they were cut, or the connection was lost.
func (b *builder) cuts() []end {
	var all []end
	for i := range b.tl.Items {
		if it := &b.tl.Items[i]; b.brokenOff(it) {
			at := it.End
			if len(it.Heard) > 0 {
				at = it.Heard[len(it.Heard)-1].End()
			}
			all = append(all, end{share(at, b.length), "lost"})
		}
	}
	for i := range b.tl.Cuts {
		c := &b.tl.Cuts[i]
		at := c.At
		for j := range b.tl.Items { // where it fell silent
			it := &b.tl.Items[j]
			if it.Item == c.Item && it.Content == c.Content && len(it.Heard) > 0 {
				at = it.Heard[len(it.Heard)-1].End()
			}
		}
		all = append(all, end{share(at, b.length), "cut"})
	}
	return all
}
