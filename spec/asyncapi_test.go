package spec

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type reference struct {
	Ref string `yaml:"$ref"`
}

// name returns the last part of a reference that must begin with prefix.
func (r reference) name(t *testing.T, prefix string) string {
	t.Helper()
	name, ok := strings.CutPrefix(r.Ref, prefix)
	require.Truef(t, ok, "%q does not begin with %s", r.Ref, prefix)
	return name
}

// asyncAPI is the part of asyncapi.yaml that the tests read.
type asyncAPI struct {
	AsyncAPI string `yaml:"asyncapi"`
	Info     struct {
		Version string `yaml:"version"`
	} `yaml:"info"`
	Channels map[string]struct {
		Messages map[string]reference `yaml:"messages"`
	} `yaml:"channels"`
	Operations map[string]struct {
		Action   string      `yaml:"action"`
		Channel  reference   `yaml:"channel"`
		Messages []reference `yaml:"messages"`
	} `yaml:"operations"`
	Components struct {
		Messages map[string]message `yaml:"messages"`
	} `yaml:"components"`
}

type message struct {
	Name    string `yaml:"name"`
	Title   string `yaml:"title"`
	Summary string `yaml:"summary"`
	Payload struct {
		SchemaFormat string    `yaml:"schemaFormat"`
		Schema       reference `yaml:"schema"`
	} `yaml:"payload"`
}

func readAsyncAPI(t *testing.T) *asyncAPI {
	t.Helper()
	var doc asyncAPI
	readYAML(t, "asyncapi.yaml", &doc)
	require.NotEmpty(t, doc.Components.Messages)
	return &doc
}

func TestAsyncAPIOperationsAreTheEventUnions(t *testing.T) {
	t.Parallel()
	open, async := readOpenAPI(t), readAsyncAPI(t)
	assert.Len(t, async.Operations, len(eventUnions))
	for _, u := range eventUnions {
		name := u.action + u.component
		operation, ok := async.Operations[name]
		if !assert.Truef(t, ok, "no operation %s", name) {
			continue
		}
		assert.Equal(t, u.action, operation.Action, name)
		assert.Equal(t, "#/channels/"+u.channel, operation.Channel.Ref, name)
		var messages []string
		for _, m := range operation.Messages {
			messages = append(messages, m.name(t, "#/channels/"+u.channel+"/messages/"))
		}
		assert.Equal(t, open.Components.Schemas[u.component].arms(), messages,
			"%s lists other events than the union, or in another order", name)
	}
}

func TestAsyncAPIChannelsHoldTheirEvents(t *testing.T) {
	t.Parallel()
	open, async := readOpenAPI(t), readAsyncAPI(t)
	want := map[string][]string{}
	for _, u := range eventUnions {
		want[u.channel] = append(want[u.channel], open.Components.Schemas[u.component].arms()...)
	}
	assert.Len(t, async.Channels, len(want))
	var all []string
	for channel, events := range want {
		var got []string
		for key, ref := range async.Channels[channel].Messages {
			assert.Equal(t, key, ref.name(t, "#/components/messages/"), channel)
			got = append(got, key)
		}
		assert.ElementsMatch(t, events, got, channel)
		all = append(all, events...)
	}
	slices.Sort(all)
	var declared []string
	for name := range async.Components.Messages {
		declared = append(declared, name)
	}
	assert.ElementsMatch(t, slices.Compact(all), declared, "components.messages")
}

func TestAsyncAPIMessagesReferToTheirSchemas(t *testing.T) {
	t.Parallel()
	open, async := readOpenAPI(t), readAsyncAPI(t)
	for key, m := range async.Components.Messages {
		assert.Equal(t, "application/schema+json;version=draft-07", m.Payload.SchemaFormat, key)
		component := m.Payload.Schema.name(t, "./openapi.yaml#/components/schemas/")
		assert.Equal(t, key, component, "a message bears the name of its schema")
		assert.Equal(t, key, m.Title)
		assert.NotEmptyf(t, m.Summary, "%s has no summary", key)
		assert.Containsf(t, open.Components.Schemas, component, "%s: no such schema", key)
		assert.Equalf(t, open.eventName(component), m.Name, "%s: the name on the wire", key)
	}
}

func TestAsyncAPIHasTheVersionOfOpenAPI(t *testing.T) {
	t.Parallel()
	open, async := readOpenAPI(t), readAsyncAPI(t)
	assert.Equal(t, "3.0.0", async.AsyncAPI)
	assert.Equal(t, open.Info.Version, async.Info.Version)
}
