package voice

import (
	"bytes"
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// TestSoundIsPlayedAsItArrives holds that a line with room has the sound once its event is
// handled, in one piece, and without a goroutine of its own. A tap of what is stopped changes
// nothing.
func TestSoundIsPlayedAsItArrives(t *testing.T) {
	t.Parallel()
	for name, taps := range map[string][]*Tap{"no tap": {nil, {}}, "stops are shown": {{Stopped: func(Heard) {}}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				s.account.observe = s.observer(taps)
				s.delta("a1", 0, 100*ms)
				synctest.Wait()
				s.hear(100 * ms) // So that all that is waited for has happened.
				time.Sleep(time.Second)
				started := atomic.Int64{}
				s.mu.Lock()
				start := s.outlet.start
				s.outlet.start = func() { started.Add(1); start() }
				looks := s.looks
				assert.NotNil(t, s.passing, "the fast path is taken")
				s.mu.Unlock()
				for range 10 {
					s.delta("a1", 0, 100*ms)
					assert.Equal(t, audio.ULaw.Bytes(100*ms), s.waiting(), "no other goroutine has run")
					s.hear(100 * ms)
					time.Sleep(100 * ms)
				}
				s.mu.Lock()
				defer s.mu.Unlock()
				assert.Zero(t, started.Load())
				assert.Equal(t, looks, s.looks, "the writer slept")
			})
		})
	}
}

// waiting returns how much sound the line has.
func (s *stage) waiting() int {
	s.ear.in.mu.Lock()
	defer s.ear.in.mu.Unlock()
	return s.ear.in.sound.len()
}

// TestALineWithoutRoomIsFilledInOrder brings sound faster than the line takes it.
func TestALineWithoutRoomIsFilledInOrder(t *testing.T) {
	t.Parallel()
	for name, session := range map[string]audio.Format{"same format": audio.ULaw, "converted": audio.PCM24k} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				s.from, s.convert = session, converter(session, audio.ULaw)
				var want []byte
				for i := range 50 {
					sound := make([]int16, session.Bytes(130*ms)/session.SampleSize())
					for j := range sound {
						sound[j] = int16(1000 * (i % 20))
					}
					delta := session.AppendBytes(nil, sound)
					want = append(want, delta...)
					// Events are not cut between samples.
					at := min(len(delta), 101+i)
					s.add(&api.ResponseOutputAudioDelta{ResponseID: "a", ItemID: "a1", Delta: delta[:at]})
					s.add(&api.ResponseOutputAudioDelta{ResponseID: "a", ItemID: "a1", Delta: delta[at:]})
				}
				s.end("a1", 0)
				if c := converter(session, audio.ULaw); c != nil {
					want = c.AppendRest(c.Append(nil, want))
				}
				assert.True(t, bytes.Equal(want, s.hear(audio.ULaw.Duration(len(want)))))
			})
		})
	}
}

// TestSoundAheadOfTheListenerIsBounded gives a line that takes everything more than it is
// meant to have.
func TestSoundAheadOfTheListenerIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &eager{sim: NewSimLine(audio.ULaw, audio.ULaw)}
		l.Line = l.sim
		s := newStageOver(t, l, nil)
		for range 30 {
			s.delta("a1", 0, time.Second)
		}
		s.end("a1", 0)
		s.finish("a", api.ResponseStatusCompleted)
		require.NoError(t, <-s.playOut())
		assert.Equal(t, 30*time.Second, audio.ULaw.Duration(len(l.sim.Heard())))
		assert.LessOrEqual(t, l.most, 10*time.Second+frameMost)
	})
}

// eager is a line with neither marks nor a count that always has room.
type eager struct {
	Line

	sim  *SimLine
	most time.Duration // that was ahead of the listener; guarded by the lock of sim
}

func (l *eager) Room() int { return 1 << 20 }

func (l *eager) Play(ctx context.Context, sound []byte) error {
	err := l.Line.Play(ctx, sound)
	l.sim.mu.Lock()
	defer l.sim.mu.Unlock()
	l.most = max(l.most, time.Until(l.sim.ear.until))
	return err
}

// TestTheEndOfASessionDuringPlay stops a line that blocks, although it has room, once the
// session of what it is given has been replaced.
func TestTheEndOfASessionDuringPlay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pipe, _ := Pipe(audio.ULaw)
		l := &liar{PipeLine: pipe, cleared: make(chan struct{}, 1)}
		type plain struct {
			Line
			Buffered
		}
		s := newStageOver(t, plain{l, l}, nil)
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.delta("a1", 0, time.Second)
		}()
		synctest.Wait()
		s.outage()
		s.interrupt()
		<-done
		require.NoError(t, <-s.playOut())
	})
}

// liar is a line whose Play blocks until it is cleared, although Room is always positive.
type liar struct {
	*PipeLine

	plays   atomic.Int64
	cleared chan struct{}
}

func (l *liar) Room() int { return 1 << 20 }

func (l *liar) Play(ctx context.Context, _ []byte) error {
	l.plays.Add(1)
	select {
	case <-l.cleared:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *liar) Clear(ctx context.Context) error {
	signal(l.cleared)
	return l.PipeLine.Clear(ctx)
}

// liarCall is a call over a liar.
type liarCall struct {
	*call

	heard atomic.Int64 // events of audio that were handled, or are
}

// TestALineThatBlocksAlthoughItHasRoom holds that pings are answered meanwhile, that the
// program can interrupt, that Run ends, and that the line is not
// believed again.
func TestALineThatBlocksAlthoughItHasRoom(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, c *liarCall, l *liar){
		"interrupted": func(t *testing.T, c *liarCall, l *liar) {
			t.Helper()
			h, err := c.bridge.Interrupt(t.Context())
			require.NoError(t, err)
			assert.Zero(t, h.Sound)
			turn := c.turn()
			require.NotNil(t, turn)
			assert.True(t, turn.Cut)
			handled := c.heard.Load()
			require.NoError(t, c.session.Send(t.Context(), &api.ResponseCreate{}))
			time.Sleep(500 * ms)
			assert.Greater(t, l.plays.Load(), int64(1), "it blocks again")
			assert.Greater(t, c.heard.Load(), handled+1, "and no event waits for it")
			assert.NoError(t, l.HangUp(t.Context()))
			require.NoError(t, <-c.ran)
		},
		"the session ends": func(t *testing.T, c *liarCall, _ *liar) {
			t.Helper()
			require.NoError(t, c.session.Close())
			_, err := c.bridge.Interrupt(t.Context())
			require.Error(t, err)
			require.NoError(t, <-c.ran)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				pongs := atomic.Int64{}
				pipe, _ := Pipe(audio.PCM24k)
				l := &liar{PipeLine: pipe, cleared: make(chan struct{}, 1)}
				script := realtimetest.Script{Rules: []realtimetest.Rule{{Do: []realtimetest.Step{
					realtimetest.Say{Text: "One moment.", Audio: realtimetest.Tone(time.Second)}, realtimetest.Hang{},
				}}}}
				c := &liarCall{}
				mux := realtime.NewMux()
				realtime.OnAudio(mux, func(context.Context, *realtime.Session, *api.ResponseOutputAudioDelta) error {
					c.heard.Add(1)
					return nil
				})
				c.call = dial(t, script, l, &BridgeOptions{Mux: mux}, func(o *realtime.Options) {
					o.PingInterval, o.PingTimeout = 500*ms, 400*ms
					o.Taps = []*realtime.Tap{{Pong: func(time.Duration) { pongs.Add(1) }}}
				})
				require.NoError(t, c.session.Send(t.Context(), &api.ResponseCreate{}))
				time.Sleep(500 * ms)
				require.EqualValues(t, 1, l.plays.Load(), "it blocks")
				before := pongs.Load()
				time.Sleep(10 * time.Second)
				assert.GreaterOrEqual(t, pongs.Load()-before, int64(15))
				began := time.Now()
				end(t, c, l)
				assert.Less(t, time.Since(began), time.Second)
			})
		})
	}
}

// failing is a line with room whose Play fails.
type failing struct{ brokenLine }

func (l *failing) Played() int { return 0 }

func (l *failing) Room() int { return 1 << 20 }

// TestALineThatFailsAsSoundArrives returns the error of the line's transport.
func TestALineThatFailsAsSoundArrives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &failing{brokenLine{SimLine: NewSimLine(audio.ULaw, audio.ULaw)}}
		c := dial(t, answer(forecast, time.Second), l, nil)
		require.NoError(t, c.session.Send(t.Context(), &api.ResponseCreate{}))
		require.ErrorIs(t, <-c.ran, context.DeadlineExceeded)
	})
}

// TestALogThatBlocksHoldsNothing warns of a line that blocks to a log that does as well.
func TestALogThatBlocksHoldsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &slow{Line: NewSimLine(audio.ULaw, audio.ULaw), took: promptly + ms, began: time.Now()}
		s := newStageOver(t, l, nil)
		warned := false
		s.warn = slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
			warned = true
			s.interrupt() // As the program may meanwhile.
			return len(p), nil
		}), nil))
		s.delta("a1", 0, 300*ms)
		assert.True(t, warned)
	})
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// slow is a device with room that takes some time for each Play, and is heard 50 ms later.
type slow struct {
	Line

	took time.Duration

	written atomic.Int64
	began   time.Time
}

func (l *slow) Room() int { return 1 << 20 }

func (l *slow) Play(_ context.Context, sound []byte) error {
	time.Sleep(l.took)
	l.written.Add(int64(len(sound)))
	return nil
}

func (l *slow) Played() int {
	return min(audio.ULaw.Bytes(max(time.Since(l.began)-50*ms, 0)), int(l.written.Load()))
}

// TestTheFirstSoundIsNoticedDuringPlay has the writer look whether the first sound was heard
// while the next is being played: it looks again.
func TestTheFirstSoundIsNoticedDuringPlay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &slow{Line: NewSimLine(audio.ULaw, audio.ULaw), took: 15 * ms, began: time.Now()}
		s := newStageOver(t, l, nil)
		for range 3 { // The writer looks every 20 ms.
			s.delta("a1", 0, 300*ms)
		}
		time.Sleep(time.Second)
		s.mu.Lock()
		defer s.mu.Unlock()
		assert.WithinRange(t, s.live[0].parts[0].first, l.began.Add(50*ms), l.began.Add(100*ms))
	})
}
