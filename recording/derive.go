package recording

import (
	"cmp"
	"slices"
)

// Timeline derives what happened. It never fails: what the recording does not say is
// missing. The result is a value of its own, derived anew by each call.
func (r *Recording) Timeline() *Timeline {
	b := &builder{
		rec: r, t: &Timeline{Length: r.Length()},
		anchor: map[int]Micros{}, started: map[string]int{}, items: map[part]int{}, responses: map[string]int{},
		tools: map[string]int{}, names: map[string]string{}, outputs: map[string]int{}, makers: map[string]string{},
		truncations: map[part]truncation{}, cutLines: map[part]bool{}, out: map[string]*Line{}, transcripts: map[part]int{}, pause: defaultPause, padding: defaultPadding,
	}
	for i := range r.Lines {
		switch x := r.Lines[i].Body.(type) {
		case *Tool:
			b.toolLines = true
		case *Heard:
			b.heardLines = true
		case *Frame:
			b.request(&r.Lines[i], x)
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
	b.timeTurns()
	b.findings()
	return b.t
}

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
