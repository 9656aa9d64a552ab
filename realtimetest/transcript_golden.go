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
// each event, ">" from the client and "<" from the server. It depends on what happened
// and why, and not on when:
//
//   - Events stand with their cause: replies with the client's event, a response with the
//     request or the turn that started it. How the events of two causes interleave has no
//     effect, nor the order of the outputs of parallel calls.
//   - Ids are numbered by kind, also random ones in metadata.
//   - The deltas of an item are one line. An item that was interrupted or lost has no
//     content, since where it was cut is a matter of time.
//   - The client's audio is a digest and a length where a commit or clear ends it. Where
//     the server detects speech, one line without them says that there was audio.
//   - Times, usage, remaining limits and previous_item_id of the server are left out.
//
// What the program decides by chance differs nevertheless: the order of events of its own
// that do not depend on each other, and texts with random parts.
func (t *Transcript) Golden() []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "? %s\n", t.Query.Encode())
	out.Write(golden.Text(t.frames()))
	if t.Code != 0 {
		fmt.Fprintf(&out, "< close %d %s\n", t.Code, t.Reason)
	}
	return out.Bytes()
}
