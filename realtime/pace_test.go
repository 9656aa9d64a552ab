package realtime

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPaceDefaults holds what Pace documents for fields that are not set: PCM in real
// time, 50 milliseconds a piece.
func TestPaceDefaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var pieces []int
		begin := time.Now()
		n, err := paceAudio(t.Context(), bytes.NewReader(make([]byte, RatePCM)), Pace{}, func(_ context.Context, audio []byte) error {
			pieces = append(pieces, len(audio))
			return nil
		})
		require.NoError(t, err)
		assert.EqualValues(t, RatePCM, n)
		require.Len(t, pieces, 20)
		assert.Equal(t, RatePCM/20, pieces[0])
		assert.InDelta(t, time.Second, time.Since(begin), float64(50*time.Millisecond))
	})
}
