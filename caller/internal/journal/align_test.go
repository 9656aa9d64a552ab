package journal

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const tick = 10 * time.Millisecond

// play is a telephone that plays answers one after another, and knows which.
type play struct {
	e     Events
	now   time.Duration
	delay time.Duration // from the arrival of an answer to its sound
	queue []*item
	left  map[*item]time.Duration // what is not played yet
	heard map[string]time.Duration
	began map[string]time.Duration
}

func newPlay() *play {
	return &play{left: map[*item]time.Duration{}, heard: map[string]time.Duration{}, began: map[string]time.Duration{}}
}

// arrive lets a whole answer arrive.
func (p *play) arrive(made time.Duration) {
	it := p.e.item(fmt.Sprint("item ", len(p.e.items)))
	it.First, it.Made, it.text = p.now, made, "one two three four"
	p.queue, p.left[it] = append(p.queue, it), made
}

// cut drops what has not sounded, as an interruption does.
func (p *play) cut() {
	for _, it := range p.queue {
		p.e.cuts = append(p.e.cuts, cut{item: it.id, At: p.now, Kept: p.heard[it.id]})
	}
	p.queue = nil
}

func (p *play) pass(d time.Duration) {
	for range d / tick {
		if len(p.queue) > 0 && p.now >= p.queue[0].First+p.delay {
			it := p.queue[0]
			p.e.Hear(p.now, tick, true)
			if p.heard[it.id] == 0 {
				p.began[it.id] = p.now
			}
			p.heard[it.id] += tick
			if p.left[it] -= tick; p.left[it] <= 0 {
				p.queue = p.queue[1:]
			}
		}
		p.now += tick
	}
}

// TestWhatWasHeardIsFoundInRandomSchedules plays answers at random, several in a row and
// cut at any moment, and finds out from the sound alone what was heard of each.
func TestWhatWasHeardIsFoundInRandomSchedules(t *testing.T) {
	t.Parallel()
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 7))
		p := newPlay()
		p.delay = time.Duration(rng.IntN(8)) * tick
		for range 30 {
			switch rng.IntN(4) {
			case 0, 1:
				p.arrive(time.Duration(1+rng.IntN(300)) * tick)
			case 2:
				p.cut()
				p.pass(2 * tick)
			}
			p.pass(time.Duration(rng.IntN(200)) * tick)
		}
		p.pass(time.Minute)
		all := p.e.align()
		require.Len(t, all, len(p.e.items))
		for _, h := range all {
			require.Equal(t, p.heard[h.id], h.Heard, "seed %d, %s", seed, h.id)
			if h.Heard > 0 {
				require.Equal(t, p.began[h.id], h.began, "seed %d, %s", seed, h.id)
			}
			if h.Cut != nil {
				require.Equal(t, h.Heard, h.Cut.Kept)
			}
		}
	}
}

func TestWordsOfWhatWasHeard(t *testing.T) {
	t.Parallel()
	it := &item{Made: 4 * time.Second, text: "one two three four"}
	assert.Equal(t, it.text, HeardItem{item: it, Heard: 4 * time.Second}.words())
	assert.Equal(t, "one two", HeardItem{item: it, Heard: 2 * time.Second}.words())
	assert.Empty(t, HeardItem{item: it}.words())
}

// TestSilence is a table of calls: what sounds, and what the agent has to do.
func TestSilence(t *testing.T) {
	t.Parallel()
	const s = time.Second
	caller := func(from, to time.Duration) Utterance { return Utterance{Span: Span{from, to}} }
	for name, c := range map[string]struct {
		e    Events
		want Span
	}{
		"before the answer":     {Events{Spoke: []Utterance{caller(0, 2*s)}, Audible: []Span{{5 * s, 6 * s}}}, Span{2 * s, 5 * s}},
		"without an answer":     {Events{Spoke: []Utterance{caller(0, 2*s)}}, Span{2 * s, 10 * s}},
		"within the answer":     {Events{Spoke: []Utterance{caller(0, 2*s)}, Audible: []Span{{3 * s, 4 * s}, {8 * s, 9 * s}}}, Span{4 * s, 8 * s}},
		"the caller's turn":     {Events{Spoke: []Utterance{caller(0, 2*s), caller(8*s, 10*s)}, Audible: []Span{{3 * s, 4 * s}}}, Span{2 * s, 3 * s}},
		"a tool at the end":     {Events{Audible: []Span{{1 * s, 2 * s}}, Calls: []*ToolCall{{At: 2 * s, Answered: 7 * s}}}, Span{2 * s, 7 * s}},
		"a response at the end": {Events{Audible: []Span{{0, 2 * s}}, responses: []*response{{created: 1 * s}}}, Span{2 * s, 10 * s}},
		"an outage at the end":  {Events{Audible: []Span{{0, 2 * s}}, Outages: []outage{{Lost: 1 * s, Restored: 5 * s}}}, Span{2 * s, 5 * s}},
		"both at once":          {Events{Spoke: []Utterance{caller(0, 5*s)}, Audible: []Span{{4 * s, 10 * s}}}, Span{}},
	} {
		m := &Moment{Span: Span{0, 10 * s}, Step: -1, All: &c.e}
		assert.Equal(t, c.want, m.Silence(), name)
	}
}
