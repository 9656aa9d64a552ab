package view

import (
	"slices"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/usage"
)

// note says what the sum leaves out, in short.
func (b *bill) note() string {
	if left := b.left(); left != "" {
		return "without " + left
	}
	return ""
}

// leavesOut says what the sum leaves out and why, "" if it leaves out nothing.
func (b *bill) leavesOut() string {
	left := b.left()
	if left == "" {
		return ""
	}
	return "The cost leaves out " + left + ": no price for " + strings.Join(b.models, ", ") + "."
}

func (b *bill) left() string {
	var parts []string
	if b.unpriced > 0 {
		parts = append(parts, plural(b.unpriced, "response"))
	}
	if b.transcripts > 0 {
		parts = append(parts, plural(b.transcripts, "transcript"))
	}
	return strings.Join(parts, ", ")
}

func (b *bill) add(cost int64) {
	b.priced++
	b.total += cost
}

// lacks notes a model without a price.
func (b *bill) lacks(model string) {
	if model == "" {
		model = "a model that the recording does not name"
	}
	if !slices.Contains(b.models, model) {
		b.models = append(b.models, model)
	}
}

func (b *builder) makeBill() bill {
	all := bill{costs: make([]int64, len(b.tl.Responses))}
	for i := range b.tl.Responses {
		r := &b.tl.Responses[i]
		model := r.Model
		if s := b.rec.Header.Session; model == "" && s != nil {
			model = s.Model
		}
		used := r.Contradicts || r.Tokens != recording.Tokens{}
		cost, ok := b.cost(model, r.MicroUSD, &r.Tokens, 0)
		ok = ok && !r.Contradicts && (used || r.MicroUSD != nil)
		switch {
		case ok:
			all.add(cost)
			all.largest = max(all.largest, cost)
		case r.Contradicts:
			all.unpriced++
			all.lacks("counts that do not add up")
		case used:
			all.unpriced++
			all.lacks(model)
		}
		if !ok {
			cost = -1
		}
		all.costs[i] = cost
	}
	for i := range b.tl.Transcripts {
		t := &b.tl.Transcripts[i]
		cost, ok := b.cost(t.Model, t.MicroUSD, &t.Tokens, t.AudioMS)
		if used := t.Tokens != (recording.Tokens{}) || t.AudioMS > 0; ok && (used || t.MicroUSD != nil) {
			all.add(cost)
			continue
		}
		all.transcripts++
		all.lacks(t.Model)
	}
	return all
}

// cost returns what the recording says, and otherwise what the list of prices does.
func (b *builder) cost(model string, known *int64, t *recording.Tokens, audioMS int64) (microUSD int64, ok bool) {
	if known != nil {
		return *known, true
	}
	cost, err := b.o.Prices.Cost(model, usage.Count{
		Input:  usage.Tokens{Text: t.Text.In, Audio: t.Audio.In, Image: t.Image.In},
		Cached: usage.Tokens{Text: t.Text.Cached, Audio: t.Audio.Cached, Image: t.Image.Cached},
		Output: usage.Tokens{Text: t.Text.Out, Audio: t.Audio.Out, Image: t.Image.Out},
		Audio:  time.Duration(audioMS) * time.Millisecond,
	})
	if err != nil {
		return 0, false
	}
	total, err := cost.Total()
	return total.Micros(), err == nil
}
