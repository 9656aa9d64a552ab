package voice

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/audio"
)

// TestLostMarksDoNotStarveTheLine gives a line that returns no mark little sound ahead.
func TestLostMarksDoNotStarveTheLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newTrialLine(audio.ULaw, audio.ULaw, rand.New(rand.NewPCG(1, 2)))
		l.lost = 1
		c := dial(t, answer(forecast, 4*time.Second), l, &BridgeOptions{Ahead: 500 * ms})
		c.sim = l.SimLine
		c.say(500 * ms)
		c.awaitSound(ms)
		time.Sleep(4 * time.Second)
		assert.Equal(t, 4*time.Second, audio.ULaw.Duration(len(c.sim.Heard())))
		_ = c.hangUp()
	})
}
