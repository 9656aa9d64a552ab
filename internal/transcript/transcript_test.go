package transcript

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	const text = "It is sunny in Lisbon."
	for name, tc := range map[string]struct {
		text            string
		heard, received time.Duration
		running         bool
		said, unsaid    string
	}{
		"all":                   {text, 2 * time.Second, 2 * time.Second, false, text, ""},
		"none":                  {text, 0, 2 * time.Second, false, "", text},
		"half":                  {text, time.Second, 2 * time.Second, false, "It is sunny", " in Lisbon."},
		"in a word":             {text, 900 * time.Millisecond, 2 * time.Second, false, "It is", " sunny in Lisbon."},
		"in the first word":     {text, 90 * time.Millisecond, 2 * time.Second, false, "", text},
		"text ahead of sound":   {text, 500 * time.Millisecond, 500 * time.Millisecond, true, "It is", " sunny in Lisbon."},
		"no text":               {"", time.Second, time.Second, false, "", ""},
		"no sound":              {text, 0, 0, false, "", text},
		"no spaces":             {"今日は晴れです", time.Second, 2 * time.Second, false, "今日は", "晴れです"},
		"one word":              {"Congratulations", time.Second, 2 * time.Second, false, "Congrat", "ulations"},
		"characters, not bytes": {"é é é é", time.Second, 2 * time.Second, false, "é é", " é é"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said, unsaid := Split(tc.text, tc.heard, tc.received, !tc.running)
			assert.Equal(t, tc.said, said)
			assert.Equal(t, tc.unsaid, unsaid)
		})
	}
}
