package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtimetest"
)

// binary is the command, built once for all tests.
var binary string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "realtime")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "realtime")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// command returns the command with an environment that has no key and no address, and a
// folder of its own. The variables of env are added.
func command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "TERM=xterm-256color"}
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// result is what a run of the command has left.
type result struct {
	stdout, stderr string
	status         int
	dir            string
}

// realtimeIn runs the command to its end.
func realtimeIn(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode(), cmd.Dir}
}

// realtimeTo runs the command with a server's address, without a key.
func realtimeTo(t *testing.T, url string, args ...string) result {
	t.Helper()
	return realtimeIn(t, command(t, []string{"OPENAI_BASE_URL=" + url}, args...))
}

// realtimeAlone runs the command without an address.
func realtimeAlone(t *testing.T, args ...string) result {
	t.Helper()
	return realtimeIn(t, command(t, nil, args...))
}

// testServer returns a server that needs no key, as most on this machine do, unless cfg has a
// check of its own.
func testServer(t *testing.T, cfg *realtimetest.Config) *realtimetest.Server {
	t.Helper()
	if cfg == nil {
		cfg = &realtimetest.Config{}
	}
	if cfg.Credentials == nil {
		cfg.Credentials = anyClient
	}
	srv := realtimetest.NewServer(cfg)
	t.Cleanup(srv.Close)
	return srv
}

// running is a command that runs until it is interrupted.
type running struct {
	t      *testing.T
	cmd    *exec.Cmd
	out    *lines
	stderr *errorStream
}

// errorStream is what a running command has written to standard error so far.
type errorStream struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

func (s *errorStream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *errorStream) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// lines reads a stream line by line.
type lines struct {
	r    io.Reader
	rest []byte
}

// next returns the next line without its end, and "" at the end of the stream.
func (l *lines) next() string {
	for {
		if line, rest, ok := bytes.Cut(l.rest, []byte("\n")); ok {
			l.rest = rest
			return string(line)
		}
		piece := make([]byte, 4096)
		n, err := l.r.Read(piece)
		l.rest = append(l.rest, piece[:n]...)
		if err != nil && n == 0 {
			return ""
		}
	}
}

// startCommand starts a command that the test interrupts.
func startCommand(t *testing.T, cmd *exec.Cmd) *running {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	r := &running{t: t, cmd: cmd, out: &lines{r: stdout}, stderr: &errorStream{}}
	cmd.Stderr = r.stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { // For tests that fail before they wait.
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return r
}

// interrupt sends the signal of Ctrl-C and returns the exit status and the rest of the
// output.
func (r *running) interrupt() (status int, rest string) {
	r.t.Helper()
	require.NoError(r.t, r.cmd.Process.Signal(os.Interrupt))
	return r.wait()
}

func (r *running) wait() (status int, rest string) {
	r.t.Helper()
	remaining, err := io.ReadAll(r.out.r)
	require.NoError(r.t, err)
	err = r.cmd.Wait()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
		require.NoError(r.t, err)
	}
	return r.cmd.ProcessState.ExitCode(), string(r.out.rest) + string(remaining)
}

func TestHelpNamesEachSubcommand(t *testing.T) {
	t.Parallel()
	r := realtimeAlone(t)
	assert.Zero(t, r.status)
	for _, c := range newRoot().Commands() {
		assert.Contains(t, r.stdout, c.Name())
		assert.Contains(t, r.stdout, c.Short)
		help := realtimeAlone(t, c.Name(), "-help")
		assert.Zero(t, help.status, c.Name())
		assert.Contains(t, help.stdout, "Usage:\n  realtime "+c.Name())
	}
}

func TestCommandLinesThatAreNotUnderstood(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"command":  {[]string{"tolk"}, "realtime: unknown command \"tolk\" for \"realtime\"\n"},
		"flag":     {[]string{"cost", "-nope"}, "realtime: unknown flag: --nope (see realtime cost --help)\n"},
		"value":    {[]string{"replay", "-speed", "fast", "x"}, "realtime: invalid argument \"fast\" for \"--speed\" flag"},
		"argument": {[]string{"view"}, "realtime: accepts 1 arg(s), received 0 (see realtime view --help)\n"},
		"negative": {[]string{"replay", "x", "-speed=-1"}, "realtime: --speed is negative (see realtime replay --help)\n"},
		"check":    {[]string{"probe", "-test", "-checks", "nothing"}, "realtime: there is no check \"nothing\"; see realtime probe -list"},
		"required": {[]string{"probe", "-test", "-require", "update,tol"}, "realtime: there is no check \"tol\"; see realtime probe -list"},
		"shell":    {[]string{"completion", "tcsh"}, "realtime: unknown command \"tcsh\" for \"realtime completion\""},
		"help":     {[]string{"help", "tolk"}, "realtime: unknown command \"tolk\" for \"realtime\""},
		"help on":  {[]string{"help", "talk", "over"}, "realtime: unknown command \"over\" for \"realtime talk\""},
		"nothing":  {[]string{"cost"}, "realtime: cost needs recordings (see realtime cost --help)\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := realtimeAlone(t, c.args...)
			assert.Equal(t, statusUsage, r.status)
			assert.Empty(t, r.stdout)
			assert.True(t, strings.HasPrefix(r.stderr, strings.TrimSuffix(c.want, "\n")), r.stderr)
		})
	}
}

// TestCompletes asks the shells' own completion functions: the scripts must load, and the
// hidden command that they call must know subcommands, flags and files.
func TestCompletes(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		r := realtimeAlone(t, "completion", shell)
		require.Zero(t, r.status, shell)
		assert.Contains(t, r.stdout, "__complete", shell)
		path, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		script := filepath.Join(r.dir, "completion")
		require.NoError(t, os.WriteFile(script, []byte(r.stdout), 0o600))
		out, err := exec.CommandContext(t.Context(), path, "-n", script).CombinedOutput()
		assert.NoError(t, err, "%s: %s", shell, out)
	}
	assert.Contains(t, realtimeAlone(t, "__complete", "re").stdout, "replay\tShow a recorded call again")
	assert.Contains(t, realtimeAlone(t, "__complete", "probe", "--li").stdout, "--list\t")
	assert.Contains(t, realtimeAlone(t, "__complete", "view", "").stdout, "jsonl\n")
}

func TestDoubleDashes(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"--text", "-o", "-", "--speed=-1", "-1", "x-y", "--", "-text"},
		doubleDashes([]string{"-text", "-o", "-", "-speed=-1", "-1", "x-y", "--", "-text"}))
}

// done returns a context that has ended by a cause.
func done(cause error) context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	return ctx
}
