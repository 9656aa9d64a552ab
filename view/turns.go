package view

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/recording"
)

// turns are the rows of the table.
func (b *builder) turns() []turn {
	slowest, dearest := recording.Micros(1), int64(1)
	for i := range b.tl.Turns {
		slowest = max(slowest, b.tl.Turns[i].Wait)
		price, _ := b.price(&b.tl.Turns[i])
		dearest = max(dearest, price)
	}
	var all []turn
	for i := range b.tl.Turns {
		t := &b.tl.Turns[i]
		row := turn{N: i + 1, At: int64(t.Begin), To: int64(max(t.End, t.Begin)), Time: clock1(t.Begin), Said: b.said(i)}
		_, none := b.noReply(i)
		switch {
		case t.Wait >= 0:
			row.Reply, row.ReplyClass = seconds(t.Wait)+" s", waitClass(t.Wait)
			row.ReplyBar = share(t.Wait, slowest)
		case none:
			row.Reply, row.ReplyClass, row.ReplyBar = "none", "bad", "0%"
		}
		row.Made, row.MadeNote = b.heardOfMade(t)
		for _, n := range t.Tools {
			tool := &b.tl.Tools[n]
			row.Tools = append(row.Tools, toolCell{tool.Name, toolTook(tool)})
		}
		row.Tokens, row.Cached = b.tokens(t.Responses)
		if price, ok := b.price(t); ok {
			row.Cost, row.CostBar = cents(price), percent(100*float64(price)/float64(dearest))
		}
		all = append(all, row)
	}
	return all
}

func toolTook(t *recording.ToolSpan) string {
	switch {
	case t.Open:
		return "no end"
	case !t.OK:
		return short(t.End-t.Begin) + ", " + cmp.Or(t.Error, "failed")
	default:
		return short(t.End - t.Begin)
	}
}

// said is what both sides said in a turn, in paragraphs.
func (b *builder) said(turn int) []said {
	t := &b.tl.Turns[turn]
	var all []said
	if t.Said >= 0 || t.User != "" {
		p := said{Caller: true, Who: "Caller", Heard: t.User}
		if p.Heard == "" {
			p.Note, p.NoteClass = "spoke "+seconds(max(0, t.Said-t.Begin))+" s", "note"
		}
		all = append(all, p)
	}
	for _, n := range t.Items {
		it := &b.tl.Items[n]
		p := said{Who: "Agent"}
		p.Heard, p.Unheard = split(it)
		if it.Text == "" {
			p.Note, p.NoteClass = heardOf(it), "note"
		}
		switch {
		case b.brokenOff(it):
			p.Note, p.NoteClass = strings.TrimPrefix(p.Note+", then the connection was lost", ", then "), "bad"
		case it.Cut && it.HeardLen == 0:
			p.Note, p.NoteClass = "never heard", "cut"
		}
		all = append(all, p)
	}
	for _, n := range t.Responses {
		r := &b.tl.Responses[n]
		if r.Status == "failed" || r.Status == "incomplete" {
			all = append(all, said{Who: "Agent", Note: "response " + r.Status, NoteClass: "bad"})
		}
	}
	if until, none := b.noReply(turn); none {
		all = append(all, said{Who: "Agent", Note: "nothing was heard for " + seconds(until-t.Said) + " s", NoteClass: "bad"})
	}
	return all
}

// heardOf says how much of an item was heard, and then how much was made.
func heardOf(it *recording.Item) string {
	switch {
	case it.Made-it.HeardLen < 100*recording.Millisecond:
		return "heard " + seconds(it.HeardLen) + " s"
	case it.HeardLen == 0:
		return "never heard, " + seconds(it.Made) + " s made"
	default:
		return "heard " + seconds(it.HeardLen) + " of " + seconds(it.Made) + " s"
	}
}

// brokenOff reports whether the connection was lost while an item arrived.
func (b *builder) brokenOff(it *recording.Item) bool {
	for _, n := range b.responsesOf(it) {
		r := &b.tl.Responses[n]
		if r.Status != "" {
			continue
		}
		for i := range b.tl.Outages {
			if o := &b.tl.Outages[i]; o.Begin >= it.Begin && o.Begin <= max(it.End, r.End) {
				return true
			}
		}
	}
	return false
}

func (b *builder) responsesOf(it *recording.Item) []int {
	i := slices.IndexFunc(b.tl.Responses, func(r recording.Response) bool { return r.ID == it.Response && r.ID != "" })
	if i < 0 {
		return nil
	}
	return []int{i}
}

// heardOfMade compares what was heard with what was made.
func (b *builder) heardOfMade(t *recording.Turn) (text, note string) {
	var made, heard recording.Micros
	for _, n := range t.Items {
		made += b.tl.Items[n].Made
		heard += b.tl.Items[n].HeardLen
	}
	if t.Cut {
		note = "cut"
	}
	if slices.ContainsFunc(t.Items, func(n int) bool { return b.brokenOff(&b.tl.Items[n]) }) {
		note = "broken off"
	}
	switch {
	case len(t.Items) == 0:
		return "", ""
	case made-heard < 100*recording.Millisecond:
		return one(made) + " s", note
	default:
		return one(heard) + " of " + one(made) + " s", note
	}
}

func one(m recording.Micros) string { return strconv.FormatFloat(m.Seconds(), 'f', 1, 64) }

// tokens adds up responses: input and output, and the part of the input from the cache.
func (b *builder) tokens(responses []int) (text, cached string) {
	var all recording.TokenCount
	for _, n := range responses {
		t := &b.tl.Responses[n].Tokens
		for _, c := range []recording.TokenCount{t.Text, t.Audio, t.Image} {
			all.In += c.In
			all.Cached += c.Cached
			all.Out += c.Out
		}
	}
	if all.In == 0 && all.Out == 0 {
		return "", ""
	}
	if all.Cached > 0 {
		cached = count(all.Cached)
	}
	return count(all.In) + " / " + count(all.Out), cached
}

// price adds up the responses of a turn. It is not ok if one has no price.
func (b *builder) price(t *recording.Turn) (microUSD int64, ok bool) {
	for _, n := range t.Responses {
		if b.bill.costs[n] < 0 {
			if r := &b.tl.Responses[n]; r.Contradicts || r.Tokens != (recording.Tokens{}) {
				return microUSD, false
			}
			continue
		}
		microUSD += b.bill.costs[n]
		ok = true
	}
	return microUSD, ok
}

// total is the last row, nil for a call of fewer than two turns.
func (b *builder) total() *total {
	if len(b.tl.Turns) < 2 {
		return nil
	}
	t := &total{}
	if waits := b.replies(); len(waits) > 0 {
		t.Reply, t.ReplyNote = seconds(median(waits))+" s", ""
		if len(waits) > 1 {
			t.ReplyNote = "median of " + count(int64(len(waits)))
		}
	}
	if made, heard := b.spoken(); made > 0 {
		t.Made = one(heard) + " of " + one(made) + " s"
	}
	if n := len(b.tl.Tools); n > 0 {
		t.Tools = plural(n, "call")
	}
	all := make([]int, len(b.tl.Responses))
	for i := range all {
		all[i] = i
	}
	t.Tokens, t.Cached = b.tokens(all)
	if b.bill.priced > 0 {
		t.Cost = cents(b.bill.total)
	}
	return t
}
