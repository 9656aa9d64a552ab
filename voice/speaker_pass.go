package voice

import (
	"time"

	"github.com/voicelane/realtime-go/gen/api"
)

// pass gives the line sound that has just arrived, on the goroutine that received it, where
// the line takes it without blocking and it is the sound's turn. It returns what is left for
// the writer. The lock is held before and after, and released while the line is called.
func (s *speaker) pass(x *speech, p *part, sound []byte) []byte {
	if !s.direct(x, p) {
		return sound
	}
	now := time.Now()
	s.count(now)
	n := s.fits(now, len(sound))
	if n == 0 {
		return sound
	}
	frame := sound[:n:n]
	if s.convert != nil {
		s.frame = s.convert.Append(s.frame[:0], frame)
		frame = s.frame
	}
	p.taken += n
	if !s.hand(now, p, frame) {
		return nil
	}
	s.rouse(now)
	return sound[n:]
}

// hand plays a frame on the goroutine that received it. It reports whether the line has taken
// it. The lock is released meanwhile.
func (s *speaker) hand(now time.Time, p *part, frame []byte) bool {
	s.playing = true
	if s.player != nil {
		s.account.wrote(now, p, len(frame))
	}
	st, o := step{part: p, frame: frame, generation: s.account.generation}, s.outlet
	s.mu.Unlock()
	var err error
	if len(frame) > 0 {
		err = s.line.Play(o.ctx, frame)
	}
	after := time.Now()
	s.mu.Lock()
	if err = s.gave(o.ctx, st, after, err); err != nil {
		s.outlet = outlet{}
		o.fail(err)
		return false
	}
	if took := after.Sub(now); took > promptly {
		s.buffer = nil
		s.mu.Unlock() // A log may block.
		s.warn.Warn("the line has room and blocks: it is given sound by a goroutine of its own from now on", "took", took)
		s.mu.Lock()
	}
	if p.done {
		s.wake() // It ended meanwhile, which the writer may have seen when it could not play the end.
	}
	return true
}

// follow enables the fast path, passes, for a part of which pass has played some. Sound that is
// converted, or shown to taps as it is heard, always takes pass.
func (s *speaker) follow(p *part, e *api.ResponseOutputAudioDelta) {
	if s.account.observe == nil && s.convert == nil && s.buffer != nil {
		s.passing = p
		p.response, p.item = e.ResponseID, e.ItemID // The same text, in memory that decoding touches.
	}
}

// mostRuns bounds the sound without gaps that is counted later.
const mostRuns = 16

// passes is add for sound of a part that passes the writer by. It reports whether it has
// played the sound.
func (s *speaker) passes(e *api.ResponseOutputAudioDelta) bool {
	p := s.passing
	switch {
	case p == nil || p.response != e.ResponseID || p.item != e.ItemID || p.content != e.ContentIndex:
		return false
	case p.done || p.stopped || p.sound.len() > 0 || s.playing || s.clearing > 0 || s.buffer == nil || s.outlet.ctx == nil:
		return false
	case len(e.Delta)%s.from.SampleSize() > 0 || len(s.account.runs) > mostRuns || s.buffer.Room() < len(e.Delta):
		return false
	}
	now := time.Now()
	if s.account.until.Sub(now)+s.to.Duration(len(e.Delta)) > s.ahead {
		return false
	}
	p.received += len(e.Delta)
	p.taken += len(e.Delta)
	s.hand(now, p, e.Delta)
	return true
}

// promptly bounds a Play that does not block, on a busy machine.
const promptly = 200 * time.Millisecond

// direct reports whether sound of a part that arrives may be played before it is queued:
// nothing else waits or is being played, and no mark is needed.
func (s *speaker) direct(x *speech, p *part) bool {
	if s.buffer == nil || s.outlet.ctx == nil || s.playing || s.clearing > 0 || x.convert != nil || p.done || p.sound.len() > 0 {
		return false
	}
	for _, q := range s.queue {
		if q == p {
			return true
		}
		if !q.flushed {
			return false
		}
	}
	return false
}

// fits returns how many bytes of arrived sound, in whole samples, the line takes now: all of
// it, or at least what the writer plays at a time, or 0.
func (s *speaker) fits(now time.Time, size int) int {
	size -= size % s.from.SampleSize()
	room := min(s.buffer.Room(), s.to.Bytes(max(s.ahead-s.account.ahead(now), 0)))
	if s.convert != nil {
		room = s.from.Bytes(max(s.to.Duration(room)-converterSlack, 0))
	}
	switch {
	case room >= size:
		return size
	case room >= s.from.Bytes(frameMost):
		return room - room%s.from.SampleSize()
	default:
		return 0
	}
}

// converterSlack is more than the sound that a converter holds back, and returns with what
// follows.
const converterSlack = 10 * time.Millisecond

// rouse has the writer look again, if something is due earlier than it would look.
func (s *speaker) rouse(now time.Time) {
	wait := s.pause(now, false)
	if s.writing && now.Add(wait).Before(s.looks) || !s.writing && wait < forChange {
		s.wake()
	}
}
