package trial

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/voice"
)

// exchange places calls through one handler.
type exchange struct {
	t       *testing.T
	carrier *telephonytest.Carrier
	program program
	lines   chan *telephony.Line
	release chan struct{} // closed to let all calls of the program end
}

// newExchange makes a program that hands its lines to the test, and ends calls when the
// line ends or release is called.
func newExchange(t *testing.T, c carrier, change func(*telephony.Options, *telephonytest.Config)) *exchange {
	t.Helper()
	far := c.far
	x := &exchange{t: t, lines: make(chan *telephony.Line, 64), release: make(chan struct{})}
	o := telephony.Options{Call: func(ctx context.Context, l *telephony.Line) error {
		x.lines <- l
		select {
		case <-l.Ended():
		case <-x.release:
		case <-ctx.Done():
		}
		return nil
	}}
	far.URL = address
	o.Client = simulated(func() *telephonytest.Carrier { return x.carrier })
	if change != nil {
		change(&o, &far)
	}
	x.program = c.open(t, o, &far)
	x.carrier = telephonytest.New(c.kind, &far)
	x.program.start(x.carrier)
	return x
}

// call places a call and returns both of its ends.
func (x *exchange) call() (*telephonytest.Call, *telephony.Line) {
	x.t.Helper()
	call, err := x.carrier.Call(x.t.Context(), "+15550100", "+15550199")
	require.NoError(x.t, err)
	return call, <-x.lines
}

// hear receives for a time and returns sound and keys.
func hear(t *testing.T, l *telephony.Line, d time.Duration) (sound []byte, keys string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	for {
		in, err := l.Receive(ctx)
		if err != nil {
			if !errors.Is(err, context.DeadlineExceeded) {
				assert.ErrorIs(t, err, io.EOF)
			}
			return sound, keys
		}
		sound = append(sound, in.Audio...)
		if in.Key != 0 {
			keys += string(in.Key)
		}
	}
}

// each runs a test for each carrier, in a bubble.
func each(t *testing.T, f func(t *testing.T, c carrier)) {
	t.Helper()
	t.Parallel()
	for _, c := range carriers {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { f(t, c) })
		})
	}
}

func TestCarriersCarrySound(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		x := newExchange(t, c, nil)
		defer x.carrier.Close()
		call, l := x.call()
		in, out := l.Formats()
		farIn, farOut := call.Formats()
		require.Equal(t, farIn, in)
		require.Equal(t, farOut, out)
		assert.Equal(t, c.kind.String(), l.Info().Carrier)
		assert.Equal(t, call.ID(), l.Info().CallID)
		said := in.AppendTone(nil, 440, time.Second, 0.5)
		var wg sync.WaitGroup
		wg.Go(func() { assert.NoError(t, call.Speak(t.Context(), said)) })
		got, _ := hear(t, l, 2*time.Second)
		wg.Wait()
		assert.True(t, bytes.Contains(got, said), "the caller's sound does not arrive as it was")

		// Sound of any length is sent in whole frames, and nothing is added in the middle.
		answer := out.AppendTone(nil, 300, 2345*time.Millisecond, 0.5)
		wg.Go(func() {
			for rest := answer; len(rest) > 0; {
				n := min(len(rest), 333*out.SampleSize())
				assert.NoError(t, l.Play(t.Context(), rest[:n]))
				rest = rest[n:]
			}
		})
		hear(t, l, 5*time.Second)
		wg.Wait()
		assert.True(t, bytes.Contains(call.Heard(), answer), "the answer is not heard as it was")
		assert.Equal(t, len(answer), l.Played())
		assert.Empty(t, call.Faults())
		assert.Zero(t, l.Stats().Skipped)
	})
}

func TestClearSilencesCarriers(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		for _, marks := range []telephonytest.ClearBehaviour{telephonytest.ReturnsMarks, telephonytest.DropsMarks, telephonytest.KeepsMarks} {
			x := newExchange(t, c, func(_ *telephony.Options, far *telephonytest.Config) { far.OnClear = marks })
			call, l := x.call()
			_, out := l.Formats()
			old, next := levelSound(out, 1, 8*time.Second), levelSound(out, 2, time.Second)
			blocked := make(chan error, 1)
			go func() { blocked <- l.Play(t.Context(), old) }()
			time.Sleep(1130 * time.Millisecond)
			before, truth := out.Duration(l.Played()), heardOf(call, 1)
			assert.LessOrEqual(t, before, truth)
			assert.Less(t, truth-before, understated+c.coarse)
			require.NoError(t, l.Clear(t.Context()))
			require.NoError(t, <-blocked, "Play goes on after a clear")
			assert.Zero(t, l.Played())
			time.Sleep(100 * time.Millisecond)
			silent := heardOf(call, 1)
			require.NoError(t, l.Play(t.Context(), next))
			time.Sleep(10 * time.Second)
			assert.Equal(t, silent, heardOf(call, 1), "old sound is heard after a clear")
			assert.Equal(t, time.Second, heardOf(call, 2))
			assert.Equal(t, len(next), l.Played())
			assert.Empty(t, call.Faults())
			x.carrier.Close()
		}
	})
}

func TestKeysAndTransfers(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		x := newExchange(t, c, nil)
		defer x.carrier.Close()
		call, l := x.call()
		call.Press("12*#9")
		_, keys := hear(t, l, time.Second)
		assert.Equal(t, "12*#9", keys)
		require.Error(t, l.Press(t.Context(), "1x"))
		err := l.Press(t.Context(), "1#")
		time.Sleep(time.Second)
		if c.press {
			require.NoError(t, err)
			assert.Equal(t, "1#", call.Digits())
		} else {
			require.ErrorIs(t, err, voice.ErrUnsupported)
		}
		err = l.Transfer(t.Context(), "+15550123")
		if !c.transfer {
			require.ErrorIs(t, err, voice.ErrUnsupported)
			return
		}
		require.NoError(t, err)
		<-call.Ended()
		assert.Equal(t, "+15550123", call.Transferred())
		<-l.Ended()
		assert.ErrorIs(t, l.Transfer(t.Context(), "+15550123"), voice.ErrLineEnded)
	})
}

func TestEitherSideHangsUp(t *testing.T) {
	ends := map[string]func(*telephonytest.Call, *telephony.Line){
		"caller":        func(call *telephonytest.Call, _ *telephony.Line) { call.HangUp() },
		"without words": func(call *telephonytest.Call, _ *telephony.Line) { call.Drop() },
		"program":       func(_ *telephonytest.Call, l *telephony.Line) { assert.NoError(t, l.HangUp(t.Context())) },
	}
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		x := newExchange(t, c, nil)
		defer x.carrier.Close()
		for range 10 { // The ends of the connection race.
			for name, end := range ends {
				call, l := x.call()
				end(call, l)
				<-call.Ended()
				<-l.Ended()
				assert.Equal(t, name == "program", call.By() == telephonytest.Program, name)
				assertEnded(t, l, name)
			}
		}
	})
}

// assertEnded holds what every method does after a good end.
func assertEnded(t *testing.T, l *telephony.Line, name string) {
	t.Helper()
	assert.NoError(t, l.Err(), name)
	_, err := l.Receive(t.Context())
	for err == nil {
		_, err = l.Receive(t.Context())
	}
	assert.ErrorIs(t, err, io.EOF, name)
	assert.ErrorIs(t, l.Play(t.Context(), make([]byte, 320)), voice.ErrLineEnded, name)
	assert.ErrorIs(t, l.Clear(t.Context()), voice.ErrLineEnded, name)
	assert.NoError(t, l.HangUp(t.Context()), name)
}

func TestGapsBecomeSilence(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		if !c.stamped {
			t.Skip("the carrier does not tell when sound begins")
		}
		x := newExchange(t, c, nil)
		defer x.carrier.Close()
		call, l := x.call()
		in, _ := l.Formats()
		hear(t, l, time.Second)
		call.Gap(200 * time.Millisecond)
		sound, _ := hear(t, l, time.Second)
		assert.InDelta(t, time.Second, in.Duration(len(sound)), float64(101*time.Millisecond))
		assert.Equal(t, 200*time.Millisecond, l.Stats().Lost)
		assert.Equal(t, 200*time.Millisecond, l.Stats().Filled)
		// A loss that is longer than a stall is filled while it lasts, and not once more.
		call.Gap(3 * time.Second)
		sound, _ = hear(t, l, 2*time.Second)
		assert.InDelta(t, 2*time.Second, in.Duration(len(sound)), float64(101*time.Millisecond))
		assert.Equal(t, 1, l.Stats().Stalls)
		sound, _ = hear(t, l, 3*time.Second)
		assert.InDelta(t, 3*time.Second, in.Duration(len(sound)), float64(121*time.Millisecond))
		assert.Equal(t, 3200*time.Millisecond, l.Stats().Lost)
	})
}

func TestStallsAndDeadLinesAreNoticed(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		x := newExchange(t, c, nil)
		defer x.carrier.Close()
		call, l := x.call()
		in, _ := l.Formats()
		hear(t, l, time.Second)
		call.Stall(2 * time.Second)
		sound, _ := hear(t, l, 1900*time.Millisecond)
		assert.InDelta(t, 1900*time.Millisecond, in.Duration(len(sound)), float64(101*time.Millisecond), "a stall holds up the turn")
		hear(t, l, 2*time.Second)
		assert.Equal(t, 1, l.Stats().Stalls)
		call.Stall(time.Hour)
		for {
			if _, err := l.Receive(t.Context()); err != nil {
				assert.ErrorIs(t, err, telephony.ErrStalled)
				break
			}
		}
		assert.ErrorIs(t, l.Err(), telephony.ErrStalled)
	})
}

// TestMarksOfClearedSoundProveNothing plays anew at once after a clear, over a network with
// latency: the marks of the old sound arrive while marks with the same numbers are pending.
func TestMarksOfClearedSoundProveNothing(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		for _, marks := range []telephonytest.ClearBehaviour{telephonytest.ReturnsMarks, telephonytest.DropsMarks, telephonytest.KeepsMarks} {
			x := newExchange(t, c, func(_ *telephony.Options, far *telephonytest.Config) {
				far.OnClear = marks
				if c.kind != telephonytest.AudioSocket { // Its latency is that of the configuration.
					far.Network.Latency = 40 * time.Millisecond
				}
			})
			call, l := x.call()
			_, out := l.Formats()
			play := func(item int) {
				go func() { _ = l.Play(t.Context(), levelSound(out, item, 2*time.Second)) }()
			}
			play(1)
			time.Sleep(530 * time.Millisecond)
			require.NoError(t, l.Clear(t.Context()))
			play(2)
			for range 400 {
				time.Sleep(5 * time.Millisecond)
				require.LessOrEqual(t, out.Duration(l.Played()), heardOf(call, 2)+c.tolerance, "OnClear %d", marks)
			}
			time.Sleep(time.Second)
			assert.Equal(t, 2*time.Second, out.Duration(l.Played()))
			x.carrier.Close()
		}
	})
}

// TestOrderIsRestored has pieces of the caller's sound change places, where a carrier may.
func TestOrderIsRestored(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		x := newExchange(t, c, func(_ *telephony.Options, far *telephonytest.Config) { far.Network.Disorder = 0.3 })
		defer x.carrier.Close()
		call, l := x.call()
		in, _ := l.Formats()
		said := in.AppendTone(nil, 440, 5*time.Second, 0.5)
		go func() { _ = call.Speak(t.Context(), said) }()
		got, _ := hear(t, l, 6*time.Second)
		assert.True(t, bytes.Contains(got, said), "the caller's sound is out of order")
		assert.Equal(t, c.kind == telephonytest.Telnyx, l.Stats().Reordered > 0)
	})
}
