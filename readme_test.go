package realtimego

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/internal/doccode"
)

// TestFirstProgramTalks runs the first program of the README as a reader does: in a module of
// its own, against the program of the test server, without a key, with the recording of the
// demo as its question.
func TestFirstProgramTalks(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the program takes the time that its sound takes")
	}
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	first := doccode.Parse("README.md", string(text)).Blocks[0]
	require.Equal(t, "go", first.Lang)
	dir, run := importer(t, first.Text, "OPENAI_BASE_URL="+serve(t), "OPENAI_API_KEY=")
	run("mod", "tidy")
	question, err := os.ReadFile("examples/demo/recordings/question.wav")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "question.wav"), question, 0o600))
	assert.Regexp(t, `^You said: .* \(after \d\.\d s\)\n$`, run("run", "."))
	for channel, least := range []time.Duration{2 * time.Second, time.Second} {
		f, err := os.Open(filepath.Join(dir, "conversation.wav"))
		require.NoError(t, err)
		defer f.Close()
		wav, err := audio.ReadWAV(f, &audio.WAVOptions{Channel: channel + 1})
		require.NoError(t, err)
		sound, err := io.ReadAll(wav)
		require.NoError(t, err)
		audible := 0
		for i := 0; i+4800 <= len(sound); i += 4800 {
			if audio.PCM24k.Level(sound[i:i+4800]) > -50 {
				audible++
			}
		}
		assert.Greater(t, time.Duration(audible)*100*time.Millisecond, least, "channel %d", channel+1)
	}
}

// serve starts the program of the test server and returns its address.
func serve(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "realtimetest")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/realtimetest").CombinedOutput()
	require.NoError(t, err, "%s", out)
	cmd := exec.CommandContext(t.Context(), program, "-quiet", "-addr", "127.0.0.1:0")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	ready, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	url := regexp.MustCompile(`http://\S+`).FindString(ready)
	require.NotEmpty(t, url, ready)
	return url
}
