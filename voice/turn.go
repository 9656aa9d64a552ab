package voice

import (
	"slices"
	"strings"
	"time"
)

// Turn is one exchange: what the user said, and the answer to it. It is over, once, when
// the answer is complete and heard, or cut.
//
// The answer may take several responses: one with calls of functions goes on with the
// next response, unless the user speaks before that. Responses outside of the
// conversation belong to no turn.
type Turn struct {
	// User is what the user said; empty for an answer that no speech asked for, such as a
	// greeting, and without transcription in the session's settings.
	User string
	// Said is what the listener heard of the answer, and Unheard what was generated
	// beyond, as in [Utterance].
	Said, Unheard string
	// Cut is set when the answer is not complete or was not heard to its end.
	Cut bool
	// FirstSound is the time from the user's last word to the first sound that arrived,
	// and FirstHeard to the first that was known to be heard. They are 0 if there was
	// none, or if no speech asked for the answer.
	FirstSound, FirstHeard time.Duration
	// Utterances are the parts of the answer, one for each response.
	Utterances []Utterance
}

// textPatience is how long a turn that is over waits for the transcript of the user.
const textPatience = 3 * time.Second

// turnLog groups utterances into turns. It has no clock and no lock.
type turnLog struct {
	asked  []*asked // by the user, and not answered by a response yet
	open   []*exchange
	latest *exchange
	word   time.Time // the end of the last word of what was asked
	paused time.Time // when the user was last silent; zero after the commit of that
	texts  bool      // the session transcribes the user
}

// asked is an item of the user.
type asked struct {
	item    string
	text    string
	settled bool // no more text comes
}

// exchange is a turn that is not over.
type exchange struct {
	asked   []*asked
	word    time.Time
	running int  // responses that are not over
	follow  bool // a response to the outputs of calls is expected
	spoken  []Utterance
	textDue time.Time // until when the user's text is waited for; zero before
}

// committed notes an item of the user. Without turn detection it ends with the commit.
func (l *turnLog) committed(now time.Time, item string) {
	l.word, l.paused = first(l.paused, now), time.Time{}
	l.asked = append(l.asked, &asked{item: item, settled: !l.texts})
	for _, x := range l.open {
		x.follow = false
	}
}

// transcribed notes the text of an item of the user.
func (l *turnLog) transcribed(item, text string) {
	for _, list := range l.lists() {
		for _, a := range list {
			if a.item == item {
				a.text, a.settled = text, true
			}
		}
	}
}

func (l *turnLog) lists() [][]*asked {
	lists := [][]*asked{l.asked}
	for _, x := range l.open {
		lists = append(lists, x.asked)
	}
	return lists
}

// began returns the exchange that a new response belongs to.
func (l *turnLog) began() *exchange {
	x := l.latest
	if len(l.asked) > 0 || x == nil || !x.follow {
		x = &exchange{asked: l.asked}
		if len(l.asked) > 0 {
			x.word = l.word
		}
		l.asked, l.latest = nil, x
		l.open = append(l.open, x)
	}
	x.running++
	x.follow = false
	return x
}

// outage ends what a lost connection cannot end any more.
func (l *turnLog) outage() {
	for _, list := range l.lists() {
		for _, a := range list {
			a.settled = true
		}
	}
}

// spoke adds an utterance that is over.
func (x *exchange) spoke(u Utterance) {
	x.running--
	x.spoken = append(x.spoken, u)
}

// over removes and returns the turns that are over. With last set, all are.
func (l *turnLog) over(now time.Time, last bool) []*Turn {
	var turns []*Turn
	l.open = slices.DeleteFunc(l.open, func(x *exchange) bool {
		if !last && !x.ready(now) {
			return false
		}
		if len(x.spoken) > 0 {
			turns = append(turns, x.turn())
		}
		if l.latest == x {
			l.latest = nil
		}
		return true
	})
	return turns
}

// ready reports whether the exchange is over.
func (x *exchange) ready(now time.Time) bool {
	if x.running > 0 || x.follow {
		x.textDue = time.Time{}
		return false
	}
	if !slices.ContainsFunc(x.asked, func(a *asked) bool { return !a.settled }) {
		return true
	}
	if x.textDue.IsZero() {
		x.textDue = now.Add(textPatience)
	}
	return !x.textDue.After(now)
}

// wake returns when time alone ends a turn, or false.
func (l *turnLog) wake() (at time.Time, ok bool) {
	for _, x := range l.open {
		if !x.textDue.IsZero() && (!ok || x.textDue.Before(at)) {
			at, ok = x.textDue, true
		}
	}
	return at, ok
}

func (x *exchange) turn() *Turn {
	t := &Turn{Utterances: x.spoken}
	var user, said, unheard strings.Builder
	for _, a := range x.asked {
		join(&user, strings.TrimSpace(a.text))
	}
	var sound, heard time.Time
	for _, u := range x.spoken {
		join(&said, u.Said)
		join(&unheard, u.Unheard)
		t.Cut = t.Cut || u.Cut
		sound, heard = first(sound, u.FirstSound), first(heard, u.FirstHeard)
	}
	t.User, t.Said, t.Unheard = user.String(), said.String(), unheard.String()
	if !x.word.IsZero() {
		t.FirstSound, t.FirstHeard = since(x.word, sound), since(x.word, heard)
	}
	return t
}

func since(begin, end time.Time) time.Duration {
	if end.IsZero() {
		return 0
	}
	return max(end.Sub(begin), 0)
}
