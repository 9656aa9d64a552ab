package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtimetest"
)

// need skips a test without a program, or fails it if the variable is set.
func need(t *testing.T, program, variable string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv(variable) != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// terminal is a terminal of tmux that runs a shell.
type terminal struct {
	t      *testing.T
	socket string
}

func newTerminal(t *testing.T, width, height int) *terminal {
	t.Helper()
	need(t, "tmux", "TMUX_REQUIRED")
	dir, err := os.MkdirTemp("", "tmux") //nolint:usetesting // Paths of sockets are short.
	require.NoError(t, err)
	term := &terminal{t, filepath.Join(dir, "s")}
	t.Cleanup(func() {
		_ = exec.Command("tmux", "-S", term.socket, "kill-server").Run()
		_ = os.RemoveAll(dir)
	})
	term.tmux("-f", os.DevNull, "new-session", "-d", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height), "env -i PATH=$PATH TERM=tmux-256color PS1='$ ' sh")
	return term
}

func (term *terminal) tmux(args ...string) string {
	term.t.Helper()
	out, err := exec.CommandContext(term.t.Context(), "tmux", append([]string{"-S", term.socket}, args...)...).CombinedOutput()
	require.NoError(term.t, err, "%v: %s", args, out)
	return string(out)
}

func (term *terminal) keys(keys ...string) {
	term.t.Helper()
	term.tmux(append([]string{"send-keys"}, keys...)...)
}

// until waits until the screen has a text, and returns the screen.
func (term *terminal) until(text string) (screen string) {
	term.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(screen, text); {
		if time.Now().After(deadline) {
			require.Fail(term.t, "missing on the screen", "%s\n%s", text, screen)
		}
		screen = term.tmux("capture-pane", "-p")
	}
	return screen
}

// cooked asserts that the terminal reads whole lines and echoes them.
func (term *terminal) cooked() {
	term.t.Helper()
	term.keys("stty -a | tr ' ' '\\n' | grep -cx -e icanon -e echo | sed s/^/modes:/", "Enter")
	term.until("modes:2")
}

func TestTalkOnATerminal(t *testing.T) {
	t.Parallel()
	srv := testServer(t, &realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Said("long"), Do: []realtimetest.Step{realtimetest.Say{Text: "This is an answer that does not fit into one row of a narrow terminal."}}},
	}}})
	term := newTerminal(t, 80, 16)
	term.keys("OPENAI_BASE_URL="+srv.URL+" "+binary+" talk -text; echo status $?", "Enter")
	term.until("> write, and press Enter")
	term.keys("hello there", "Enter")
	screen := term.until("1 turn · ")
	rows := strings.Split(screen, "\n")
	assert.Equal(t, "realtime · gpt-realtime-2.1", rows[0])
	assert.Equal(t, "you      hello there", rows[3])
	assert.Equal(t, "agent    You said: hello there", rows[4])
	assert.Regexp(t, `^1 turn · .*USD 0\.\d+ · Ctrl-C ends$`, rows[14])

	term.keys("a long one", "Enter")
	term.until("2 turns")
	term.tmux("resize-window", "-x", "34", "-y", "12")
	screen = term.until("agent    This is an answer that\n         does not fit into one row\n         of a narrow terminal.\n")
	assert.Contains(t, screen, "> write, and press Enter")

	term.keys("C-c")
	screen = term.until("status 130")
	assert.Contains(t, screen, "so far", "what the conversation has cost stays on the screen")
	term.cooked()
	conn := srv.Conns()[0]
	<-conn.Done()
	code, _, _ := conn.Closed()
	assert.Equal(t, 1000, code)
}

// TestTalkLeavesTheTerminal by a key in good order, by a signal, and after an error.
func TestTalkLeavesTheTerminal(t *testing.T) {
	t.Parallel()
	term := newTerminal(t, 80, 16)
	term.keys(binary+" talk -text; echo status $?", "Enter")
	term.until("a test server without a model")
	term.until("session ")
	term.keys("C-d")
	term.until("status 0")
	term.keys("clear; "+binary+" talk -text & sleep 0; fg; echo status $?", "Enter")
	term.until("session ")
	term.tmux("run-shell", "kill -TERM $(ps -o pid= --ppid $(tmux -S "+term.socket+" display -p '#{pane_pid}'))")
	term.until("status 143")
	term.keys("clear; OPENAI_BASE_URL=http://127.0.0.1:1/v1 "+binary+" talk -text; echo status $?", "Enter")
	screen := term.until("status 1\n")
	assert.Contains(t, screen, "connection refused")
	assert.Contains(t, screen, "realtime serve")
	term.cooked()
}

// TestPlainLinesOnATerminal: -plain has no screen, and a pipe has none either.
func TestPlainLinesOnATerminal(t *testing.T) {
	t.Parallel()
	term := newTerminal(t, 80, 16)
	term.keys("echo hello | "+binary+" talk -text; "+binary+" talk -text -plain", "Enter")
	term.until("\nYou said: hello\n")
	term.keys("again", "Enter")
	term.until("\nYou said: again\n")
	term.keys("C-c")
}

func TestTranscribeShowsItsProgressOnATerminal(t *testing.T) {
	t.Parallel()
	term := newTerminal(t, 80, 16)
	name := filepath.Join(t.TempDir(), "long.wav")
	writeWAV(t, name, make([]byte, 48_000*60), 24_000, 1)
	term.keys("clear; "+binary+" transcribe "+name+" 2>&1 >/dev/tty | cat; echo piped; "+binary+" transcribe "+name+"; echo over", "Enter")
	screen := term.until("\nover")
	assert.NotContains(t, screen, " sent", "the progress is removed at the end, and is not written to a pipe")
}
