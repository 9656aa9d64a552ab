package clientsecret

import (
	"math"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Any number of users takes bounded memory, and newcomers are not refused.
func TestManyUsers(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	for name, step := range map[string]time.Duration{"at once": 0, "over time": time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLimiter(2, 12*time.Second)
			at := now
			for user := range maxUsers + 5000 {
				at = at.Add(step)
				assert.Zero(t, l.take(strconv.Itoa(user), at))
			}
			assert.LessOrEqual(t, len(l.users), maxUsers)
			if step > 0 {
				assert.Less(t, len(l.users), 20_000, "users whose secrets are all back are forgotten")
			}
		})
	}
}

// No burst and no interval is too large to count with.
func TestLargeLimits(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	for _, burst := range []int{1, 50, 1 << 30, math.MaxInt} {
		for _, every := range []time.Duration{1, 12 * time.Second, 100 * 365 * 24 * time.Hour, math.MaxInt64} {
			l := newLimiter(burst, every)
			for range min(burst, 50) {
				assert.Zero(t, l.take("ann", now), "%d, %v", burst, every)
			}
			wait := l.take("ann", now)
			if burst <= 50 {
				assert.Equal(t, every, wait, "%d, %v", burst, every)
				assert.Positive(t, seconds(wait), "the header Retry-After")
			} else {
				assert.Zero(t, wait, "%d, %v", burst, every)
			}
		}
	}
}

// A clock that is set back gives nothing again, and takes nothing more.
func TestAClockThatIsSetBack(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	l := newLimiter(3, time.Minute)
	assert.Zero(t, l.take("ann", now))
	for range 2 {
		assert.Zero(t, l.take("ann", now.Add(-time.Hour)))
	}
	assert.Positive(t, l.take("ann", now.Add(-time.Hour)))
	assert.Zero(t, l.take("ann", now.Add(time.Minute)))
}
