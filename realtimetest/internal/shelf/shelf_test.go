package shelf_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtimetest/internal/shelf"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/proxy"
)

func TestAShelfForgetsTheOldest(t *testing.T) {
	t.Parallel()
	const limit = 256 << 10
	s := shelf.New(limit)
	record := func(n, bytes int) error {
		w, err := s.Open(proxy.Call{}, &recording.Options{Keep: []recording.Keep{recording.KeepFrames}})
		require.NoError(t, err)
		w.Message(recording.Message{Direction: recording.In, Data: fmt.Appendf(nil, `{"type":"n%d","x":%q}`, n, strings.Repeat("x", bytes))})
		return w.Close(nil)
	}
	for n := range 10 {
		require.NoError(t, record(n, 60<<10))
	}
	whole := s.Whole()
	require.Len(t, whole, 4)
	sum := 0
	for i, data := range whole {
		sum += len(data)
		assert.Contains(t, string(data), fmt.Sprintf(`"type":"n%d"`, 6+i))
	}
	assert.LessOrEqual(t, sum, limit)
	require.NoError(t, record(10, 2*limit), "what is too large is dropped by the writer, and the recording says so")
	assert.NotContains(t, string(s.Whole()[len(s.Whole())-1]), "xxx")
}
