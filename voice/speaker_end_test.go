package voice

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
)

// TestTheEndOfAnItemIsNoticedBeforeThatOfTheNext plays an answer that has wholly arrived
// before the one in front of it was heard.
func TestTheEndOfAnItemIsNoticedBeforeThatOfTheNext(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		over func(l *SimLine) Line
		late time.Duration // of the ear
	}{
		"device": {func(l *SimLine) Line { return roomy{device{l}} }, 0},
		"clock":  {func(l *SimLine) Line { return &eager{Line: l, sim: l} }, 150 * ms},
	} {
		for _, watched := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				s := newStageOver(t, tc.over(NewSimLine(audio.ULaw, audio.ULaw)), nil)
				var spans []Played
				if watched {
					s.account.observe = s.observer([]*Tap{{Heard: func(p Played) { spans = append(spans, p) }}})
				}
				began := time.Now()
				for _, response := range []string{"a", "b"} {
					s.created(&api.Response{ID: response})
					s.delta(response+"1", 0, 4*time.Second)
					s.end(response+"1", 0)
					s.finish(response, api.ResponseStatusCompleted)
					time.Sleep(2300 * ms)
				}
				next := 4*time.Second + tc.late
				for u, err := range s.utterances.From(t.Context()) {
					require.NoError(t, err)
					if u.ResponseID == "a" {
						assert.InDelta(t, next, time.Since(began), float64(40*ms), "%s: the end of the first", name)
						continue
					}
					assert.InDelta(t, next, u.FirstHeard.Sub(began), float64(40*ms), "%s: the beginning of the second", name)
					break
				}
				for _, p := range spans {
					heard := p.To + tc.late
					if p.Item == "b1" {
						heard += 4 * time.Second
					}
					assert.InDelta(t, heard, p.At.Sub(began), float64(40*ms), "%s: %s had just been heard", name, p.Item)
				}
				assert.Equal(t, watched, len(spans) > 0)
			})
		}
	}
}

// hesitant is a line with room and neither marks nor a count, whose Play takes some time.
type hesitant struct {
	Line

	took time.Duration
}

func (l *hesitant) Room() int { return 1 << 20 }

func (l *hesitant) Play(context.Context, []byte) error {
	time.Sleep(l.took)
	return nil
}

// TestTheEndOfASessionDuringTheLastPlay replaces the session of an answer while the line is
// given more of it on the goroutine that receives, and then nothing comes any more.
func TestTheEndOfASessionDuringTheLastPlay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStageOver(t, &hesitant{NewSimLine(audio.ULaw, audio.ULaw), 100 * ms}, nil)
		s.delta("a1", 0, 100*ms)
		time.Sleep(time.Second)
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.delta("a1", 0, 100*ms)
		}()
		time.Sleep(50 * ms)
		s.outage()
		<-done
		began := time.Now()
		require.NoError(t, <-s.playOut())
		assert.Less(t, time.Since(began), time.Second)
	})
}

// TestAStopDuringTheLastPlay stops an answer whose only frame the line has not taken yet.
func TestAStopDuringTheLastPlay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStageOver(t, trialClock{&hesitant{NewSimLine(audio.ULaw, audio.ULaw), 100 * ms}}, nil)
		s.delta("a1", 0, 10*ms)
		s.end("a1", 0)
		time.Sleep(50 * ms)
		assert.Equal(t, []amendment{{"a1", 0, 0}}, s.interrupt().amendments)
		time.Sleep(time.Second) // Play returns.
	})
}

// TestALineIsSilentAfterAStopThatFollowsRun has sound in a line that stays open.
func TestALineIsSilentAfterAStopThatFollowsRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := NewSimLine(audio.ULaw, audio.ULaw)
		s := newStageOver(t, l, nil)
		s.delta("a1", 0, 2*time.Second)
		time.Sleep(100 * ms)
		s.open(outlet{})
		s.close(nil)
		_, err := s.stop(t.Context())
		require.NoError(t, err)
		time.Sleep(5 * time.Second)
		assert.Less(t, audio.ULaw.Duration(len(l.Heard())), 150*ms)
	})
}
