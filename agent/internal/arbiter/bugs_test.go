package arbiter

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSchedulesCatchSeededBugs plants one bug at a time and expects an oracle of the
// random schedules to notice it. The bugs are those that public clients have.
func TestSchedulesCatchSeededBugs(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it compiles the package for each bug")
	}
	for _, bug := range []struct{ name, file, old, new, found string }{
		{"a request in flight survives a lost connection", "outage.go", "a.limbo, a.asked = a.asked, nil", "", "silence"},
		{"a refusal is taken for an answer", "response.go", "a.refused(q.saying)", "a.over(q.saying, Said)", "was not said"},
		{"a call runs at each announcement", "call.go", "known || e.Call", "known && len(e.Call) == 0 || e.Call", "runs 2 times"},
		{"an output counts as confirmed when it is written", "call.go", "c.writes++\n", "c.writes++\n\tdefer a.confirm(c)\n", "no whole answer"},
		{"a running response is ignored", "ask.go", "a.active != nil || ", "", "already active"},
		{"the user's voice is ignored", "ask.go", "a.speaking || ", "", "already active"},
		{"parallel calls are not waited for", "ask.go", " && !open[c.response]", "", "before all calls"},
		{"the server's own response is not waited for", "ask.go", " || a.expecting()", "", "already active"},
		{"an interruption holds nothing", "stop.go", "a.held = true", "", "an answer is asked for"},
		{"an interruption is forgotten with the connection", "outage.go", "if r.byProgram {", "if false {", "asked for"},
		{"an interruption is forgotten with a refusal", "stop.go", "return q.cancelled\n", "return false\n", "is asked for again"},
		{"an output goes on with what a guard has stopped", "stop.go", "c.silent, c.stopped = true, true", "", "an answer is asked for"},
		{"a request that was stopped is answered", "response.go", "r.request != nil && r.request.cancelled", "false", "is not cancelled"},
		{"a late result ends an interruption", "response.go", "!e.Late || !a.held", "true", "is asked for"},
		{"a saying that a guard has stopped is said again", "stop.go", "return s.tried && e.Saying", "return false && e.Saying", "is asked for again"},
		{"a saying that is unwanted is said", "response.go", "if e.Asked && q.saying", "if false && q.saying", "is not cancelled"},
	} {
		t.Run(bug.name, func(t *testing.T) {
			t.Parallel()
			path, err := filepath.Abs(bug.file)
			require.NoError(t, err)
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, 1, strings.Count(string(text), bug.old), "the text is there once")
			planted := filepath.Join(t.TempDir(), bug.file)
			require.NoError(t, os.WriteFile(planted, []byte(strings.Replace(string(text), bug.old, bug.new, 1)), 0o600))
			overlay, err := json.Marshal(map[string]map[string]string{"Replace": {path: planted}})
			require.NoError(t, err)
			list := filepath.Join(t.TempDir(), "overlay.json")
			require.NoError(t, os.WriteFile(list, overlay, 0o600))
			cmd := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-overlay", list, "-run", "RandomSchedules", ".", "-schedules", "1000")
			out, err := cmd.CombinedOutput()
			require.Error(t, err, "no oracle notices")
			assert.NotContains(t, string(out), "[build failed]")
			assert.Contains(t, string(out), bug.found)
		})
	}
}
