package spec

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// asyncAPI is the part of asyncapi.yaml that the tests read.
type asyncAPI struct {
	AsyncAPI string `yaml:"asyncapi"`
	Info     struct {
		Version string `yaml:"version"`
	} `yaml:"info"`
	Channels map[string]struct {
		Messages map[string]schema `yaml:"messages"`
	} `yaml:"channels"`
	Components struct {
		Messages map[string]map[string]yaml.Node `yaml:"messages"`
		Schemas  map[string]yaml.Node            `yaml:"schemas"`
	} `yaml:"components"`
}

func readAsyncAPI(t *testing.T) *asyncAPI {
	t.Helper()
	var doc asyncAPI
	readYAML(t, "asyncapi.yaml", &doc)
	require.NotEmpty(t, doc.Components.Messages)
	return &doc
}

// TestChannelsListTheirMessages checks that channels list exactly the messages that
// their operations send and receive.
func TestChannelsListTheirMessages(t *testing.T) {
	t.Parallel()
	async := readAsyncAPI(t)
	used := map[string][]string{}
	for _, p := range readSpec(t).Protocols {
		for _, m := range p.Messages {
			assert.Equal(t, m.Name, m.Schema, "a message must have the name of its schema")
			used[p.Channel] = append(used[p.Channel], m.Name)
		}
	}
	var all []string
	for name, channel := range async.Channels {
		var listed []string
		for key, m := range channel.Messages {
			assert.Equal(t, "#/components/messages/"+key, m.Ref, name)
			listed = append(listed, key)
		}
		assert.ElementsMatch(t, listed, used[name], name)
		all = append(all, listed...)
	}
	slices.Sort(all)
	var declared []string
	for name := range async.Components.Messages {
		declared = append(declared, name)
	}
	assert.ElementsMatch(t, slices.Compact(all), declared, "components.messages")
}

// TestMessagesRepeatNothing checks that messages do not repeat what their schemas state,
// such as the type and the description.
func TestMessagesRepeatNothing(t *testing.T) {
	t.Parallel()
	async := readAsyncAPI(t)
	assert.Empty(t, async.Components.Schemas, "schemas belong in openapi.yaml")
	for name, m := range async.Components.Messages {
		for keyword := range m {
			assert.Contains(t, []string{"traits", "correlationId", "x-subject", "payload"}, keyword, name)
		}
		payload := m["payload"]
		format := specdoc.Member(&payload, "schemaFormat")
		require.NotNil(t, format, name)
		assert.Equal(t, "application/schema+json;version=draft-07", format.Value, name)
	}
}

// TestOpenAPIHasNoEventUnions checks that only asyncapi.yaml defines the events of each
// direction.
func TestOpenAPIHasNoEventUnions(t *testing.T) {
	t.Parallel()
	open := readOpenAPI(t)
	events := map[string]bool{}
	for _, p := range readSpec(t).Protocols {
		assert.NotContains(t, open.Components.Schemas, p.Union)
		for _, m := range p.Messages {
			events[m.Schema] = true
		}
	}
	forEach(t, func(path string, s schema) {
		for _, arm := range s.arms() {
			assert.Falsef(t, events[arm], "%s refers to the event %s", path, arm)
		}
	})
}

// TestEventsHaveDistinctTypes checks that the type tells the events of a union apart.
func TestEventsHaveDistinctTypes(t *testing.T) {
	t.Parallel()
	doc := readSpec(t)
	for _, p := range doc.Protocols {
		types := doc.Types(p.Union)
		assert.Len(t, types, len(p.Messages), "%s: an event has no constant type", p.Union)
		slices.Sort(types)
		assert.Equal(t, slices.Compact(slices.Clone(types)), types, "%s: two events have the same type", p.Union)
	}
}

// TestExchanges compares the replies to each event, in order, with a list. The order has
// a meaning, but tools that sort keys or lists can change it.
func TestExchanges(t *testing.T) {
	t.Parallel()
	have := exchanges(readSpec(t))
	list := filepath.Join("testdata", "exchanges.txt")
	text, err := os.ReadFile(list)
	require.NoError(t, err)
	want := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	lost, added := missing(want, have), missing(have, want)
	if *update || *add && len(lost) == 0 {
		require.NoError(t, os.WriteFile(list, []byte(strings.Join(have, "\n")+"\n"), 0o644))
		return
	}
	assert.Emptyf(t, lost, "the replies to an event have changed; if that is intended, run `go test ./spec -update` and state the reason in the commit")
	assert.Emptyf(t, added, "%s lacks new events: run `make generate`", list)
}

// missing returns the lines that are not in others.
func missing(lines, others []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(others, line) })
}

// exchanges returns a line for each event: its subject and, if it is sent, its replies
// and refusals.
func exchanges(doc *specdoc.Document) []string {
	var lines []string
	for _, p := range doc.Protocols {
		for _, m := range p.Messages {
			line := fmt.Sprintf("%s %s", p.Channel, m.Name)
			if m.About != nil {
				line += " about " + m.About.String()
			}
			if m.Cause != nil {
				line += " event " + m.Cause.String()
			}
			var replies, refusals []string
			for _, r := range m.Replies {
				if r.Cause != nil {
					refusals = append(refusals, r.Name)
				} else {
					replies = append(replies, r.Name)
				}
			}
			if p.Sent {
				line += fmt.Sprintf(": %s / %s", strings.Join(replies, ", "), strings.Join(refusals, ", "))
			}
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}

// TestEverySentEventCanBeRefused checks that the replies to every sent event include
// error.
func TestEverySentEventCanBeRefused(t *testing.T) {
	t.Parallel()
	for _, p := range readSpec(t).Protocols {
		for _, m := range p.Messages {
			refusable := slices.ContainsFunc(m.Replies, func(r *specdoc.Message) bool { return r.Name == "ErrorEvent" })
			assert.Truef(t, refusable || !p.Sent, "asyncapi.yaml: the reply of %s does not list ErrorEvent", m.Name)
		}
	}
}

func TestAsyncAPIHasTheVersionOfOpenAPI(t *testing.T) {
	t.Parallel()
	open, async := readOpenAPI(t), readAsyncAPI(t)
	assert.Equal(t, "3.0.0", async.AsyncAPI)
	assert.Equal(t, open.Info.Version, async.Info.Version)
}

// TestNothingIsUnreachable checks that every schema is part of a message, an operation or
// a webhook.
func TestNothingIsUnreachable(t *testing.T) {
	t.Parallel()
	doc := readSpec(t)
	reached := map[string]bool{}
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		if n == nil {
			return
		}
		for i, c := range n.Content {
			if i > 0 && n.Content[i-1].Value == "$ref" && !reached[c.Value] {
				reached[c.Value] = true
				visit(specdoc.At(doc.Root, c.Value))
			}
			visit(c)
		}
	}
	for _, root := range []string{"paths", "webhooks"} {
		visit(specdoc.Member(doc.Root, root))
	}
	for _, p := range doc.Protocols {
		visit(specdoc.At(doc.Root, "#/components/schemas/"+p.Union))
	}
	for name := range readOpenAPI(t).Components.Schemas {
		assert.Truef(t, reached["#/components/schemas/"+name], "nothing refers to %s", name)
	}
}
