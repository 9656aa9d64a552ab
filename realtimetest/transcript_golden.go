package realtimetest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/voicelane/realtime-go/realtimetest/internal/golden"
)

// TB is the part of [testing.TB] that [CompareGolden] uses.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// updateVariable is the environment variable that makes CompareGolden write.
const updateVariable = "REALTIMETEST_UPDATE"

// CompareGolden compares a transcript, in the form of [Transcript.Golden], with a
// file, and fails the test with the first line that differs. With the environment
// variable REALTIMETEST_UPDATE set it writes the file instead.
func CompareGolden(t TB, file string, got *Transcript) {
	t.Helper()
	if err := got.incomplete(); err != nil {
		t.Fatalf("%v", err)
		return
	}
	text := got.Golden()
	if os.Getenv(updateVariable) != "" {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // A file of the source tree.
			t.Fatalf("%v", err)
		}
		if err := os.WriteFile(file, text, 0o644); err != nil { //nolint:gosec // A file of the source tree.
			t.Fatalf("%v", err)
		}
		return
	}
	want, err := os.ReadFile(file) //nolint:gosec // The test's own choice.
	if err != nil {
		t.Fatalf("%v; set %s=1 to write it", err, updateVariable)
	}
	want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))
	if bytes.Equal(want, text) {
		return
	}
	was, is := strings.Split(string(want), "\n"), strings.Split(string(text), "\n")
	n := 0
	for n < len(was) && n < len(is) && was[n] == is[n] {
		n++
	}
	t.Errorf("the conversation differs from %s at line %d:\nwant %s\n got %s\nset %s=1 to write the new conversation",
		file, n+1, lineAt(was, n), lineAt(is, n), updateVariable)
}

func lineAt(lines []string, n int) string {
	if n < len(lines) && lines[n] != "" {
		return lines[n]
	}
	return "(the end)"
}

// Golden returns the conversation as text that is equal in each run: a line for
// each event, ">" from the client and "<" from the server. Ids are numbered by
// kind in order of appearance, times are left out, and audio is written as digest
// and length. The deltas of an item are one line, since how text and audio are
// cut has no meaning. The client's audio is one line before the client's next
// other event.
func (t *Transcript) Golden() []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "? %s\n", t.Query.Encode())
	frames := make([]golden.Frame, 0, len(t.Entries))
	for _, e := range t.Entries {
		frames = append(frames, golden.Frame{FromClient: e.Direction == Received, Type: e.Type, Data: e.Data})
	}
	out.Write(golden.Text(frames))
	if t.Code != 0 {
		fmt.Fprintf(&out, "< close %d %s\n", t.Code, t.Reason)
	}
	return out.Bytes()
}
