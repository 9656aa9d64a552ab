package audiorun

import (
	"maps"
	"math"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/monotonic"
)

func begin(r *run, e *api.ResponseOutputAudioDelta, size int) {
	p := Of(e, size)
	r.begin(&p, monotonic.Now())
}

func extend(r *run, e *api.ResponseOutputAudioDelta, size int) bool {
	p := Of(e, size)
	return r.extend(&p, monotonic.Now())
}

// TestARunEndsBeforeItsNumbersOverflow adds messages of 1 GiB.
func TestARunEndsBeforeItsNumbersOverflow(t *testing.T) {
	t.Parallel()
	var r run
	e := &api.ResponseOutputAudioDelta{ItemID: "item", Delta: []byte("sound")}
	begin(&r, e, 1<<30)
	for range 2 {
		assert.True(t, extend(&r, e, 1<<30))
	}
	assert.True(t, extend(&r, e, 1<<30-1))
	assert.False(t, extend(&r, e, 1))
	s := r.end("", 0)
	assert.Equal(t, int64(math.MaxUint32), s.MessageBytes)
	assert.EqualValues(t, 4*5, s.AudioBytes)
	assert.Equal(t, 4, s.Deltas)
	assert.False(t, r.isOpen())
}

// TestARunTakesPiecesForItsLength has the last piece a nanosecond before and at its end.
func TestARunTakesPiecesForItsLength(t *testing.T) {
	t.Parallel()
	var r run
	p := Of(&api.ResponseOutputAudioDelta{ResponseID: "resp", ItemID: "item", ContentIndex: 1, Delta: []byte("sound")}, 100)
	synctest.Test(t, func(t *testing.T) {
		first := monotonic.Now()
		assert.False(t, r.extend(&p, first), "no run is open")
		r.begin(&p, first)
		assert.True(t, r.extend(&p, first+monotonic.Time(Length/10)))
		assert.True(t, r.extend(&p, first+monotonic.Time(Length-1)))
		assert.False(t, r.extend(&p, first+monotonic.Time(Length)))
		assert.Equal(t, Summary{
			EventType:  "response.output_audio.delta",
			ResponseID: "resp", ItemID: "item", ContentIndex: 1, Deltas: 3, MessageBytes: 300, AudioBytes: 15,
			First: time.Now(), Last: time.Now().Add(Length - 1), Gap: Length/10*9 - 1,
		}, r.end("resp", 1))
	})
}

// TestTimesOfARunNeverGoBack has a piece that arrived before the one that was counted.
func TestTimesOfARunNeverGoBack(t *testing.T) {
	t.Parallel()
	var r run
	p := Of(&api.ResponseOutputAudioDelta{ItemID: "item", Delta: []byte("sound")}, 100)
	const first = monotonic.Time(time.Hour)
	r.begin(&p, first)
	assert.True(t, r.extend(&p, first-1))
	assert.True(t, r.extend(&p, first+5))
	assert.True(t, r.extend(&p, first+3))
	s := r.end("", 0)
	assert.EqualValues(t, 5, s.Last.Sub(s.First))
	assert.EqualValues(t, 5, s.Gap)
}

func TestARunOfManyPiecesEnds(t *testing.T) {
	t.Parallel()
	var r run
	e := &api.ResponseOutputAudioDelta{}
	begin(&r, e, 1)
	n := 1
	for extend(&r, e, 1) {
		n++
	}
	assert.Equal(t, 1<<16-1, n)
	assert.Equal(t, n, r.end("", 0).Deltas)
}

func TestARunHasTheNameThatArrived(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"response.audio.delta", "response.output_audio.delta"} {
		e, err := api.DecodeServerEvent([]byte(`{"type":"` + name + `","item_id":"item"}`))
		require.NoError(t, err)
		delta, ok := e.(*api.ResponseOutputAudioDelta)
		require.True(t, ok)
		var r run
		begin(&r, delta, 1)
		assert.Equal(t, name, r.end("", 0).EventType)
	}
}

// TestAMergerIsALineOfMemory: a session has room for that and no more.
func TestAMergerIsALineOfMemory(t *testing.T) {
	t.Parallel()
	assert.LessOrEqual(t, reflect.TypeFor[Merger]().Size(), uintptr(64))
}

// TestARunHasOneResponse holds for items without an id, too.
func TestARunHasOneResponse(t *testing.T) {
	t.Parallel()
	for _, item := range []string{"", "item"} {
		var r run
		e := &api.ResponseOutputAudioDelta{ResponseID: "resp_1", ItemID: item}
		begin(&r, e, 1)
		assert.True(t, extend(&r, e, 1))
		assert.False(t, extend(&r, &api.ResponseOutputAudioDelta{ResponseID: "resp_2", ItemID: item}, 1))
	}
}

// TestManyParts: each piece of the 255th part and of those after it is a run, and so is one of a
// part with a negative index, of a server that is wrong.
func TestManyParts(t *testing.T) {
	t.Parallel()
	var m Merger
	var seen []int
	m.Init(func(s Summary) { seen = append(seen, s.ContentIndex) })
	for _, part := range []int{254, 254, 255, 255, 300, 44, 44, -1, 255} {
		m.Add(Of(&api.ResponseOutputAudioDelta{ContentIndex: part}, 1), monotonic.Now())
	}
	m.Close()
	assert.Equal(t, []int{254, 255, 255, 300, 44, -1, 255}, seen)
}

// TestRunsThatNothingFollowsEndTogether begins runs of a hundred sessions in a second, each of
// which ends by its timer.
func TestRunsThatNothingFollowsEndTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const sessions = 100
		var mu sync.Mutex
		ends := map[time.Time]int{}
		for range sessions {
			began := time.Now()
			m := new(Merger)
			m.Init(func(Summary) {
				assert.Greater(t, time.Since(began), patience-slack)
				assert.LessOrEqual(t, time.Since(began), patience)
				mu.Lock()
				defer mu.Unlock()
				ends[time.Now()]++
			})
			m.Add(Of(&api.ResponseOutputAudioDelta{}, 1), monotonic.Now())
			time.Sleep(10 * time.Millisecond)
		}
		time.Sleep(patience)
		synctest.Wait()
		assert.Equal(t, []int{50, 50}, slices.Collect(maps.Values(ends)))
	})
}
