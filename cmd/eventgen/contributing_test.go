package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// TestContributing adds the event of CONTRIBUTING.md to our specification, following
// the text, and generates.
func TestContributing(t *testing.T) {
	t.Parallel()
	guide := file(t, "CONTRIBUTING.md")
	async, open := file(t, "spec/asyncapi.yaml"), file(t, "spec/openapi.yaml")
	if strings.Contains(open, "\n    ConversationItemPin:\n") {
		t.Skip("the specification already has the event")
	}
	before := map[string]string{ // The lines before a place.
		"components.schemas":                     "\n  schemas:\n",
		"channels.realtime.messages":             "\n  realtime:\n|\n    messages:\n",
		"components.messages":                    "\n  messages:\n",
		"operations":                             "\noperations:\n",
		"operations.receiveServerEvent.messages": "\n  receiveServerEvent:\n|\n    messages:\n",
	}
	blocks := regexp.MustCompile("(?s)\n   ```yaml\n(.*?)\n   ```\n").FindAllStringSubmatch(guide, -1)
	require.Len(t, blocks, 3)
	for i, block := range blocks {
		place, doc := "components.schemas", &open
		parts := map[string]string{}
		for line := range strings.Lines(block[1] + "\n") {
			line = strings.TrimPrefix(line, "   ")
			if name, ok := strings.CutPrefix(line, "# "); ok {
				place, doc = strings.TrimSpace(name), &async
				continue
			}
			parts[place] += line
		}
		for place, text := range parts {
			require.Contains(t, before, place, "block %d", i)
			at := 0
			for anchor := range strings.SplitSeq(before[place], "|") {
				next := strings.Index((*doc)[at:], anchor)
				require.GreaterOrEqual(t, next, 0, anchor)
				at += next + len(anchor)
			}
			*doc = (*doc)[:at] + text + (*doc)[at:]
		}
	}
	doc, err := specdoc.Read("spec/asyncapi.yaml", func(name string) ([]byte, error) {
		text, ok := map[string]string{"spec/asyncapi.yaml": async, "spec/openapi.yaml": open}[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	})
	require.NoError(t, err)
	files, err := Generate(Config{Spec: doc, Package: "api"})
	require.NoError(t, err)
	for file, want := range map[string]string{
		"client_events_gen.go": `type ConversationItemPin struct`,
		"server_events_gen.go": `type ConversationItemPinned struct`,
		"protocols_gen.go":     `repliesToConversationItemPin +=.*"conversation.item.pinned"`,
	} {
		assert.True(t, regexp.MustCompile(want).Match(files[file]), "%s in %s", want, file)
	}
	subject := regexp.MustCompile(`case \*ConversationItemPin(ned)?:\n\s*if x == nil {\n.*\n\s*}\n\s*return x.ItemID, true`)
	assert.Len(t, subject.FindAll(files["protocols_gen.go"], -1), 2, "both have a subject")
}

// file reads a file of the module.
func file(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	require.NoError(t, err)
	return strings.ReplaceAll(string(data), "\r\n", "\n")
}
