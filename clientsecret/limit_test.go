package clientsecret

import (
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
