package audiorun

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// clock is when the clock of the tests' runs began.
var clock = time.Now()

func begin(r *Run, e *api.ResponseOutputAudioDelta, size int) {
	p := Of(e, size)
	r.Begin(&p, time.Since(clock))
}

func extend(r *Run, e *api.ResponseOutputAudioDelta, size int) bool {
	p := Of(e, size)
	return r.Extend(&p, time.Since(clock))
}

// TestARunEndsBeforeItsNumbersOverflow adds messages of 1 GiB.
func TestARunEndsBeforeItsNumbersOverflow(t *testing.T) {
	t.Parallel()
	var r Run
	e := &api.ResponseOutputAudioDelta{ItemID: "item", Delta: []byte("sound")}
	begin(&r, e, 1<<30)
	for range 2 {
		assert.True(t, extend(&r, e, 1<<30))
	}
	assert.True(t, extend(&r, e, 1<<30-1))
	assert.False(t, extend(&r, e, 1))
	s := r.End(clock)
	assert.Equal(t, int64(math.MaxUint32), s.MessageBytes)
	assert.EqualValues(t, 4*5, s.AudioBytes)
	assert.Equal(t, 4, s.Deltas)
	assert.False(t, r.IsOpen())
}

// TestARunTakesPiecesForItsLength has the last piece a nanosecond before and at its end.
func TestARunTakesPiecesForItsLength(t *testing.T) {
	t.Parallel()
	var r Run
	p := Of(&api.ResponseOutputAudioDelta{ResponseID: "resp", ItemID: "item", ContentIndex: 1, Delta: []byte("sound")}, 100)
	const first = time.Hour
	assert.False(t, r.Extend(&p, first), "no run is open")
	r.Begin(&p, first)
	assert.True(t, r.Extend(&p, first+Length/10))
	assert.True(t, r.Extend(&p, first+Length-1))
	assert.False(t, r.Extend(&p, first+Length))
	assert.Equal(t, Summary{
		EventType:  "response.output_audio.delta",
		ResponseID: "resp", ItemID: "item", ContentIndex: 1, Deltas: 3, MessageBytes: 300, AudioBytes: 15,
		First: clock.Add(first), Last: clock.Add(first + Length - 1), Gap: Length/10*9 - 1,
	}, r.End(clock))
}

func TestARunOfManyPiecesEnds(t *testing.T) {
	t.Parallel()
	var r Run
	e := &api.ResponseOutputAudioDelta{}
	begin(&r, e, 1)
	n := 1
	for extend(&r, e, 1) {
		n++
	}
	assert.Equal(t, 1<<16-1, n)
	assert.Equal(t, n, r.End(clock).Deltas)
}

func TestARunHasTheNameThatArrived(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"response.audio.delta", "response.output_audio.delta"} {
		e, err := api.DecodeServerEvent([]byte(`{"type":"` + name + `","item_id":"item"}`))
		require.NoError(t, err)
		delta, ok := e.(*api.ResponseOutputAudioDelta)
		require.True(t, ok)
		var r Run
		begin(&r, delta, 1)
		assert.Equal(t, name, r.End(clock).EventType)
	}
}
