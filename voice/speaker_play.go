package voice

import (
	"context"
	"slices"
	"time"
)

const (
	// frameMost is the length of sound that a line is given at a time.
	frameMost = 60 * time.Millisecond
	// frameLeast is the shortest cut before a mark.
	frameLeast = 5 * time.Millisecond
	// markAfter is how long a pause in the middle of an item is before a mark is set there.
	markAfter = 50 * time.Millisecond
	// forChange is the wait of a writer that has nothing to do before the next change.
	forChange = time.Hour
)

// step is what the writer does next: it plays a frame, sets a mark, or waits.
type step struct {
	part       *part
	frame      []byte
	mark       Mark
	generation uint32
	wait       time.Duration
}

// outlet is what plays, from the beginning of Run to its end. The zero value plays nothing
// any more.
type outlet struct {
	ctx   context.Context //nolint:containedctx // Run's own, which the receiving from one session is not. Nil: nothing is played.
	start func()          // starts the writer, a goroutine that calls play
	fail  func(error)     // takes the error of the line
}

// open sets what plays from now on.
func (s *speaker) open(o outlet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outlet = o
	s.wake()
}

// wake has the writer look for its next step, after a change. The lock is held.
func (s *speaker) wake() {
	switch {
	case s.writing:
		signal(s.kick)
	case s.outlet.start != nil:
		s.writing = true
		s.outlet.start()
	}
}

// play gives the line what is queued. It returns nil once no response is live and the next
// step waits for a change, which starts the writer again, and the error of ctx or the line
// otherwise.
func (s *speaker) play(ctx context.Context) error {
	timer := time.NewTimer(forChange)
	defer timer.Stop()
	for {
		st, ok := s.step(ctx)
		if !ok {
			return ctx.Err()
		}
		var err error
		switch {
		case st.part != nil:
			err = s.give(ctx, st)
		case st.mark != 0:
			err = s.marker.Mark(ctx, st.mark)
		default:
			timer.Reset(st.wait)
			select {
			case <-s.kick:
			case <-timer.C:
			case <-ctx.Done():
			}
		}
		if err != nil {
			s.open(outlet{})
			return err
		}
	}
}

// step returns the next step of the writer, or false if it ends.
func (s *speaker) step(ctx context.Context) (st step, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks = time.Time{}
	if ctx.Err() == nil {
		now := time.Now()
		st = s.next(now)
		ok = st.wait < forChange || len(s.live) > 0
		if st.part == nil && st.mark == 0 {
			s.looks = now.Add(st.wait)
		}
	}
	s.writing = ok
	return st, ok
}

// give plays a frame.
func (s *speaker) give(ctx context.Context, st step) error {
	var err error
	if len(st.frame) > 0 {
		err = s.line.Play(ctx, st.frame)
	}
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gave(ctx, st, now, err)
}

// gave counts a frame that the line has had since a time. If the sound was stopped meanwhile,
// the line may have taken the frame after it was cleared, and is cleared once more.
func (s *speaker) gave(ctx context.Context, st step, now time.Time, err error) error {
	s.playing, st.part.playing = false, false
	switch {
	case err != nil:
		return err
	case s.account.generation != st.generation:
		return s.clear(ctx)
	case s.player == nil:
		s.account.wrote(now, st.part, len(st.frame))
	}
	return nil
}

// clear drops what the line has. Nothing is played meanwhile: it would be dropped as well. The
// lock is held before and after.
func (s *speaker) clear(ctx context.Context) error {
	s.clearing++
	s.mu.Unlock()
	err := s.line.Clear(ctx)
	s.mu.Lock()
	s.clearing--
	s.wake()
	return err
}

// next advances the account and returns the next step.
func (s *speaker) next(now time.Time) step {
	s.advance(now)
	if s.clearing > 0 || s.playing {
		return step{wait: s.pause(now, false)} // What is due meanwhile is no matter of the line.
	}
	p, more := s.ready()
	if s.marker != nil && s.wantsMark(now, p, more) {
		s.ended, s.emptyAt = false, time.Time{}
		return step{mark: s.account.mark(now)}
	}
	if p == nil {
		return step{wait: s.pause(now, more)}
	}
	if over := s.account.ahead(now) - s.ahead; over >= 0 {
		return step{wait: min(max(over, frameMost), s.pause(now, false))}
	}
	s.emptyAt = time.Time{}
	s.playing = true
	s.take(p)
	p.playing = s.player == nil
	if s.player != nil {
		// The device's count is the evidence: the frame may be heard before Play returns.
		s.account.wrote(now, p, len(s.frame))
	}
	return step{part: p, frame: s.frame, generation: s.account.generation}
}

// ready returns the part that is played next, nil if there is none. more reports whether
// that is because more of the playing one is to come.
func (s *speaker) ready() (p *part, more bool) {
	for _, p := range s.queue {
		switch {
		case p.sound.len() >= s.from.SampleSize(), p.done && !p.flushed:
			return p, false
		case !p.done:
			return nil, true
		}
	}
	return nil, false
}

// wantsMark reports whether a mark comes next: before sound after a silence, in
// intervals, after the end of an item, and in a pause.
func (s *speaker) wantsMark(now time.Time, p *part, more bool) bool {
	unmarked := s.account.written > s.account.marked
	switch {
	case s.ended && unmarked:
		return true
	case p != nil:
		return s.account.wantsMark(now, s.every)
	case !more || !unmarked:
		return unmarked
	case s.emptyAt.IsZero():
		s.emptyAt = now
		return false
	default:
		return now.Sub(s.emptyAt) >= markAfter
	}
}

// take moves the next frame of a part to s.frame, in the line's format.
func (s *speaker) take(p *part) {
	s.frame = s.frame[:0]
	n := s.from.Bytes(frameMost)
	if s.marker != nil {
		until := s.to.Duration(s.every - (s.account.written - s.account.marked))
		n = min(n, s.from.Bytes(max(until, frameLeast)))
	}
	n = min(n, p.sound.len()-p.sound.len()%s.from.SampleSize())
	sound := p.sound.pop(max(n, 0))
	p.taken += len(sound)
	if s.convert == nil {
		s.frame = append(s.frame, sound...)
	} else {
		s.frame = s.convert.Append(s.frame, sound)
	}
	if p.sound.len() >= s.from.SampleSize() || !p.done {
		return
	}
	// The end of the item, and half a sample that no line can play.
	p.taken = p.received
	p.sound.clear()
	if s.convert != nil {
		s.frame = s.convert.AppendRest(s.frame)
		s.convert.Reset()
	}
	p.flushed, s.ended = true, true
}

// pause returns how long nothing changes by time alone.
func (s *speaker) pause(now time.Time, more bool) time.Duration {
	wait := forChange
	if at, ok := s.account.wake(now); ok && s.watched() {
		wait = min(wait, at.Sub(now))
	}
	if at, ok := s.turns.wake(); ok {
		wait = min(wait, at.Sub(now))
	}
	if more && !s.emptyAt.IsZero() {
		wait = min(wait, s.emptyAt.Add(markAfter).Sub(now))
	}
	return max(wait, 0)
}

// watched reports whether what was heard matters as soon as it was: it ends an item, is the
// first of one, or is shown to taps. Otherwise the next sound is soon enough to count it. The
// patience for marks counts in any case.
func (s *speaker) watched() bool {
	return s.marker != nil || s.account.observe != nil || s.account.spans[0].part.first.IsZero() ||
		slices.ContainsFunc(s.queue, func(p *part) bool { return p.done })
}
