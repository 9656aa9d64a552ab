package realtimetest

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtimetest/internal/scriptfile"
)

// schemaNode holds the members of a JSON schema that the test reads.
type schemaNode struct {
	Properties map[string]*schemaNode `json:"properties"`
	Items      *schemaNode            `json:"items"`
	OneOf      []*schemaNode          `json:"oneOf"`
	Required   []string               `json:"required"`
	Additional *bool                  `json:"additionalProperties"`
	Defs       map[string]*schemaNode `json:"$defs"`
}

// TestScriptSchemaIsWhatIsRead holds the schema and the reader to the same
// members.
func TestScriptSchemaIsWhatIsRead(t *testing.T) {
	t.Parallel()
	var schema schemaNode
	require.NoError(t, json.Unmarshal(ScriptSchema(), &schema))
	defs := schema.Defs
	for name, pair := range map[string]struct {
		node *schemaNode
		file any
	}{
		"script":  {&schema, scriptfile.Script{}},
		"heard":   {defs["heard"], scriptfile.Heard{}},
		"segment": {defs["heard"].Properties["segments"].Items, scriptfile.Segment{}},
		"rule":    {defs["rule"], scriptfile.Rule{}},
		"when":    {defs["when"], scriptfile.When{}},
		"error":   {defs["error"], scriptfile.Error{}},
		"mcp":     {defs["mcp"], scriptfile.MCP{}},
		"fault":   {defs["fault"], scriptfile.Fault{}},
		"at":      {defs["fault"].Properties["at"], scriptfile.At{}},
		"tool":    {defs["mcp"].Properties["tools"].Items, scriptfile.Tool{}},
	} {
		require.NotNil(t, pair.node, name)
		require.NotNil(t, pair.node.Additional, name)
		assert.False(t, *pair.node.Additional, name)
		assert.ElementsMatch(t, slices.Collect(maps.Keys(pair.node.Properties)), members(pair.file), name)
	}
	var steps, kinds []string
	faults := defs["fault"].Properties["do"].OneOf[1:]
	for _, kind := range append(defs["step"].OneOf, faults...) {
		kinds = append(kinds, kind.Required[0])
		for member := range kind.Properties {
			steps = append(steps, member)
			if !slices.Contains(kind.Required, member) {
				assert.True(t, scriptfile.Belongs(member, kind.Required[0]), "%s with %s", member, kind.Required[0])
			}
		}
	}
	slices.Sort(steps)
	assert.ElementsMatch(t, slices.Compact(steps), members(scriptfile.Step{}))
	assert.Len(t, kinds, 16)
}

// members returns the JSON names of a struct's fields.
func members(v any) []string {
	var names []string
	for field := range reflect.TypeOf(v).Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
