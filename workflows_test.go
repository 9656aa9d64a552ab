package realtimego

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// TestDependabotKnowsEveryModule compares dependabot's folders, and the modules that the
// Makefile lints, with the go.mod and package.json files of the repository.
func TestDependabotKnowsEveryModule(t *testing.T) {
	t.Parallel()
	var bot struct {
		Updates []struct {
			Ecosystem   string   `yaml:"package-ecosystem"`
			Directories []string `yaml:"directories"`
		} `yaml:"updates"`
	}
	readYAML(t, ".github/dependabot.yml", &bot)
	want := map[string][]string{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{"node_modules", "testdata", ".bin", ".git"}, d.Name()):
			return filepath.SkipDir
		case d.Name() == "go.mod":
			want["gomod"] = append(want["gomod"], path.Join("/", filepath.ToSlash(filepath.Dir(file))))
		case d.Name() == "package.json":
			want["npm"] = append(want["npm"], path.Join("/", filepath.ToSlash(filepath.Dir(file))))
		}
		return nil
	})
	require.NoError(t, err)
	for _, u := range bot.Updates {
		if u.Ecosystem != "github-actions" {
			assert.ElementsMatch(t, want[u.Ecosystem], u.Directories, u.Ecosystem)
		}
	}
	assert.Len(t, bot.Updates, len(want)+1)

	makefile, err := os.ReadFile("Makefile")
	require.NoError(t, err)
	_, list, ok := strings.Cut(string(makefile), "\nMODULES := ")
	require.True(t, ok)
	list, _, _ = strings.Cut(strings.ReplaceAll(list, "\\\n", " "), "\n")
	modules := []string{"/"}
	for m := range strings.FieldsSeq(list) {
		modules = append(modules, "/"+m)
	}
	assert.ElementsMatch(t, want["gomod"], modules, "MODULES of the Makefile are linted")
}

type workflow struct {
	Jobs map[string]struct {
		Steps []struct {
			Uses string `yaml:"uses"`
			Run  string `yaml:"run"`
		} `yaml:"steps"`
	} `yaml:"jobs"`
}

// TestReleaseRunsWhatCIRuns checks that a release runs each make target of CI.
func TestReleaseRunsWhatCIRuns(t *testing.T) {
	t.Parallel()
	targets := func(name string) []string {
		var w workflow
		readYAML(t, ".github/workflows/"+name, &w)
		var runs []string
		for _, s := range w.Jobs["check"].Steps {
			if strings.HasPrefix(s.Run, "make ") {
				runs = append(runs, s.Run)
			}
		}
		return runs
	}
	require.NotEmpty(t, targets("ci.yml"))
	assert.Equal(t, targets("ci.yml"), targets("release.yml"))
}

// TestActionsArePinned checks that each action is pinned by commit, one commit for all
// workflows.
func TestActionsArePinned(t *testing.T) {
	t.Parallel()
	pinned := regexp.MustCompile(`^([\w./-]+)@([0-9a-f]{40})$`)
	files, err := filepath.Glob(".github/workflows/*.yml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	commits := map[string]string{}
	for _, file := range files {
		var w workflow
		readYAML(t, file, &w)
		for _, job := range w.Jobs {
			for _, s := range job.Steps {
				if s.Uses == "" {
					continue
				}
				m := pinned.FindStringSubmatch(s.Uses)
				require.NotNil(t, m, "%s: %s", file, s.Uses)
				if before := commits[m[1]]; before != "" {
					assert.Equal(t, before, m[2], "%s: %s", file, m[1])
				}
				commits[m[1]] = m[2]
			}
		}
	}
}

func readYAML(t *testing.T, file string, v any) {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(data, v), file)
}
