package telephonytest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/audio"
)

// ErrEnded is returned after the end of a call.
var ErrEnded = errors.New("telephonytest: the call has ended")

// Side is a party of a call.
type Side string

// The sides.
const (
	Caller  Side = "caller"
	Program Side = "program"
)

// Call is one call, from the carrier's side. All methods may be called from any goroutine.
type Call struct {
	scene // guarded by mu, but for what does not change

	network Network
	far     far
	conn    transport

	kick    chan struct{} // has a token after a change that the loop waits for
	ended   chan struct{}
	running sync.WaitGroup

	mu       sync.Mutex // guards what follows
	began    time.Time  // when the first piece of sound began; zero before
	pieces   int        // that were sent or lost
	speech   []*speech
	said     []byte // all sound of the caller, silence included
	transfer string
	inbound  queue // on the way from the program
	outbound queue // on the way to the program
	swapped  *message
	stalled  time.Time // nothing arrives before
	gap      int       // pieces that are lost next
	dice     dice
	frozen   bool
	left     bool // the caller has hung up, and the end is on its way
	over     bool
	by       Side
	abrupt   bool
}

// speech is sound that the caller is to say. sent is closed once all of it was sent.
type speech struct {
	rest []byte
	sent chan struct{}
}

// ID returns the id of the call.
func (c *Call) ID() string { return c.id }

// Parameters returns what the program's answer has given the stream.
func (c *Call) Parameters() map[string]string { return maps.Clone(c.parameters) }

// Formats returns the format of the caller's sound and that of what the caller hears.
func (c *Call) Formats() (in, out audio.Format) { return c.in, c.out }

// Speak lets the caller say a sound in the format of the call, and returns when it was
// sent, which takes as long as the sound. The end of ctx ends the sound.
func (c *Call) Speak(ctx context.Context, sound []byte) error {
	s := &speech{rest: sound[:len(sound)-len(sound)%c.in.SampleSize()], sent: make(chan struct{})}
	if len(s.rest) == 0 {
		return nil
	}
	c.mu.Lock()
	c.speech = append(c.speech, s)
	c.mu.Unlock()
	select {
	case <-s.sent:
		return nil
	case <-c.ended:
		return ErrEnded
	case <-ctx.Done():
		c.mu.Lock()
		defer c.mu.Unlock()
		c.speech = slices.DeleteFunc(c.speech, func(x *speech) bool { return x == s })
		return context.Cause(ctx)
	}
}

// Press lets the caller press keys.
func (c *Call) Press(keys string) {
	c.change(func(now time.Time) {
		for _, r := range keys {
			c.post(now, c.far.key(r))
		}
	})
}

// Heard returns all sound that the caller has heard so far, without the silence between.
func (c *Call) Heard() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.ear.all[:c.ear.heard(time.Now())])
}

// Queued returns how much sound waits at the carrier.
func (c *Call) Queued() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ear.queued(time.Now())
}

// Clears returns the times at which clears of the program arrived.
func (c *Call) Clears() []time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.clears)
}

// Digits returns the keys that the program has sent so far.
func (c *Call) Digits() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.digits
}

// Transferred returns the number that the program has transferred the caller to, if any.
func (c *Call) Transferred() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.transfer
}

// Faults returns the violations of the protocol that the carrier has noticed.
func (c *Call) Faults() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.faults)
}

// Gap loses the caller's sound for a time from now on, on carriers that can.
func (c *Call) Gap(d time.Duration) {
	c.change(func(time.Time) {
		if !c.traits.lossless {
			c.gap += int(d.Milliseconds()) / c.traits.piece
		}
	})
}

// Stall lets nothing through for a time, in both directions. Nothing is lost.
func (c *Call) Stall(d time.Duration) {
	c.change(func(now time.Time) { c.stalled = now.Add(d) })
}

// Freeze lets the carrier read nothing more of what the program sends.
func (c *Call) Freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen = true
}

// Send puts a text message on the stream that need not belong to the protocol.
func (c *Call) Send(data []byte) { c.raw(message{data: data}) }

// SendBinary puts a binary message on the stream. For [AudioSocket] it is a message with
// its type as first byte.
func (c *Call) SendBinary(data []byte) { c.raw(message{binary: true, data: data}) }

func (c *Call) raw(m message) { c.change(func(now time.Time) { c.post(now, m) }) }

// HangUp lets the caller hang up.
func (c *Call) HangUp() {
	c.change(func(now time.Time) {
		if m, ok := c.far.stop(); ok {
			c.post(now, m)
		}
		c.outbound.last, c.left = true, true
	})
}

// Drop ends the connection without notice.
func (c *Call) Drop() { c.end(Caller, true) }

// Ended returns a channel that is closed at the end of the call.
func (c *Call) Ended() <-chan struct{} { return c.ended }

// By returns which side has ended the call: the first one to hang up.
func (c *Call) By() Side {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.by
}

// end ends the call. The first call counts.
func (c *Call) end(by Side, abrupt bool) {
	c.mu.Lock()
	if c.over {
		c.mu.Unlock()
		return
	}
	if c.left {
		by = Caller // The program answers a stop by closing the connection.
	}
	now := time.Now()
	c.over, c.by, c.abrupt = true, by, abrupt
	c.ear.clear(now, DropsMarks)
	c.mu.Unlock()
	close(c.ended)
	c.conn.close(abrupt)
	signal(c.kick)
}

// change runs f under the lock, unless the call is over.
func (c *Call) change(f func(now time.Time)) {
	c.mu.Lock()
	if !c.over {
		f(time.Now())
	}
	c.mu.Unlock()
	signal(c.kick)
}

// post sends a message. The lock is held.
func (c *Call) post(now time.Time, m message) {
	c.outbound.put(now, c.dice.delay(&c.network), m)
}

// signal puts a token into a channel with room for one.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
