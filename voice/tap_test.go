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
