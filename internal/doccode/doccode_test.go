package doccode_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/doccode"
)

const root = "../.."

// fenced returns a document with one block. It stands in for fences, which a raw string
// cannot have.
func fenced(text string) *doccode.Document {
	return doccode.Parse("a.md", strings.ReplaceAll(text, "'''", "```"))
}

// TestCompileFinds compiles blocks with a fault each. The error names its line in the
// document.
func TestCompileFinds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"a member that is missing", "'''go\n_ = s.Sing(ctx)\n'''", "a.md:2: s.Sing undefined"},
		{"a name that is missing", "text\n\n'''go\nplay()\n'''", "a.md:4: undefined: play"},
		{"an import that is unused", "'''go\npackage main\n\nimport \"log\"\n\nfunc main() {}\n'''", `"log" imported and not used`},
		{"a variable of a program that is unused", "'''go\npackage main\n\nfunc main() { x := 1 }\n'''", "declared and not used: x"},
		{"a syntax", "'''go\nif {\n'''", "a.md:2: "},
		{"a format", "'''go\nx  := 1\n'''", "a.md:2: is not formatted by gofmt"},
		{"an unknown module", "'''go\npackage main\n\nimport _ \"example.com/x\"\n\nfunc main() {}\n'''", "no module of the repository"},
		{"money without a unit", "'''go\n_ = usage.Budget{Limit: 500_000}\n'''", "a.md:2: 500_000 is a number of github.com/voicelane/realtime-go/usage.Money without a unit"},
		{"a duration without a unit", "'''go\ntime.Sleep(5)\n'''", "a.md:2: 5 is a number of time.Duration without a unit"},
		{"nothing in durations", "'''go\ntime.Sleep(5 * time.Second)\n_ = realtime.Options{PingInterval: -1, CloseTimeout: 0}\n'''", ""},
		{"nothing", "'''go\nerr := s.SendText(ctx, \"Hello\")\n'''", ""},
		{"nothing but declarations", "'''go\nfunc play(s *realtime.Session) {}\n'''", ""},
		{"nothing beside what a comment declares", "<!-- go: n int; f func() error -->\n'''go\nfor range n {\n\t_ = f()\n}\n'''", ""},
		{"nothing in a list", "1. One\n\n   '''go\n   if s == nil {\n   \treturn nil, err\n   }\n   '''", ""},
		{"a block that is compiled elsewhere", "<!-- go: tested by x.TestY -->\n\n'''go\nif {\n'''", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := doccode.Compile(t.Context(), root, ".", []*doccode.Document{fenced(tt.text)})
			if tt.want == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, tt.want)
			}
		})
	}
}

// TestBlocksHaveHomes checks which module compiles a block.
func TestBlocksHaveHomes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"'''go\nprint(realtime.ErrClosed)\n'''":    ".",
		"'''go\nprint(otelrealtime.New(nil))\n'''": "otelrealtime",
		"'''go\npackage x\n\nimport _ \"github.com/openai/openai-go/v3\"\nimport _ \"github.com/voicelane/realtime-go/openaigo\"\n'''": "openaigo",
	} {
		homes, err := doccode.Homes(root, []*doccode.Document{fenced(text)})
		require.NoError(t, err)
		assert.Contains(t, homes, want)
		assert.Len(t, homes, 1)
	}
}

// TestLinksFind checks links with a fault each.
func TestLinksFind(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "Makefile"), []byte("test: # Runs.\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "b.md"), nil, 0o600))
	b := doccode.Parse("b.md", "# What is `kept`, and why\n<a {#own}>")
	for text, want := range map[string]string{
		"[b](b.md) ![b](./b.md#what-is-kept-and-why) [b](b.md#own) [w](https://example.com/x)": "",
		"see\n[c](c.md)":                    "a.md:2: c.md leads nowhere",
		"[up](../b.md)":                     "a.md:1: ../b.md leads nowhere",
		"[b](b.md#gone)":                    "a.md:1: b.md#gone: b.md has no such heading",
		"# Here\n[a](#there)":               "a.md:2: #there: a.md has no such heading",
		"`[c](c.md)`":                       "",
		"run `make test` first":             "",
		"run `make tests` first":            "a.md:1: make has no target tests",
		"'''sh\nLIVE=1 make demo\n'''":      "a.md:2: make has no target demo",
		"'''\ngo run ./nothing -x\n'''":     "a.md:2: there is no ./nothing",
		"'''\ngo test ./... # make it\n'''": "",
	} {
		docs := []*doccode.Document{fenced(text), b}
		err := doccode.Links(dir, docs)
		if err == nil {
			err = doccode.Commands(dir, docs)
		}
		if want == "" {
			assert.NoError(t, err, text)
		} else {
			assert.EqualError(t, err, want)
		}
	}
}
