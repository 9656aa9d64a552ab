package agent

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/gen/api"
)

// TestPauseOf checks the silence after which the server takes a turn for over: the time a
// user has waited includes it.
func TestPauseOf(t *testing.T) {
	t.Parallel()
	assert.Equal(t, 500*time.Millisecond, pauseOf(&api.ServerVAD{}), "the service's default")
	assert.Equal(t, 700*time.Millisecond, pauseOf(&api.ServerVAD{SilenceDurationMS: new(700)}))
	assert.Zero(t, pauseOf(&api.SemanticVAD{}))
	assert.Zero(t, pauseOf(api.Null{}))
}

func TestByItself(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		detection           api.TurnDetection
		answers, interrupts bool
	}{
		"default":         {nil, true, true},
		"none":            {api.Null{}, false, false},
		"server":          {&api.ServerVAD{}, true, true},
		"no responses":    {&api.ServerVAD{CreateResponse: new(false)}, false, true},
		"no interruption": {&api.SemanticVAD{InterruptResponse: new(false), CreateResponse: new(true)}, true, false},
	} {
		answers, interrupts := byItself(test.detection)
		assert.Equal(t, test.answers, answers, name)
		assert.Equal(t, test.interrupts, interrupts, name)
	}
}

// TestWhole checks which calls run: a cut one has arguments that look complete.
func TestWhole(t *testing.T) {
	t.Parallel()
	assert.True(t, whole(&api.FunctionCall{CallID: "c"}), "some servers give no status")
	assert.True(t, whole(&api.FunctionCall{CallID: "c", Status: new(api.ItemStatusCompleted)}))
	assert.False(t, whole(&api.FunctionCall{CallID: "c", Status: new(api.ItemStatusIncomplete)}))
	assert.False(t, whole(&api.FunctionCall{CallID: "c", Status: new(api.ItemStatusInProgress)}))
	assert.False(t, whole(&api.FunctionCall{Status: new(api.ItemStatusCompleted)}))
}
