package schedule

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

// bugs are faults of a session that its schedules must notice. The text old is in the
// file, and new takes the place of the first.
var bugs = []struct{ name, file, old, new, found string }{
	{"what is taken out comes back", "realtime/session_receipt.go", "\t\ts.withdrawn(f.Seq)\n", "", "was not sent, and arrived"},
	{"a deletion is forgotten in an outage", "internal/mirror/plan.go", "\t\t\tm.deleted(a.Item)\n", "", "was deleted, and is there"},
	{"Abort waits for the peer", "internal/link/close.go", "\tif t != nil {\n\t\tt.Abort()\n\t}\n\t<-c.done", "\t_ = t\n\t<-c.done", "Abort"},
	{"the end of a response is not told", "realtime/reconnect_recovery.go", "report.Unanswered = append(report.Unanswered, unanswered...)", "_ = unanswered", "the ends of response"},
	{"an unanswered update is dropped", "internal/restore/restore.go", "range plan.Again {", "range plan.Again[:0] {", "should be"},
	{"an answer reaches another request", "internal/pending/pending.go", "return !subject || c.About", "return subject || c.About", "the answer to another"},
	{"a request of what is taken waits on", "realtime/request.go", "d.requests.Withdraw(seq, err)", "_ = seq", "FAIL"},
	{"an outage fails no request", "realtime/request.go", "d.requests.Interrupt(left, again, err)", "d.requests.Interrupt(0, again, err)", "never answered"},
}

// TestSchedulesCatchSeededBugs plants one bug at a time and expects the random schedules
// to notice it.
//
//nolint:paralleltest // One compilation at a time is enough.
func TestSchedulesCatchSeededBugs(t *testing.T) {
	for _, bug := range bugs {
		t.Run(bug.name, func(t *testing.T) {
			path, err := filepath.Abs(filepath.Join("../..", bug.file))
			require.NoError(t, err)
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			require.True(t, strings.Contains(string(text), bug.old), "%s does not hold %q any more: aim again", bug.file, bug.old)
			if *schedules <= 500 {
				t.Skip("it compiles the session for each bug: run it with more -schedules")
			}
			planted := filepath.Join(t.TempDir(), filepath.Base(bug.file))
			require.NoError(t, os.WriteFile(planted, []byte(strings.Replace(string(text), bug.old, bug.new, 1)), 0o600))
			overlay, err := json.Marshal(map[string]map[string]string{"Replace": {path: planted}})
			require.NoError(t, err)
			list := filepath.Join(t.TempDir(), "overlay.json")
			require.NoError(t, os.WriteFile(list, overlay, 0o600))
			cmd := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-overlay", list, "-run", "RandomSchedules", ".", "-short", "-failfast", "-schedules", "500")
			out, err := cmd.CombinedOutput()
			require.Error(t, err, "no schedule notices")
			assert.NotContains(t, string(out), "[build failed]")
			assert.Contains(t, string(out), bug.found)
		})
	}
}
