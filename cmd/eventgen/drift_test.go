package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDriftToRelease changes a member of the spec in a copy of the module and follows
// it: the check of generated files, the generator, the comparison, the changelog's
// draft, and the comparison of the Go API.
func TestDriftToRelease(t *testing.T) {
	if testing.Short() {
		t.Skip("generates and compiles in a copy of the module")
	}
	t.Parallel()
	dir := copyModule(t)
	commit := func(args ...string) {
		runIn(t, dir, "git", append([]string{"-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"}, args...)...)
	}
	runIn(t, dir, "git", "init", "-q")
	runIn(t, dir, "git", "add", "-A")
	commit("commit", "-q", "-m", "Release")
	commit("tag", "v0.1.0")

	spec, schemas := filepath.Join(dir, "spec", "asyncapi.yaml"), filepath.Join(dir, "spec", "openapi.yaml")
	old := filepath.Join(t.TempDir(), "asyncapi.yaml")
	require.NoError(t, os.CopyFS(filepath.Dir(old), os.DirFS(filepath.Dir(spec))))
	data, err := os.ReadFile(schemas)
	require.NoError(t, err)
	member := regexp.MustCompile(`(        prefix_padding_ms:\n(?:          .*\n)*?          type: )integer\n`)
	require.Regexp(t, member, string(data))
	require.NoError(t, os.WriteFile(schemas, member.ReplaceAll(data, []byte("${1}number\n")), 0o644))

	// 1. The check of the generated files fails until they are regenerated.
	args := []string{"-spec", spec, "-out", filepath.Join(dir, "gen", "api"), "-check"}
	var out strings.Builder
	require.Error(t, run(args, &out, &out))
	assert.Contains(t, out.String(), "variants_gen.go")
	runIn(t, dir, "go", "generate", ".")
	// Generated files hold the spec's name, but not its path.
	runIn(t, dir, "go", "run", "./cmd/eventgen", "-check")
	commit("commit", "-q", "-a", "-m", "Follow")

	// 2. The comparison names the change and its class.
	out.Reset()
	assert.Equal(t, statusError(5), run([]string{"diff", old, spec}, &out, &out))
	assert.Contains(t, out.String(), "type widened: ServerVAD.prefix_padding_ms: integer → number")
	assert.Contains(t, out.String(), "Go: ServerVAD.PrefixPaddingMS")

	// 3. The draft of the changelog has the replacement.
	var draft strings.Builder
	assert.Equal(t, statusError(5), run([]string{"diff", "-format", "changelog", old, spec}, &draft, &out))
	assert.True(t, strings.HasPrefix(draft.String(), "### Breaking\n\n- `"), draft.String())
	assert.Contains(t, draft.String(), "`ServerVAD.PrefixPaddingMS`")

	// 4. A break of the Go API must be declared in the changelog.
	declareBreak(t, dir, draft.String())
}

// declareBreak checks that the break is refused until the changelog has the draft.
func declareBreak(t *testing.T, dir, draft string) {
	t.Helper()
	tool := apidiff(t, dir)
	compareAPI := func() (string, error) {
		cmd := exec.CommandContext(t.Context(), "go", "run", "./tools/apidiff", "-tool", tool)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	said, err := compareAPI()
	require.Error(t, err, said)
	assert.Contains(t, said, "ServerVAD.PrefixPaddingMS: changed from *int to *float64 (NOT DECLARED)")
	log := filepath.Join(dir, "CHANGELOG.md")
	text, err := os.ReadFile(log)
	require.NoError(t, err)
	text = []byte(strings.Replace(string(text), "\n## ", "\n## Unreleased\n\n"+draft+"\n## ", 1))
	require.NoError(t, os.WriteFile(log, text, 0o644))
	said, err = compareAPI()
	require.NoError(t, err, said)
	assert.Contains(t, said, "all declared")
}

// copyModule copies the parts of this module that the test needs to a folder.
func copyModule(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is missing")
	}
	root, dir := filepath.Join("..", ".."), t.TempDir()
	for _, name := range []string{
		"go.mod", "go.sum", "generate.go", "CHANGELOG.md", "cmd/eventgen", "gen", "internal/base64", "internal/specdoc", "internal/wirepaths", "spec", "templates", "tools/apidiff", "wire",
	} {
		from := filepath.Join(root, filepath.FromSlash(name))
		err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testdata") {
				return err
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			writeDoc(t, dir, filepath.ToSlash(rel), string(data))
			return nil
		})
		require.NoError(t, err)
	}
	return dir
}

// apidiff installs the tool in the version that the Makefile pins.
func apidiff(t *testing.T, dir string) string {
	t.Helper()
	makefile, err := os.ReadFile(filepath.Join("..", "..", "Makefile"))
	require.NoError(t, err)
	version := regexp.MustCompile(`(?m)^APIDIFF_VERSION := (\S+)$`).FindStringSubmatch(string(makefile))
	require.NotNil(t, version)
	bin := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "install", "golang.org/x/exp/cmd/apidiff@"+version[1])
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOBIN="+bin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("apidiff cannot be installed: %s", out)
	}
	entries, err := os.ReadDir(bin)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	return filepath.Join(bin, entries[0].Name())
}
