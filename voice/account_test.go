package voice

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
)

const ms = time.Millisecond

// sheet is an account of a line with G.711, of which a byte plays for 125 µs, at a clock
// of its own.
type sheet struct {
	account

	began time.Time
}

func newSheet(by Evidence) *sheet {
	return &sheet{newAccount(audio.ULaw, by), time.Unix(1_800_000_000, 0)}
}

func (s *sheet) at(d time.Duration) time.Time { return s.began.Add(d) }

// give counts a frame that was played at a time.
func (s *sheet) give(at time.Duration, p *part, d time.Duration) {
	n := s.format.Bytes(d)
	p.received += n
	p.taken += n
	s.wrote(s.at(at), p, n)
}

// heardAt returns how much of a part was heard at a time.
func (s *sheet) heardAt(at time.Duration, p *part, played ...time.Duration) time.Duration {
	n := 0
	for _, d := range played {
		n = s.format.Bytes(d)
	}
	s.advance(s.at(at), n)
	return s.format.Duration(p.heard)
}

const sample = 125 * time.Microsecond

func TestMarksProveWhatWasHeard(t *testing.T) {
	t.Parallel()
	s, p := newSheet(ByMark), &part{}
	require.True(t, s.wantsMark(s.at(0), 100), "before the first sound")
	first := s.mark(s.at(0))
	s.give(0, p, 100*ms)
	second := s.mark(s.at(0))
	s.give(0, p, 100*ms)
	third := s.mark(s.at(0))
	assert.Zero(t, s.heardAt(50*ms, p), "nothing has come back")
	s.returned(s.at(50*ms), first)
	assert.Equal(t, 10*ms, s.heardAt(60*ms, p), "since the first mark")
	assert.Equal(t, 100*ms-sample, s.heardAt(300*ms, p), "the second has not come back")
	s.returned(s.at(310*ms), second)
	assert.Equal(t, 130*ms, s.heardAt(340*ms, p))
	s.returned(s.at(350*ms), second)
	s.returned(s.at(350*ms), first)
	assert.Equal(t, 140*ms, s.heardAt(350*ms, p), "again, and late, they prove nothing")
	s.returned(s.at(360*ms), newMark(1, 9))
	assert.Equal(t, 150*ms, s.heardAt(360*ms, p), "nor does one that was not sent")
	s.returned(s.at(370*ms), third)
	assert.Equal(t, 200*ms, s.heardAt(370*ms, p))
	assert.Equal(t, ByMark, p.how)
}

func TestALaterMarkStandsForEarlierOnes(t *testing.T) {
	t.Parallel()
	s, p := newSheet(ByMark), &part{}
	s.mark(s.at(0))
	s.give(0, p, 100*ms)
	lost := s.mark(s.at(0))
	s.give(0, p, 100*ms)
	s.returned(s.at(250*ms), s.mark(s.at(0)))
	assert.Equal(t, 200*ms, s.heardAt(250*ms, p))
	s.returned(s.at(260*ms), lost)
	assert.Equal(t, 200*ms, s.heardAt(400*ms, p))
}

func TestMarksOnly(t *testing.T) {
	t.Parallel()
	s, p := newSheet(ByMark), &part{}
	s.strict = true
	first := s.mark(s.at(0))
	s.give(0, p, 100*ms)
	second := s.mark(s.at(0))
	s.returned(s.at(0), first)
	assert.Zero(t, s.heardAt(90*ms, p))
	s.returned(s.at(100*ms), second)
	assert.Equal(t, 100*ms, s.heardAt(100*ms, p))
}

// TestNothingIsCountedOverAGap plays sound after a silence that no mark ends: the time
// since the mark before it proves nothing.
func TestNothingIsCountedOverAGap(t *testing.T) {
	t.Parallel()
	s, p := newSheet(ByMark), &part{}
	first := s.mark(s.at(0))
	s.give(0, p, 100*ms)
	s.returned(s.at(0), first)
	assert.Equal(t, 90*ms, s.heardAt(90*ms, p))
	s.give(200*ms, p, 300*ms)
	assert.Equal(t, 100*ms-sample, s.heardAt(400*ms, p))
	s.returned(s.at(510*ms), s.mark(s.at(500*ms)))
	assert.Equal(t, 400*ms, s.heardAt(510*ms, p))
}

// TestAMarkInSilenceIsNoBeginning lets the mark of a silence come back long before the
// sound behind it.
func TestAMarkInSilenceIsNoBeginning(t *testing.T) {
	t.Parallel()
	s, p := newSheet(ByMark), &part{}
	s.returned(s.at(0), s.mark(s.at(0)))
	s.give(700*ms, p, 300*ms)
	assert.Equal(t, 50*ms, s.heardAt(750*ms, p))
	end := s.mark(s.at(750 * ms))
	s.returned(s.at(1000*ms), end)
	assert.Equal(t, 300*ms, s.heardAt(1000*ms, p))
	require.True(t, s.wantsMark(s.at(1500*ms), 800), "the next sound begins in silence")
	begin := s.mark(s.at(1500 * ms))
	s.give(1500*ms, p, 300*ms)
	assert.Equal(t, 300*ms, s.heardAt(1600*ms, p), "the mark has not come back")
	s.returned(s.at(1600*ms), begin)
	assert.Equal(t, 320*ms, s.heardAt(1620*ms, p))
}

func TestMarksAfterAClear(t *testing.T) {
	t.Parallel()
	s, p := newSheet(ByMark), &part{}
	first := s.mark(s.at(0))
	s.give(0, p, 100*ms)
	second := s.mark(s.at(0))
	s.returned(s.at(0), first)
	assert.Equal(t, 40*ms, s.heardAt(40*ms, p))
	s.clear()
	s.returned(s.at(50*ms), second)
	assert.Equal(t, 40*ms, s.heardAt(90*ms, p), "of what was dropped nothing more is heard")
	q := &part{}
	next := s.mark(s.at(100 * ms))
	assert.Equal(t, newMark(2, 1), next)
	s.give(100*ms, q, 100*ms)
	s.returned(s.at(110*ms), first)
	s.returned(s.at(110*ms), second)
	assert.Zero(t, s.heardAt(150*ms, q), "marks of an earlier generation")
	s.returned(s.at(150*ms), next)
	assert.Equal(t, 10*ms, s.heardAt(160*ms, q))
}

// TestLostMarks waits for marks that never come: the clock takes their place.
func TestLostMarks(t *testing.T) {
	t.Parallel()
	s, p := newSheet(ByMark), &part{}
	s.mark(s.at(0))
	s.give(0, p, 100*ms)
	s.mark(s.at(0))
	wake, ok := s.wake(s.at(0))
	require.True(t, ok)
	assert.Equal(t, s.at(20*ms), wake, "whether the first of it is heard")
	assert.Zero(t, s.heardAt(5099*ms, p))
	assert.Equal(t, 100*ms, s.heardAt(5100*ms, p))
	assert.Equal(t, ByClock, p.how)
	_, ok = s.wake(s.at(5100 * ms))
	assert.False(t, ok)
	q := &part{}
	s.give(6000*ms, q, 100*ms)
	s.returned(s.at(6200*ms), s.mark(s.at(6000*ms)))
	assert.Equal(t, 100*ms, s.heardAt(6200*ms, q))
	assert.Equal(t, ByMark, q.how, "marks that come back count again")
}

func TestByDevice(t *testing.T) {
	t.Parallel()
	s, p, q := newSheet(ByDevice), &part{}, &part{}
	s.give(0, p, 100*ms)
	s.give(0, q, 100*ms)
	assert.Equal(t, 30*ms, s.heardAt(0, p, 30*ms))
	assert.Zero(t, q.heard)
	assert.Equal(t, 100*ms, s.heardAt(0, p, 120*ms))
	assert.Equal(t, 20*ms, s.heardAt(0, q, 120*ms))
	assert.Equal(t, 100*ms, s.heardAt(0, q, 500*ms), "more than it was given is silence")
	assert.Equal(t, ByDevice, q.how)
}

func TestByClock(t *testing.T) {
	t.Parallel()
	s, p := newSheet(ByClock), &part{}
	s.latency = 150 * ms
	s.give(0, p, 100*ms)
	s.give(50*ms, p, 100*ms) // Behind the first.
	assert.Zero(t, s.heardAt(150*ms, p))
	assert.Equal(t, 30*ms, s.heardAt(180*ms, p))
	s.give(500*ms, p, 100*ms) // After a silence.
	assert.Equal(t, 150*ms, s.heardAt(300*ms, p))
	assert.Equal(t, 200*ms, s.heardAt(640*ms, p))
	assert.Equal(t, 240*ms, s.heardAt(690*ms, p))
	assert.Equal(t, 300*ms, s.heardAt(time.Second, p))
	assert.Equal(t, ByClock, p.how)
}
