package voice

import "time"

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
	s.playing = true
	if s.player != nil {
		s.account.wrote(now, p, len(frame))
	}
	st, give := step{part: p, frame: frame, generation: s.account.generation}, s.outlet.give
	s.mu.Unlock()
	err := give(st)
	s.mu.Lock()
	if err != nil {
		return nil
	}
	after := time.Now()
	if took := after.Sub(now); took > promptly {
		s.buffer = nil
		s.warn.Warn("the line has room and blocks: it is given sound by a goroutine of its own from now on", "took", took)
	}
	s.rouse(after)
	return sound[n:]
}

// promptly is how long a Play takes at most that does not block, on a busy machine.
const promptly = 200 * time.Millisecond

// direct reports whether sound of a part that arrives may be played before it is queued:
// nothing else waits or is being played, and no mark is needed.
func (s *speaker) direct(x *speech, p *part) bool {
	if s.buffer == nil || s.outlet.give == nil || s.playing || s.clearing > 0 || x.convert != nil || p.done || p.sound.len() > 0 {
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
