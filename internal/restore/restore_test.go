package restore

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/internal/mirror"
)

// TestWhatEarlierAttemptsWereRefused holds that an item which an attempt before this one was
// refused is lost, once, unless this one has restored it.
func TestWhatEarlierAttemptsWereRefused(t *testing.T) {
	t.Parallel()
	earlier, now := mirror.Lost{ID: "a", Reason: "earlier"}, mirror.Lost{ID: "a", Reason: "now"}
	other := mirror.Lost{ID: "b", Reason: "other"}
	for name, c := range map[string]struct {
		refused, lost []mirror.Lost
		restored      []string
		want          []mirror.Lost
	}{
		"nothing":                 {nil, nil, []string{"a"}, nil},
		"earlier":                 {[]mirror.Lost{earlier}, nil, nil, []mirror.Lost{earlier}},
		"beside another":          {[]mirror.Lost{earlier}, []mirror.Lost{other}, []string{"c"}, []mirror.Lost{other, earlier}},
		"again":                   {[]mirror.Lost{earlier}, []mirror.Lost{other, now}, nil, []mirror.Lost{other, now}},
		"in two earlier attempts": {[]mirror.Lost{earlier, now}, nil, nil, []mirror.Lost{earlier}},
		"restored now":            {[]mirror.Lost{earlier, other}, nil, []string{"c", "a"}, []mirror.Lost{other}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &Restoration{Refused: c.refused, Lost: c.lost, Restored: c.restored}
			r.addRefused()
			assert.Equal(t, c.want, r.Lost)
		})
	}
}
