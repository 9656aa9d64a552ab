package voice

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/feed"
)

// ErrInterrupted is returned by [Bridge.PlayOut] when the sound was stopped.
var ErrInterrupted = errors.New("voice: interrupted")

// maxGone bounds the responses whose late events are recognized after their end.
const maxGone = 64

// speaker gives the sound of responses to a line, accounts for what was heard of it, and
// groups it into turns. Events of the session come in their order, from one goroutine at
// a time; marks and stops come from any. What an event of sound touches comes first, in a
// few lines of memory: those of a thousand sessions do not stay in the caches.
type speaker struct {
	// mu is taken before the locks of the feeds, and no method of the line but Played, Evidence
	// and Room is called under it. It guards all that has no other comment.
	mu       sync.Mutex
	passing  *part    // whose sound passes the writer by, as far as the speaker knows; nil: none
	buffer   Buffered // nil if the writer alone plays
	clearing int32    // clears that have not returned
	playing  bool     // the line has a frame that the account does not have
	writing  bool     // the writer runs
	outlet   outlet
	player   Player        // set once
	line     Line          // set once
	from     audio.Format  // of the session; set once
	to       audio.Format  // of the line; set once
	ahead    time.Duration // set once
	account  account

	looks   time.Time // when the writer that waits looks for its next step; zero: at once
	live    []*speech // that are not over, in the order in which they began
	queue   []*part   // that are not heard to their end, in the order of playing
	turns   turnLog
	gone    []string // the latest responses that are over, at most maxGone
	waiters []chan error
	convert *audio.Converter // nil if the formats are equal
	frame   []byte           // what the line is given
	ended   bool             // an item ended: a mark belongs there
	emptyAt time.Time        // since when there is nothing to play, while more is to come

	// What follows is set once.
	marker Marker                           // nil if the line has none, or if it has better
	proof  interface{ Evidence() Evidence } // what the player's count is concluded from; nil: a device
	every  int                              // bytes between marks, in the line's format
	stops  []func(Heard)                    // of the taps
	warn   *slog.Logger
	kick   chan struct{} // has a token after a change during a wait of the writer

	utterances feed.Feed[*Utterance]
	finished   feed.Feed[*Turn]
}

// speech returns the speech of a response, or nil for one that is over.
func (s *speaker) speech(response string, beside bool) *speech {
	for _, x := range s.live {
		if x.response == response {
			return x
		}
	}
	if slices.Contains(s.gone, response) {
		return nil
	}
	x := &speech{response: response, beside: beside}
	if !beside {
		x.exchange = s.turns.began()
	}
	s.live = append(s.live, x)
	return x
}

// created notes a new response. The conversation has one at a time: those before it
// have ended.
func (s *speaker) created(r *api.Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passing = nil
	beside := r.ConversationID.IsNull()
	if !beside {
		for _, x := range s.live {
			if !x.beside && !x.done && x.response != r.ID {
				x.short = true
				x.end()
			}
		}
	}
	if x := s.speech(r.ID, beside); x != nil && r.Audio != nil && r.Audio.Output != nil {
		// A response that began before the session had its format keeps the older one.
		if f := formatOf(r.Audio.Output.Format); f.Valid() {
			x.convert = converter(f, s.from)
		}
	}
	s.advance(time.Now())
}

// add counts sound that has arrived and queues it. What comes late, for a response that
// was stopped, is not played; the server may have to be told of it.
func (s *speaker) add(e *api.ResponseOutputAudioDelta) (amendment, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.passes(e) {
		return amendment{}, false
	}
	x := s.speech(e.ResponseID, false)
	if x == nil {
		return amendment{}, false
	}
	p := x.part(e.ItemID, e.ContentIndex)
	sound := x.session(e.Delta)
	if x.stopped {
		begins := p.received == 0
		p.received += len(sound)
		p.stopped = true
		if begins {
			s.stopped(p)
		}
		return s.amend(x, p)
	}
	if x.first.IsZero() {
		x.first = time.Now()
	}
	if p.received == 0 {
		s.queue = append(s.queue, p)
	}
	p.received += len(sound)
	rest := s.pass(x, p, sound)
	switch {
	case x.stopped:
	case len(rest) > 0:
		p.sound.push(rest)
		s.wake()
	case len(sound) > 0:
		s.follow(p, e)
	}
	return amendment{}, false
}

// amend is [part.amend] for a part of a speech. An item of which another part was heard
// is not deleted, and no item is deleted twice.
func (s *speaker) amend(x *speech, p *part) (amendment, bool) {
	a, ok := p.amend(s.from, s.to)
	if !ok || a.end > 0 {
		return a, ok
	}
	if slices.ContainsFunc(x.parts, func(q *part) bool { return q.item == p.item && q != p && (q.heard > 0 || q.deleted) }) {
		return a, false
	}
	p.deleted = true
	return a, true
}

// transcript adds text to the transcript of a part; with whole set, it replaces it.
func (s *speaker) transcript(response, item string, content int, text string, whole bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.speech(response, false)
	if x == nil {
		return
	}
	p := x.part(item, content)
	if whole {
		p.transcript = p.transcript[:0]
	}
	p.transcript = append(p.transcript, text...)
}

// complete notes that no more sound of a part arrives.
func (s *speaker) complete(response, item string, content int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x := s.speech(response, false); x != nil {
		p := x.part(item, content)
		x.rest(p)
		p.done = true
		s.wake()
	}
}

// done notes the end of a response.
func (s *speaker) done(r *api.Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.speech(r.ID, false)
	if x == nil {
		return
	}
	x.end()
	x.status = r.Status
	x.short = x.short || r.Status != api.ResponseStatusCompleted
	if usage, ok := r.Usage.Get(); ok {
		x.usage = &usage
	}
	if x.exchange != nil && !x.short {
		x.exchange.follow = slices.ContainsFunc(r.Output, func(i api.Item) bool {
			_, call := i.(*api.FunctionCall)
			return call
		})
	}
	s.advance(time.Now())
	s.wake()
}

// outage ends the responses of a connection that is lost, whose end will not come. What
// has arrived of them plays on. The server holds no sound of it any more.
func (s *speaker) outage() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.live {
		if !x.done {
			x.short = true
			x.end()
		}
		for _, p := range x.parts {
			p.unsaved = true
		}
	}
	s.turns.outage()
	s.advance(time.Now())
	s.wake()
}

// kept notes that the server holds that much of an item, since others have truncated it,
// or with 0 that it holds nothing.
func (s *speaker) kept(item string, content int, end time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.live {
		for _, p := range x.parts {
			if p.item == item && (end == 0 || p.content == content) {
				p.kept, p.unsaved = end, p.unsaved || end == 0
			}
		}
	}
}

// returned counts a mark that has come back over the line.
func (s *speaker) returned(m Mark) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.account.returned(now, m)
	s.advance(now)
	s.wake()
}

// log changes the log of turns.
func (s *speaker) log(change func(l *turnLog)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.turns)
	s.advance(time.Now())
	s.wake()
}

// count counts what was heard by now.
func (s *speaker) count(now time.Time) {
	played := 0
	if s.player != nil {
		played = s.player.Played()
	}
	if s.proof != nil {
		s.account.label = s.proof.Evidence()
	}
	s.account.advance(now, played)
}

// advance counts what was heard by now, and publishes what is over.
func (s *speaker) advance(now time.Time) {
	s.count(now)
	s.queue = slices.DeleteFunc(s.queue, (*part).all)
	for i := 0; i < len(s.live); {
		x := s.live[i]
		if !x.over() {
			i++
			continue
		}
		s.live = slices.Delete(s.live, i, i+1)
		s.publish(x)
	}
	for _, t := range s.turns.over(now, false) {
		s.finished.Put(t)
	}
	if len(s.live) == 0 {
		s.answer(nil)
	}
}

// publish passes on a speech that is over.
func (s *speaker) publish(x *speech) {
	u := x.utterance(s.from, s.to)
	s.gone = append(s.gone, x.response)
	s.gone = slices.Delete(s.gone, 0, max(len(s.gone)-maxGone, 0))
	s.utterances.Put(&u)
	if x.exchange != nil {
		x.exchange.spoke(u)
	}
}

// answer ends what waits for silence.
func (s *speaker) answer(err error) {
	for _, w := range s.waiters {
		w <- err
	}
	s.waiters = s.waiters[:0]
}

// halted is what a stop has found.
type halted struct {
	amendments []amendment
	cancel     []string // responses that still run, of the conversation
	beside     []string // and those outside of it
	heard      Heard    // of the item that was playing
}

// stop drops everything that was not heard, and silences the line. It returns when the
// line has taken the clear.
func (s *speaker) stop(ctx context.Context) (halted, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, sounds := s.halt(time.Now())
	if !sounds {
		return h, nil
	}
	return h, s.clear(ctx)
}

// silence is stop for a line that has ended.
func (s *speaker) silence() halted {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, _ := s.halt(time.Now())
	return h
}

// halt is the part of stop under the lock. It reports whether the line may have sound.
func (s *speaker) halt(now time.Time) (h halted, sounds bool) {
	s.advance(now)
	for _, x := range s.live {
		s.haltSpeech(x, &h)
	}
	sounds = s.playing || s.account.written > s.account.heard
	clear(s.queue)
	s.queue = s.queue[:0]
	if sounds {
		s.account.clear()
	}
	if s.convert != nil {
		s.convert.Reset()
	}
	s.ended, s.emptyAt = false, time.Time{}
	if len(s.waiters) > 0 && len(s.live) > 0 {
		s.answer(ErrInterrupted)
	}
	s.advance(now)
	return h, sounds
}

func (s *speaker) haltSpeech(x *speech, h *halted) {
	switch {
	case x.stopped:
		return
	case !x.done && x.beside:
		h.beside = append(h.beside, x.response)
	case !x.done:
		h.cancel = append(h.cancel, x.response)
	}
	x.stopped = true
	x.short = x.short || !x.done
	for _, p := range x.parts {
		if p.all() {
			continue
		}
		if a, ok := s.amend(x, p); ok {
			h.amendments = append(h.amendments, a)
		}
		if h.heard.Item == "" || h.heard.Sound == 0 && p.heard > 0 {
			h.heard = p.result(s.from, s.to)
		}
		s.stopped(p)
		p.stopped = true
		p.sound.clear()
	}
}

// playOut waits until every response that has begun has ended and was heard.
func (s *speaker) playOut() <-chan error {
	s.mu.Lock()
	defer s.mu.Unlock()
	result := make(chan error, 1)
	s.waiters = append(s.waiters, result)
	s.advance(time.Now())
	return result
}

// close stops what was not heard, and ends everything that waits.
func (s *speaker) close(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.advance(now)
	if len(s.live) > 0 {
		s.answer(ErrInterrupted)
	}
	for _, x := range s.live {
		s.haltSpeech(x, new(halted)) // The line keeps what it has, for a stop that clears it.
		x.end()
	}
	clear(s.queue)
	s.queue = s.queue[:0]
	s.advance(now)
	for _, t := range s.turns.over(now, true) {
		s.finished.Put(t)
	}
	s.utterances.Close(err)
	s.finished.Close(err)
}

// observer returns what shows heard sound to the taps, nil if none of them looks at it. What is
// stopped is shown by [speaker.stopped].
func (s *speaker) observer(taps []*Tap) func(p *part, from, to int, now time.Time, how Evidence) {
	var heard []func(Played)
	for _, t := range taps {
		if t != nil && t.Heard != nil {
			heard = append(heard, t.Heard)
		}
		if t != nil && t.Stopped != nil {
			s.stops = append(s.stops, t.Stopped)
		}
	}
	if len(heard) == 0 {
		return nil
	}
	return func(p *part, from, to int, now time.Time, how Evidence) {
		played := Played{p.item, p.content, s.to.Duration(from), s.to.Duration(to), now, how}
		for _, show := range heard {
			show(played)
		}
	}
}

// stopped shows a part that is stopped to the taps.
func (s *speaker) stopped(p *part) {
	if p.received == 0 {
		return
	}
	for _, show := range s.stops {
		show(p.result(s.from, s.to))
	}
}
