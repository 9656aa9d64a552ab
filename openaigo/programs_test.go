package openaigo

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtimetest"
)

// TestMigrationPrograms runs the whole programs of docs/from-openai-go.md: both print the
// answer, and fail if the response fails.
func TestMigrationPrograms(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/from-openai-go.md")
	require.NoError(t, err)
	programs := regexp.MustCompile("(?s)```go\n(package main\n.*?)```").FindAllSubmatch(page, -1)
	require.Len(t, programs, 2)
	answers := realtimetest.NewServer(nil)
	t.Cleanup(answers.Close)
	fails := realtimetest.NewServer(&realtimetest.Config{Script: realtimetest.Script{
		Rules: []realtimetest.Rule{{Do: []realtimetest.Step{realtimetest.Fail{Code: "server_error"}}}},
	}})
	t.Cleanup(fails.Close)
	for i, name := range []string{"theirs", "ours"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := built(t, programs[i][1])
			run := func(srv *realtimetest.Server) (string, error) {
				cmd := exec.CommandContext(t.Context(), program)
				cmd.Env = append(os.Environ(), "OPENAI_API_KEY=sk-any", "OPENAI_BASE_URL="+srv.URL)
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				t.Log(stderr.String())
				return string(out), err
			}
			out, err := run(answers)
			require.NoError(t, err)
			assert.Equal(t, "You said: Any plans for Lisbon?", out)
			_, err = run(fails)
			assert.Error(t, err, "the response has failed")
		})
	}
}

// built compiles a program.
func built(t *testing.T, source []byte) string {
	t.Helper()
	dir, err := os.MkdirTemp(".", ".migration-") //nolint:usetesting // Inside the module, so that its imports resolve.
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), source, 0o600))
	program := filepath.Join(t.TempDir(), "program")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./"+filepath.ToSlash(dir)).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return program
}
