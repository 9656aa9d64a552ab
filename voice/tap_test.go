package voice

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
)

func TestTapsSeeWhatWasHeard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sum time.Duration
		var stopped []Heard
		next := map[string]time.Duration{}
		tap := &Tap{
			Heard: func(p Played) {
				assert.Equal(t, next[p.Item], p.From, "spans join")
				next[p.Item] = p.To
				sum += p.To - p.From
				assert.Equal(t, ByMark, p.How)
			},
			Stopped: func(h Heard) { stopped = append(stopped, h) },
		}
		c := dial(t, answer(forecast, 3*time.Second), NewSimLine(audio.ULaw, audio.ULaw), &BridgeOptions{Taps: []*Tap{nil, tap, {}}})
		c.say(time.Second)
		time.Sleep(2 * time.Second)
		c.say(time.Second)
		time.Sleep(6 * time.Second)
		require.NoError(t, c.hangUp())
		require.Len(t, stopped, 1)
		assert.Equal(t, 3*time.Second, stopped[0].Received)
		assert.Equal(t, 3*time.Second+stopped[0].Sound, sum, "the second answer was heard whole")
	})
}

// TestTapsSeeTheEndOfRunInAnAnswer holds that what Run's end cuts is shown as what an
// interruption cuts is.
func TestTapsSeeTheEndOfRunInAnAnswer(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(c *call) error{
		"the session": func(c *call) error { return c.session.Close() },
		"the line":    func(c *call) error { c.sim.Leave(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var heard time.Duration
				var stopped []Heard
				tap := &Tap{
					Heard: func(p Played) {
						assert.Empty(t, stopped, "nothing is heard of a stopped part")
						heard = p.To
					},
					Stopped: func(h Heard) { stopped = append(stopped, h) },
				}
				c := dial(t, answer(forecast, 3*time.Second), NewSimLine(audio.ULaw, audio.ULaw), &BridgeOptions{Taps: []*Tap{tap}})
				c.say(time.Second)
				c.awaitSound(time.Second)
				require.NoError(t, end(c))
				require.NoError(t, <-c.ran)
				require.Len(t, stopped, 1)
				assert.Equal(t, heard, stopped[0].Sound)
				assert.Positive(t, heard)
			})
		})
	}
}

// TestTapsSeeLateParts stops an answer of which another part begins to come afterwards.
func TestTapsSeeLateParts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		var stopped []Heard
		s.account.observe = s.observer([]*Tap{{Stopped: func(h Heard) { stopped = append(stopped, h) }}})
		s.delta("a1", 0, 100*ms)
		s.interrupt()
		s.delta("a1", 0, 100*ms)
		s.delta("a2", 0, 100*ms)
		s.delta("a2", 0, 100*ms)
		assert.Equal(t, []Heard{{Item: "a1", Received: 100 * ms}, {Item: "a2", Received: 100 * ms}}, stopped)
	})
}
