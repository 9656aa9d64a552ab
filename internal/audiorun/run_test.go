package audiorun

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

func begin(r *Run, e *api.ResponseOutputAudioDelta, size int) {
	p := Of(e, size)
	r.Begin(&p)
}

func extend(r *Run, e *api.ResponseOutputAudioDelta, size int) bool {
	p := Of(e, size)
	return r.Extend(&p)
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
	s := r.End()
	assert.Equal(t, int64(math.MaxUint32), s.MessageBytes)
	assert.EqualValues(t, 4*5, s.AudioBytes)
	assert.Equal(t, 4, s.Deltas)
	assert.False(t, r.IsOpen())
}

// TestARunTakesPiecesForASecond has the last piece a nanosecond before and at its end.
func TestARunTakesPiecesForASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var r Run
		e := &api.ResponseOutputAudioDelta{ResponseID: "resp", ItemID: "item", ContentIndex: 1, Delta: []byte("sound")}
		assert.False(t, extend(&r, e, 100), "no run is open")
		first := time.Now()
		begin(&r, e, 100)
		time.Sleep(100 * time.Millisecond)
		assert.True(t, extend(&r, e, 100))
		time.Sleep(900*time.Millisecond - 1)
		assert.True(t, extend(&r, e, 100))
		time.Sleep(time.Nanosecond)
		assert.False(t, extend(&r, e, 100))
		assert.Equal(t, Summary{
			EventType:  "response.output_audio.delta",
			ResponseID: "resp", ItemID: "item", ContentIndex: 1, Deltas: 3, MessageBytes: 300, AudioBytes: 15,
			First: first, Last: first.Add(Length - 1), Gap: 900*time.Millisecond - 1,
		}, r.End())
	})
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
	assert.Equal(t, n, r.End().Deltas)
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
		assert.Equal(t, name, r.End().EventType)
	}
}
