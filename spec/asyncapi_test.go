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

// TestChannelsHoldTheirMessages holds that a message travels on a channel that lists
// it, and that none is listed which does not travel.
func TestChannelsHoldTheirMessages(t *testing.T) {
	t.Parallel()
	async := readAsyncAPI(t)
	traveling := map[string][]string{}
	for _, p := range readSpec(t).Protocols {
		for _, m := range p.Messages {
			assert.Equal(t, m.Name, m.Schema, "a message bears the name of its schema")
			traveling[p.Channel] = append(traveling[p.Channel], m.Name)
		}
	}
	var all []string
	for name, channel := range async.Channels {
		var listed []string
		for key, m := range channel.Messages {
			assert.Equal(t, "#/components/messages/"+key, m.Ref, name)
			listed = append(listed, key)
		}
		assert.ElementsMatch(t, listed, traveling[name], name)
		all = append(all, listed...)
	}
	slices.Sort(all)
	var declared []string
	for name := range async.Components.Messages {
		declared = append(declared, name)
	}
	assert.ElementsMatch(t, slices.Compact(all), declared, "components.messages")
}

// TestMessagesSayNothingTwice holds that a message leaves to its schema what that
// says: the type on the wire and what the message is for.
func TestMessagesSayNothingTwice(t *testing.T) {
	t.Parallel()
	async := readAsyncAPI(t)
	assert.Empty(t, async.Components.Schemas, "schemas stand in openapi.yaml")
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

// TestOpenAPIKnowsNoProtocol holds that asyncapi.yaml alone says which events travel
// which way.
func TestOpenAPIKnowsNoProtocol(t *testing.T) {
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

// TestEventsHaveTypesOfTheirOwn holds that the type tells the events of a union apart.
func TestEventsHaveTypesOfTheirOwn(t *testing.T) {
	t.Parallel()
	doc := readSpec(t)
	for _, p := range doc.Protocols {
		types := doc.Types(p.Union)
		assert.Len(t, types, len(p.Messages), "%s: an event has no constant type", p.Union)
		slices.Sort(types)
		assert.Equal(t, slices.Compact(slices.Clone(types)), types, "%s: a type stands twice", p.Union)
	}
}

// TestExchanges holds what answers what, and in which order, to a list: the order of
// replies has a meaning that no tool knows when it sorts them.
func TestExchanges(t *testing.T) {
	t.Parallel()
	have := exchanges(readSpec(t))
	list := filepath.Join("testdata", "exchanges.txt")
	text, err := os.ReadFile(list)
	require.NoError(t, err)
	var lost []string
	for line := range strings.Lines(string(text)) {
		if !slices.Contains(have, strings.TrimSuffix(line, "\n")) {
			lost = append(lost, line)
		}
	}
	if *update || *add && len(lost) == 0 {
		require.NoError(t, os.WriteFile(list, []byte(strings.Join(have, "\n")+"\n"), 0o644))
		return
	}
	assert.Emptyf(t, lost, "what answers an event has changed; if that is meant, run `go test ./spec -update` and say why in the commit")
	assert.Equal(t, string(text), strings.Join(have, "\n")+"\n", "%s does not list what is new: run `make generate`", list)
}

// exchanges lists what answers each event that is sent, what refuses it, and what it
// is about.
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

// TestEverySentEventCanBeRefused holds that error stands among the answers to every
// event that a client sends.
func TestEverySentEventCanBeRefused(t *testing.T) {
	t.Parallel()
	for _, p := range readSpec(t).Protocols {
		for _, m := range p.Messages {
			assert.Equalf(t, p.Sent, slices.ContainsFunc(m.Replies, func(r *specdoc.Message) bool { return r.Name == "ErrorEvent" }),
				"%s %s", p.Union, m.Name)
		}
	}
}

func TestAsyncAPIHasTheVersionOfOpenAPI(t *testing.T) {
	t.Parallel()
	open, async := readOpenAPI(t), readAsyncAPI(t)
	assert.Equal(t, "3.0.0", async.AsyncAPI)
	assert.Equal(t, open.Info.Version, async.Info.Version)
}

// TestNothingIsUnreachable holds that every schema is part of a message, an operation
// or a webhook.
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
