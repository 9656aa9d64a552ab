package view

import (
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/usage"
)

// note says what the sum leaves out.
func (b *bill) note() string {
	if b.unpriced == 0 {
		return ""
	}
	return "without " + plural(b.unpriced, "response")
}

func (b *builder) makeBill() bill {
	all := bill{costs: make([]int64, len(b.tl.Responses))}
	for i := range b.tl.Responses {
		r := &b.tl.Responses[i]
		cost, ok := b.cost(r)
		switch {
		case ok:
			all.priced++
			all.total += cost
			all.largest = max(all.largest, cost)
		case r.Tokens != recording.Tokens{}:
			all.unpriced++
		}
		if !ok {
			cost = -1
		}
		all.costs[i] = cost
	}
	return all
}

// cost returns what the recording says, and otherwise what the list of prices does.
func (b *builder) cost(r *recording.Response) (microUSD int64, ok bool) {
	if r.MicroUSD != nil {
		return *r.MicroUSD, true
	}
	t := &r.Tokens
	if *t == (recording.Tokens{}) {
		return 0, false
	}
	model := r.Model
	if s := b.rec.Header.Session; model == "" && s != nil {
		model = s.Model
	}
	cost, err := b.o.Prices.Cost(model, usage.Count{
		Input:  usage.Tokens{Text: t.Text.In, Audio: t.Audio.In, Image: t.Image.In},
		Cached: usage.Tokens{Text: t.Text.Cached, Audio: t.Audio.Cached, Image: t.Image.Cached},
		Output: usage.Tokens{Text: t.Text.Out, Audio: t.Audio.Out, Image: t.Image.Out},
	})
	if err != nil {
		return 0, false
	}
	total, err := cost.Total()
	return total.Micros(), err == nil
}
