package audiopool

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/link"
)

func TestAudioPool(t *testing.T) {
	t.Parallel()
	var freed []int
	p := Pool{Freed: func(audio []byte) { freed = append(freed, len(audio)) }}
	assert.Nil(t, p.Get())
	p.Put(nil)
	p.Put(&api.ResponseOutputTextDelta{})
	p.Put(&api.ResponseOutputAudioDelta{Delta: make([]byte, link.KeptBuffer+1)})
	assert.Empty(t, freed, "too large to keep")
	e := &api.ResponseOutputAudioDelta{EventID: "e", Delta: make([]byte, 10, 20)}
	p.Put(e)
	assert.Equal(t, []int{20}, freed)
	if !raceEnabled {
		assert.Same(t, e, p.Get())
		assert.Equal(t, &api.ResponseOutputAudioDelta{Delta: []byte{}}, e)
	}
}
