package dispatch

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	t.Parallel()
	r, err := parse(`after 14s:
300 calls for 4s, 56.5 orders/s:
  workers                0.152 cores, 508 µs a call and second; 120 MB resident, 412 KB a call
  calls                  300
  lost                   0
  dispatch               300: p50 2.2ms, p95 8.5ms, p99 13ms, max 24ms
`)
	require.NoError(t, err)
	assert.Equal(t, result{2200 * time.Microsecond, 13 * time.Millisecond, "0", "0.152"}, r)
	_, err = parse("something else")
	require.ErrorContains(t, err, "something else")
}
