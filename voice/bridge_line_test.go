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
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// awaitSound waits until the caller has heard sound of a length.
func (c *call) awaitSound(d time.Duration) {
	c.t.Helper()
	_, out := c.line.Formats()
	began := time.Now()
	for out.Duration(len(c.sim.Heard())) < d {
		require.Less(c.t, time.Since(began), time.Minute, "the line stays silent")
		time.Sleep(ms)
	}
}

func (c *call) playOut() error {
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	return c.bridge.PlayOut(ctx)
}

func TestProgramInterrupts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, answer(forecast, 3*time.Second), NewSimLine(audio.PCM24k, audio.PCM24k), nil)
		_, err := c.bridge.Interrupt(t.Context())
		require.NoError(t, err, "nothing plays")
		c.say(500 * ms)
		c.awaitSound(1050 * ms)
		h, err := c.bridge.Interrupt(t.Context())
		require.NoError(t, err)
		assert.InDelta(t, 1050*ms, h.Sound, float64(ms))
		assert.Equal(t, 3*time.Second, h.Received)
		assert.Equal(t, ByMark, h.How)
		confirmed := realtimetest.AllSent[*api.ConversationItemTruncated](c.conn())
		require.Len(t, confirmed, 1, "it returns when the server has confirmed")
		assert.Equal(t, h.Item, confirmed[0].ItemID)
		assert.EqualValues(t, h.Sound.Milliseconds(), confirmed[0].AudioEndMS)
		turn := c.turn()
		assert.True(t, turn.Cut)
		h, err = c.bridge.Interrupt(t.Context())
		require.NoError(t, err)
		assert.Zero(t, h)
		assert.InDelta(t, 1050*ms, audio.PCM24k.Duration(len(c.sim.Heard())), float64(ms))
		require.NoError(t, c.hangUp(), "a cancel that comes too late is no error")
	})
}

// TestProgramInterruptsAResponse stops a response that still runs: it is cancelled.
func TestProgramInterruptsAResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		script := realtimetest.Script{Rules: []realtimetest.Rule{{Do: []realtimetest.Step{
			realtimetest.Say{Text: "One moment.", Audio: realtimetest.Tone(time.Second)}, realtimetest.Hang{},
		}}}}
		c := dial(t, script, NewSimLine(audio.ULaw, audio.ULaw), nil)
		c.say(500 * ms)
		c.awaitSound(500 * ms)
		_, err := c.bridge.Interrupt(t.Context())
		require.NoError(t, err)
		turn := c.turn()
		assert.Equal(t, api.ResponseStatusCancelled, turn.Utterances[0].Status)
		assert.Equal(t, []string{"response.cancel", "conversation.item.truncate"}, typesOf(c.conn(), "response.cancel", "conversation.item.truncate"))
		require.NoError(t, c.hangUp())
	})
}

// typesOf returns the events of these types in the order in which they came.
func typesOf(c *realtimetest.Conn, types ...string) (got []string) {
	for _, e := range c.Log() {
		for _, want := range types {
			if e.Direction == realtimetest.Received && e.Type == want {
				got = append(got, e.Type)
			}
		}
	}
	return got
}

func TestNeverStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, answer(forecast, 3*time.Second), NewSimLine(audio.ULaw, audio.ULaw), &BridgeOptions{BargeIn: NeverStop})
		c.say(500 * ms)
		c.awaitSound(time.Second)
		c.say(500 * ms)
		turn := c.turn()
		assert.False(t, turn.Cut)
		assert.Equal(t, forecast, turn.Said)
		assert.Empty(t, realtimetest.AllReceived[*api.ConversationItemTruncate](c.conn()))
		require.NoError(t, c.hangUp())
	})
}

// listening is a line that detects speech by itself.
type listening struct {
	*SimLine

	speech chan Speech
}

func (l listening) Receive(ctx context.Context) (Input, error) {
	select {
	case x := <-l.speech:
		return Input{Speech: x}, nil
	default:
		return l.SimLine.Receive(ctx)
	}
}

// TestTheLineDetectsSpeech: the server hears nothing, and its response must be cancelled.
func TestTheLineDetectsSpeech(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		script := realtimetest.Script{Rules: []realtimetest.Rule{{Do: []realtimetest.Step{
			realtimetest.Say{Text: "One moment.", Audio: realtimetest.Tone(time.Second)}, realtimetest.Hang{},
		}}}}
		l := listening{NewSimLine(audio.ULaw, audio.ULaw), make(chan Speech, 1)}
		c := dial(t, script, l, nil)
		c.sim = l.SimLine
		c.say(500 * ms)
		c.awaitSound(500 * ms)
		l.speech <- SpeechBegan
		turn := c.turn()
		assert.True(t, turn.Cut)
		assert.Equal(t, api.ResponseStatusCancelled, turn.Utterances[0].Status)
		heard := audio.ULaw.Duration(len(c.sim.Heard()))
		assert.Less(t, heard, 600*ms, "at the next frame")
		l.speech <- SpeechEnded
		time.Sleep(time.Second)
		assert.Equal(t, heard, audio.ULaw.Duration(len(c.sim.Heard())))
		require.NoError(t, c.hangUp())
	})
}

func TestKeysReachTheProgram(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var keys []rune
		c := dial(t, realtimetest.Script{}, NewSimLine(audio.ULaw, audio.ULaw), &BridgeOptions{
			Key: func(key rune, _ time.Duration) { keys = append(keys, key) },
		})
		c.sim.Press("12#")
		time.Sleep(100 * ms)
		require.NoError(t, c.hangUp())
		assert.Equal(t, "12#", string(keys))
	})
}

func TestPlayOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, answer(forecast, 2*time.Second), NewSimLine(audio.ULaw, audio.ULaw), nil)
		require.NoError(t, c.bridge.PlayOut(t.Context()), "nothing plays")
		c.say(500 * ms)
		c.awaitSound(100 * ms)
		require.NoError(t, c.playOut())
		assert.Equal(t, 2*time.Second, audio.ULaw.Duration(len(c.sim.Heard())))
		c.say(500 * ms)
		c.awaitSound(2500 * ms)
		result := make(chan error, 1)
		go func() { result <- c.bridge.PlayOut(t.Context()) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 100*ms)
		require.ErrorIs(t, c.bridge.PlayOut(ctx), context.DeadlineExceeded)
		cancel()
		_, err := c.bridge.Interrupt(t.Context())
		require.NoError(t, err)
		require.ErrorIs(t, <-result, ErrInterrupted)
		require.NoError(t, c.hangUp())
		require.NoError(t, c.bridge.PlayOut(t.Context()), "after the end")
	})
}

// TestTheLineEndsInAnAnswer holds that the conversation keeps what was heard.
func TestTheLineEndsInAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, answer(forecast, 3*time.Second), NewSimLine(audio.ULaw, audio.ULaw), nil)
		c.say(500 * ms)
		c.awaitSound(1050 * ms)
		require.NoError(t, c.hangUp())
		turn := c.turn()
		require.NotNil(t, turn)
		assert.True(t, turn.Cut)
		assert.Nil(t, c.turn(), "the loop ends with Run")
		cuts := realtimetest.AllSent[*api.ConversationItemTruncated](c.conn())
		require.Len(t, cuts, 1)
		assert.InDelta(t, 1050, cuts[0].AudioEndMS, 1)
		require.NoError(t, c.session.Err(), "the session is its owner's")
	})
}

func TestTheSessionEnds(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		end  func(c *call)
		want func(t *testing.T, err error)
	}{
		"closed": {func(c *call) { _ = c.session.Close() }, func(t *testing.T, err error) { t.Helper(); require.NoError(t, err) }},
		"at 60 minutes": {func(c *call) { c.conn().Close(1001, "session expired") }, func(t *testing.T, err error) {
			t.Helper()
			require.ErrorContains(t, err, "1001")
		}},
		"cut": {func(c *call) { c.conn().Drop() }, func(t *testing.T, err error) { t.Helper(); require.Error(t, err) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := dial(t, answer(forecast, 3*time.Second), NewSimLine(audio.ULaw, audio.ULaw), nil)
				c.say(500 * ms)
				c.awaitSound(time.Second)
				tc.end(c)
				tc.want(t, <-c.ran)
				turn := c.turn()
				assert.True(t, turn.Cut)
				assert.Less(t, audio.ULaw.Duration(len(c.sim.Heard())), 3*time.Second)
			})
		})
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := dial(t, realtimetest.Script{}, NewSimLine(audio.ULaw, audio.ULaw), nil)
		synctest.Wait()
		require.ErrorContains(t, c.bridge.Run(t.Context()), "called before")
		b, err := NewBridge(c.connect(), NewSimLine(audio.ULaw, audio.ULaw), nil)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- b.Run(ctx) }()
		time.Sleep(time.Second)
		cancel()
		require.ErrorIs(t, <-ran, context.Canceled)
		require.NoError(t, c.hangUp())
	})
}

// TestABrokenLine returns the error of the line's transport.
func TestABrokenLine(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]brokenLine{"receive": {receive: true}, "play": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				broken.SimLine = NewSimLine(audio.ULaw, audio.ULaw)
				c := dial(t, answer(forecast, time.Second), &broken, nil)
				c.sim = broken.SimLine
				if !broken.receive {
					c.say(500 * ms)
				}
				require.ErrorIs(t, <-c.ran, context.DeadlineExceeded)
			})
		})
	}
}

type brokenLine struct {
	*SimLine

	receive bool
}

func (l *brokenLine) Receive(ctx context.Context) (Input, error) {
	if l.receive {
		return Input{}, context.DeadlineExceeded
	}
	return l.SimLine.Receive(ctx)
}

func (l *brokenLine) Play(context.Context, []byte) error { return context.DeadlineExceeded }

func TestNewBridgeRefuses(t *testing.T) {
	t.Parallel()
	s := &realtime.Session{}
	l := NewSimLine(audio.ULaw, audio.ULaw)
	_, err := NewBridge(nil, l, nil)
	require.ErrorContains(t, err, "nil")
	_, err = NewBridge(s, nil, nil)
	require.ErrorContains(t, err, "nil")
	_, err = NewBridge(s, NewSimLine(0, audio.ULaw), nil)
	require.ErrorContains(t, err, "invalid")
	_, err = NewBridge(s, l, &BridgeOptions{Formats: &Formats{In: audio.PCM24k, Out: audio.PCM16k}})
	require.ErrorContains(t, err, "pcm/16000")
}
