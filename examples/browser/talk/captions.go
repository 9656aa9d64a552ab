package talk

import (
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/voicelane/realtime-go/agent"
)

// captions follows what is said, piece by piece, and shows it on the page.
type captions struct {
	page Page

	mu      sync.Mutex         // guards the fields below, and the order of what is shown
	answers map[string]*answer // by response, while they are not final
	users   map[string]string  // the transcripts so far, by item
	// queue has the answers whose sound the page was given since it was last cleared, in the
	// order in which they are played.
	queue      []*answer
	generation int
}

// answer is what is known of a response.
type answer struct {
	response        string
	text            string
	received, heard time.Duration
	complete        bool // all of its sound has arrived
	cut             bool // it was cleared before it was heard whole
	over            bool // its caption is final
	said            int  // bytes of the text that were shown as heard
}

func newCaptions(page Page) *captions {
	return &captions{page: page, answers: map[string]*answer{}, users: map[string]string{}}
}

// user adds to what the user is saying.
func (c *captions) user(item, delta string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.users[item] += delta
	c.page.Say(Caption{Key: item, Who: User, Said: c.users[item]})
}

// userDone shows what the user has said or written.
func (c *captions) userDone(item, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.users, item)
	c.page.Say(Caption{Key: item, Who: User, Said: text, Final: true})
}

// of returns the answer of a response. c.mu is held.
func (c *captions) of(response string) *answer {
	a := c.answers[response]
	if a == nil {
		a = &answer{response: response}
		c.answers[response] = a
	}
	return a
}

// made adds words that the model has made.
func (c *captions) made(response, delta string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.of(response)
	a.text += delta
	c.show(a)
}

// received adds sound that has arrived and is going to be played.
func (c *captions) received(response string, sound time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.of(response)
	a.received += sound
	if n := len(c.queue); n == 0 || c.queue[n-1] != a {
		c.queue = append(c.queue, a)
	}
}

// complete notes that all sound of a response has arrived.
func (c *captions) complete(response string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of(response).complete = true
}

// cleared cuts what was to be played.
func (c *captions) cleared(generation int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.queue {
		if a.heard < a.received || !a.complete {
			a.cut = true
			c.show(a)
		}
	}
	c.queue, c.generation = nil, generation
}

// heard shows which words were heard when some sound was played since a clear. It is for
// the eye: what a turn says of it is more exact.
func (c *captions) heard(generation int, played time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation {
		return
	}
	for _, a := range c.queue {
		heard := min(max(played, 0), a.received)
		played -= a.received
		if heard > a.heard {
			a.heard = heard
			c.show(a)
		}
	}
}

// show shows an answer that is not final. c.mu is held.
func (c *captions) show(a *answer) {
	if a.over {
		return
	}
	a.said = max(a.said, a.place()) // An estimate; it does not go back.
	c.page.Say(Caption{Key: a.response, Who: Model, Said: a.text[:a.said], Unheard: a.text[a.said:], Cut: a.cut})
}

// fastest is the number of characters that a voice says in a second at most.
const fastest = 20

// place estimates how many bytes of the text were heard, up to the end of a word. The words
// are taken to be spoken evenly. Until all sound has arrived the text may be ahead of it.
func (a *answer) place() int {
	if a.heard <= 0 {
		return 0
	}
	n := int(int64(len(a.text)) * int64(a.heard) / int64(a.received))
	if !a.complete {
		n = min(n, int(fastest*a.heard/time.Second))
	}
	if n >= len(a.text) {
		return len(a.text)
	}
	if !strings.Contains(a.text, " ") { // A language without spaces.
		for !utf8.RuneStart(a.text[n]) {
			n--
		}
		return n
	}
	return max(0, strings.LastIndexByte(a.text[:n+1], ' '))
}

// over shows the answers of a turn with what was heard of them.
func (c *captions) over(t *agent.Turn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wait := t.FirstHeard
	for i := range t.Utterances {
		u := &t.Utterances[i]
		unheard := u.Unheard
		if a := c.answers[u.ResponseID]; a != nil {
			a.over = true
			delete(c.answers, u.ResponseID)
			if rest, ok := strings.CutPrefix(a.text, u.Said); ok && unheard != "" {
				unheard = rest // With the space between.
			}
		}
		if u.Said == "" && u.Unheard == "" {
			continue // It called functions.
		}
		c.page.Say(Caption{Key: u.ResponseID, Who: Model, Said: u.Said, Unheard: unheard, Final: true, Cut: u.Cut, Wait: wait})
		wait = 0
	}
}
