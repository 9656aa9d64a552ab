package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/examples/demo/recordings"
)

// TestGuideShowsRealOutput runs the commands of the guide's console blocks in one folder,
// in order, and compares all that they print. In a block "…" stands for any text.
func TestGuideShowsRealOutput(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "command.md"))
	require.NoError(t, err)
	dir := t.TempDir()
	call, err := os.ReadFile(recorded(t, "silence-after-tool.jsonl"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "call.jsonl"), call, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "prices.json"), []byte(`{"currency":"USD","models":{"gpt-realtime":{
		"text":{"input":"4.00","cached":"0.40","output":"16.00"},"audio":{"input":"32.00","cached":"0.40","output":"64.00"}}}}`), 0o600))
	writeScenario(t, dir, "is in Porto")
	shown := regexp.MustCompile("(?s)```yaml\n(scenario: .*?)```").FindSubmatch(guide)
	require.NotNil(t, shown)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "track.yaml"), shown[1], 0o600))
	for _, name := range []string{"question", "answer"} {
		sound, err := recordings.Read(name)
		require.NoError(t, err)
		writeWAV(t, filepath.Join(dir, name+".wav"), sound, audio.PCM24k, 1)
	}
	blocks := regexp.MustCompile("(?s)```console\n\\$ (?:echo (\\w+) \\| )?realtime (.*?)\n(.*?)```").FindAllStringSubmatch(string(guide), -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		cmd := command(t, nil, strings.Fields(block[2])...)
		if block[1] != "" {
			cmd.Stdin = strings.NewReader(block[1] + "\n")
		}
		cmd.Dir = dir
		r := realtimeIn(t, cmd)
		pattern := strings.ReplaceAll(regexp.QuoteMeta(block[3]), "…", ".*")
		assert.Regexp(t, "^(?s)"+pattern+"$", r.stderr+r.stdout, "realtime %s", block[2])
	}
	for _, c := range newRoot().Commands() {
		assert.Contains(t, string(guide), "\n## "+c.Name()+"\n")
	}
}
