package line

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
)

var schedules = flag.Int("schedules", 60, "random schedules of the ledger")

// phone is a carrier with a playout clock, behind a network with jitter. The ledger under
// test knows nothing of it.
type phone struct {
	rng      *rand.Rand
	f        audio.Format
	latency  time.Duration
	jitter   time.Duration
	returns  int // what a clear does with pending marks: 0 returns, 1 drops, 2 keeps them
	toPhone  []parcel
	fromHere []parcel
	pieces   []played
	pending  []parcel // marks that wait for their sound; at is when it has played
}

// parcel is a message on its way: sound of n bytes, a mark, or a clear.
type parcel struct {
	at                 time.Time
	generation, number uint32
	n                  int
	clear              bool
}

// played is sound that was or will be heard.
type played struct {
	generation uint32
	begin, end time.Time
}

func (p *phone) put(q []parcel, now time.Time, m parcel) []parcel {
	m.at = now.Add(p.latency + time.Duration(p.rng.Int64N(int64(p.jitter)+1)))
	if n := len(q); n > 0 && m.at.Before(q[n-1].at) {
		m.at = q[n-1].at
	}
	return append(q, m)
}

func (p *phone) until(now time.Time) time.Time {
	if n := len(p.pieces); n > 0 && p.pieces[n-1].end.After(now) {
		return p.pieces[n-1].end
	}
	return now
}

// advance handles what arrives at the phone, and returns the marks that arrive back.
func (p *phone) advance(now time.Time) (marks []parcel) {
	for len(p.toPhone) > 0 && !p.toPhone[0].at.After(now) {
		m := p.toPhone[0]
		p.toPhone = p.toPhone[1:]
		p.playedUp(m.at)
		switch {
		case m.clear:
			p.drop(m.at)
		case m.n > 0:
			begin := p.until(m.at)
			p.pieces = append(p.pieces, played{m.generation, begin, begin.Add(p.f.Duration(m.n))})
		default:
			m.at = p.until(m.at)
			p.pending = append(p.pending, m)
		}
	}
	p.playedUp(now)
	for len(p.fromHere) > 0 && !p.fromHere[0].at.After(now) {
		marks = append(marks, p.fromHere[0])
		p.fromHere = p.fromHere[1:]
	}
	return marks
}

// playedUp returns the marks whose sound has played.
func (p *phone) playedUp(now time.Time) {
	for len(p.pending) > 0 && !p.pending[0].at.After(now) {
		m := p.pending[0]
		p.pending = p.pending[1:]
		p.fromHere = p.put(p.fromHere, m.at, m)
	}
}

// drop clears what was not heard.
func (p *phone) drop(now time.Time) {
	for i := range p.pieces {
		if s := &p.pieces[i]; s.end.After(now) {
			s.end = now
			if s.begin.After(now) {
				s.begin = now
			}
		}
	}
	switch p.returns {
	case 0:
		for _, m := range p.pending {
			p.fromHere = p.put(p.fromHere, now, m)
		}
		p.pending = nil
	case 1:
		p.pending = nil
	}
}

// heard returns how much of a generation was heard.
func (p *phone) heard(now time.Time, generation uint32) (d time.Duration) {
	for _, s := range p.pieces {
		if s.generation == generation && s.begin.Before(now) {
			d += min(s.end.Sub(s.begin), now.Sub(s.begin))
		}
	}
	return d
}

// TestLedgerInRandomSchedules lets sound, marks and clears pass a network with jitter. What
// the ledger takes for heard never exceeds what the phone has played of the generation,
// never falls, and is all of it in the end.
func TestLedgerInRandomSchedules(t *testing.T) {
	t.Parallel()
	for seed := range *schedules {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			playLedger(t, rand.New(rand.NewPCG(uint64(seed), 1)))
		})
	}
}

func playLedger(t *testing.T, rng *rand.Rand) {
	t.Helper()
	f := audio.ULaw
	const frame = 160
	l := &ledger{format: f, every: f.Bytes(100 * time.Millisecond), guard: 100 * time.Millisecond, generation: 1}
	p := &phone{
		rng: rng, f: f, returns: rng.IntN(3),
		latency: time.Duration(rng.IntN(80)) * time.Millisecond, jitter: time.Duration(rng.IntN(100)) * time.Millisecond,
	}
	now := time.Unix(0, 0)
	mark := func() { p.toPhone = p.put(p.toPhone, now, parcel{generation: l.generation, number: l.mark(now)}) }
	most := 0
	tick := func() {
		now = now.Add(time.Duration(1+rng.IntN(9)) * time.Millisecond)
		for _, m := range p.advance(now) {
			require.True(t, l.returned(now, m.generation, m.number) || m.generation == l.generation, "a mark that was sent is unknown")
		}
		if l.wantsMark(now, true) {
			mark()
		}
		got, truth := l.played(now), p.heard(now, l.generation)
		require.LessOrEqual(t, f.Duration(got), truth, "at %v, generation %d", now.Sub(time.Unix(0, 0)), l.generation)
		require.GreaterOrEqual(t, got, most)
		most = got
	}
	for range 30 {
		switch rng.IntN(4) {
		case 0: // Sound, and more of it at once if the carrier is cleared at once.
			for range rng.IntN(60) {
				l.wrote(now, frame, 0)
				p.toPhone = p.put(p.toPhone, now, parcel{generation: l.generation, n: frame})
				if l.wantsMark(now, false) {
					mark()
				}
			}
		case 1:
			l.clear()
			most = 0
			p.toPhone = p.put(p.toPhone, now, parcel{clear: true})
		default:
			for range rng.IntN(60) {
				tick()
			}
		}
	}
	for range 4000 {
		tick()
	}
	assert.Equal(t, l.written, l.played(now))
	assert.False(t, l.guessed)
	assert.Empty(t, l.marks)
}

// TestMarksOfClearedSoundProveNothing gives a ledger marks of the generation before, whose
// numbers those of the present one have as well.
func TestMarksOfClearedSoundProveNothing(t *testing.T) {
	t.Parallel()
	l := &ledger{format: audio.ULaw, every: 800, guard: 100 * time.Millisecond, generation: 1}
	now := time.Unix(0, 0)
	play := func() (numbers []uint32) {
		for range 50 {
			l.wrote(now, 160, 0)
			if l.wantsMark(now, false) {
				numbers = append(numbers, l.mark(now))
			}
		}
		return numbers
	}
	old := play()
	l.clear()
	next := play()
	require.Equal(t, old, next, "numbers begin again, so that only the generation tells marks apart")
	now = now.Add(500 * time.Millisecond)
	for _, n := range old {
		assert.True(t, l.returned(now, 1, n), "it is known")
	}
	assert.Zero(t, l.played(now), "sound that was cleared counts as heard")
	assert.Len(t, l.marks, len(next))
	assert.False(t, l.returned(now, 3, next[0]), "a generation to come")
	assert.False(t, l.returned(now, 0, next[0]))
	assert.False(t, l.returned(now, 2, slices.Max(next)+1), "a mark that was not sent")
	assert.True(t, l.returned(now, 2, next[0]))
	assert.Equal(t, 160, l.played(now))
}

// TestClockStopsAtTheNextMark holds up a carrier for longer than the guard: the clock goes
// on no further than the mark that has not come back.
func TestClockStopsAtTheNextMark(t *testing.T) {
	t.Parallel()
	l := &ledger{format: audio.ULaw, every: 800, guard: 100 * time.Millisecond, generation: 1}
	now := time.Unix(0, 0)
	for range 50 {
		l.wrote(now, 160, 0)
		if l.wantsMark(now, false) {
			l.mark(now)
		}
	}
	now = now.Add(time.Second)
	returned, next := l.marks[len(l.marks)-4], l.marks[len(l.marks)-3]
	require.True(t, l.returned(now, 1, returned.number))
	assert.Equal(t, returned.at, l.played(now))
	assert.Equal(t, returned.at+80, l.played(now.Add(10*time.Millisecond)))
	assert.Equal(t, next.at-1, l.played(now.Add(2*time.Second)))
	assert.False(t, l.guessed)
	assert.Equal(t, l.written, l.played(now.Add(time.Minute)), "marks that are lost hold up nothing")
	assert.True(t, l.guessed, "and the evidence is the clock")
}

// TestNothingIsHeardFasterThanItPlays has a carrier return marks as soon as it has them.
func TestNothingIsHeardFasterThanItPlays(t *testing.T) {
	t.Parallel()
	l := &ledger{format: audio.ULaw, every: 800, guard: 100 * time.Millisecond, generation: 1}
	now := time.Unix(0, 0)
	for range 50 {
		l.wrote(now, 160, 0)
	}
	last := l.mark(now)
	now = now.Add(250 * time.Millisecond)
	require.True(t, l.returned(now, 1, last))
	assert.Equal(t, audio.ULaw.Bytes(250*time.Millisecond), l.played(now))
}

// TestMarksFollowEachOther writes frames at random times: no two marks have more than 100 ms
// of sound between them, or one frame where frames are longer.
func TestMarksFollowEachOther(t *testing.T) {
	t.Parallel()
	for _, frame := range []time.Duration{20 * time.Millisecond, 30 * time.Millisecond, 200 * time.Millisecond} {
		rng := rand.New(rand.NewPCG(uint64(frame), 1))
		n := audio.ULaw.Bytes(frame)
		every := audio.ULaw.Bytes(100 * time.Millisecond)
		l := &ledger{format: audio.ULaw, every: every, guard: 100 * time.Millisecond, generation: 1}
		now := time.Unix(0, 0)
		for range 500 {
			l.wrote(now, n, 0)
			if l.wantsMark(now, rng.IntN(5) == 0) {
				l.mark(now)
			}
			now = now.Add(time.Duration(rng.Int64N(int64(2 * frame))))
		}
		at := 0
		for _, m := range l.marks {
			require.LessOrEqual(t, m.at-at, max(every, n))
			at = m.at
		}
	}
}
