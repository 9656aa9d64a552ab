package agent

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

func TestPlayback(t *testing.T) {
	t.Parallel()
	const ms = realtime.RatePCM / 1000
	add := func(item string, content, bytes int) func(*Playback) {
		return func(p *Playback) { p.Add(item, content, make([]byte, bytes)) }
	}
	played := func(bytes int) func(*Playback) { return func(p *Playback) { p.Played(bytes) } }
	interrupt := func(p *Playback) { p.Interrupt() }
	cut := func(item string, content, end int) *api.ConversationItemTruncate {
		return &api.ConversationItemTruncate{ItemID: item, ContentIndex: content, AudioEndMS: end}
	}
	for name, tc := range map[string]struct {
		rate    int
		do      []func(*Playback)
		left    time.Duration
		want    *api.ConversationItemTruncate // nil is false
		unheard []string
	}{
		"nothing":           {},
		"played by itself":  {do: []func(*Playback){played(1000)}},
		"half":              {do: []func(*Playback){add("a", 0, 200*ms), played(100 * ms)}, left: 100 * time.Millisecond, want: cut("a", 0, 100)},
		"in pieces":         {do: []func(*Playback){add("a", 0, 100*ms), played(30 * ms), add("a", 0, 100*ms), played(30 * ms), played(90 * ms)}, left: 50 * time.Millisecond, want: cut("a", 0, 150)},
		"rounded down":      {do: []func(*Playback){add("a", 0, 10*ms), played(2*ms - 2)}, left: 8 * time.Millisecond, want: cut("a", 0, 1)},
		"all":               {do: []func(*Playback){add("a", 0, 10*ms), played(10 * ms)}},
		"more than arrived": {do: []func(*Playback){add("a", 0, 10*ms), played(500 * ms)}},
		"silence in between": {
			do:   []func(*Playback){add("a", 0, 10*ms), played(500 * ms), add("a", 0, 10*ms), played(5 * ms)},
			left: 5 * time.Millisecond, want: cut("a", 0, 15),
		},
		"none":              {do: []func(*Playback){add("a", 0, 10*ms)}, left: 10 * time.Millisecond, unheard: []string{"a"}},
		"less than a ms":    {do: []func(*Playback){add("a", 0, 10*ms), played(ms - 2)}, left: 9 * time.Millisecond, unheard: []string{"a"}},
		"negative":          {do: []func(*Playback){add("a", 0, 10*ms), played(-5 * ms)}, left: 10 * time.Millisecond, unheard: []string{"a"}},
		"second of two":     {do: []func(*Playback){add("a", 0, 10*ms), add("b", 0, 10*ms), played(14 * ms)}, left: 6 * time.Millisecond, want: cut("b", 0, 4)},
		"first of three":    {do: []func(*Playback){add("a", 0, 10*ms), add("b", 0, 10*ms), add("c", 0, ms), played(4 * ms)}, left: 17 * time.Millisecond, want: cut("a", 0, 4), unheard: []string{"b", "c"}},
		"between two":       {do: []func(*Playback){add("a", 0, 10*ms), played(10 * ms), add("b", 0, 10*ms)}, left: 10 * time.Millisecond, unheard: []string{"b"}},
		"several by then":   {do: []func(*Playback){add("a", 0, 10*ms), add("b", 0, 10*ms), add("c", 0, 10*ms), played(25 * ms)}, left: 5 * time.Millisecond, want: cut("c", 0, 5)},
		"second part":       {do: []func(*Playback){add("a", 0, 10*ms), add("a", 1, 10*ms), played(14 * ms)}, left: 6 * time.Millisecond, want: cut("a", 1, 4)},
		"between two parts": {do: []func(*Playback){add("a", 0, 10*ms), add("a", 1, 10*ms), played(10 * ms)}, left: 10 * time.Millisecond},
		"G.711":             {rate: realtime.RateG711, do: []func(*Playback){add("a", 0, 1600), played(804)}, left: 99 * time.Millisecond, want: cut("a", 0, 100)},
		"late piece": {
			do:   []func(*Playback){add("a", 0, 10*ms), played(4 * ms), interrupt, add("a", 0, 10*ms), add("b", 0, 10*ms), played(3 * ms)},
			left: 7 * time.Millisecond, want: cut("b", 0, 3),
		},
		"late piece of an item that was all heard": {do: []func(*Playback){add("a", 0, ms), played(ms), interrupt, add("a", 0, ms)}},
		"twice": {do: []func(*Playback){add("a", 0, 10*ms), interrupt}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := Playback{Rate: tc.rate}
			for _, do := range tc.do {
				do(&p)
			}
			assert.Equal(t, tc.left, p.Remaining())
			got, ok := p.Interrupt()
			assert.Equal(t, tc.want != nil, ok)
			assert.Equal(t, tc.want, got)
			assert.Equal(t, tc.unheard, p.Unheard())
			assert.Zero(t, p.Remaining())
			if ok {
				assert.NoError(t, got.Validate())
				assert.False(t, p.Add(got.ItemID, got.ContentIndex, nil), "what comes late is not played")
			}
			assert.True(t, p.Add("new", 0, nil))
		})
	}
}

// TestLateAudioAfterSeveralInterrupts interrupts once more before the server has acted
// on the first interruption, as a voice detection that fires for each frame does.
func TestLateAudioAfterSeveralInterrupts(t *testing.T) {
	t.Parallel()
	var p Playback
	p.Add("a", 0, make([]byte, 48000))
	p.Played(24000)
	_, ok := p.Interrupt()
	require.True(t, ok)
	for i := range 3 {
		_, ok = p.Interrupt()
		assert.False(t, ok, "nothing plays")
		assert.False(t, p.Add("a", 0, make([]byte, 4800)), "late audio after interruption %d", i+2)
	}
	assert.Zero(t, p.Remaining())
	for i := range maxStopped {
		assert.True(t, p.Add(strconv.Itoa(i), 0, make([]byte, 480)))
		p.Interrupt()
		assert.False(t, p.Add(strconv.Itoa(i), 0, make([]byte, 480)))
	}
	assert.Len(t, p.stopped, maxStopped, "the list is bounded")
}

func TestPlaybackFromSeveralGoroutines(t *testing.T) {
	t.Parallel()
	var p Playback
	var wg sync.WaitGroup
	for _, do := range []func(){
		func() { p.Add("a", 0, make([]byte, 480)) }, func() { p.Played(48) },
		func() { p.Interrupt() }, func() { p.Remaining() }, func() { p.Unheard() },
	} {
		wg.Go(func() {
			for range 200 {
				do()
			}
		})
	}
	wg.Wait()
}
