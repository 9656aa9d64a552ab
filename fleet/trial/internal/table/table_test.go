package table

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/fleet/trial/internal/conductor"
)

var snapshot = &conductor.Snapshot{
	Phase: "kill 1 of 1",
	Workers: []conductor.WorkerState{
		{Name: "worker-1", State: conductor.Up, Held: 34},
		{Name: "worker-2", State: conductor.Killed},
		{Name: "worker-3", State: conductor.Draining, Held: 17},
	},
	Ringing: 2, Held: 51, Alone: 33, Over: 14, Orders: 210, Unknown: 3,
}

func TestFrameShowsEachWorkerAndTheCallsWithoutOne(t *testing.T) {
	t.Parallel()
	lines := Frame(snapshot, 12300*time.Millisecond)
	text := regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(strings.Join(lines, "\n"), "")
	for _, want := range []string{
		" 12.3 s  kill 1 of 1", "worker-1    up ", "worker-2    killed ", "worker-3    draining",
		"51 with a worker, 33 without a worker, 2 ringing, 14 over", "210 taken, 3 of unknown outcome",
	} {
		assert.Contains(t, text, want)
	}
	bars := map[string]int{}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		assert.LessOrEqual(t, utf8.RuneCountInString(line), 79, "a terminal has 80 columns")
		if f := strings.Fields(line); len(f) > 1 && strings.HasPrefix(f[0], "worker") {
			bars[f[0]] = strings.Count(line, "█")
		}
	}
	assert.Equal(t, map[string]int{"worker-1": width, "worker-2": 0, "worker-3": width / 2}, bars)
}

func TestLineHasNoControlCharacters(t *testing.T) {
	t.Parallel()
	line := Line(snapshot, time.Second)
	assert.NotContains(t, line, "\x1b")
	assert.Contains(t, line, "worker-1 34  worker-2 killed 0  worker-3 draining 17; without a worker 33, ringing 2, over 14; orders 210")
}
