package spec

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// forEach calls visit for every schema of every component.
func forEach(t *testing.T, visit func(path string, s schema)) {
	t.Helper()
	doc := readOpenAPI(t)
	for _, name := range slices.Sorted(maps.Keys(doc.Components.Schemas)) {
		walk(name, doc.Components.Schemas[name], visit)
	}
}

// isComponent reports whether a path of [forEach] names a component itself.
func isComponent(path string) bool { return !strings.ContainsAny(path, ".<[") }

// isProperty reports whether a path of [forEach] names a property.
func isProperty(path string) bool {
	dot := strings.LastIndex(path, ".")
	return dot > strings.LastIndexAny(path, "<[")
}

func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	var bare []string
	forEach(t, func(path string, s schema) {
		if (isComponent(path) || isProperty(path)) && strings.TrimSpace(s.Description) == "" {
			bare = append(bare, path)
		}
	})
	assert.Empty(t, bare, "without a description")

	var placeholders []string
	for _, name := range []string{"openapi.yaml", "asyncapi.yaml"} {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		if n := strings.Count(string(data), "TODO"); n > 0 {
			placeholders = append(placeholders, name)
			t.Logf("%s: %d places have TODO", name, n)
		}
	}
	assert.Empty(t, placeholders, "with missing descriptions")
}

// TestDescriptionsOfTypesBeginWithAVerb checks that the description of a component
// begins in lower case, since the generator puts the name of the Go type before it.
func TestDescriptionsOfTypesBeginWithAVerb(t *testing.T) {
	t.Parallel()
	forEach(t, func(path string, s schema) {
		if isComponent(path) && s.Description != "" {
			first := s.Description[:1]
			assert.Equalf(t, strings.ToLower(first), first, "%s: its description begins with a capital letter", path)
		}
	})
}

func TestUnionsHaveNamedArms(t *testing.T) {
	t.Parallel()
	doc := readOpenAPI(t)
	forEach(t, func(path string, s schema) {
		assert.Emptyf(t, s.AllOf, "%s: the spec does not use allOf", path)
		arms := slices.Concat(s.OneOf, s.AnyOf)
		for _, arm := range arms {
			if arm.Ref == "" && !arm.isNull() {
				assert.Failf(t, "an arm of a union has no name", "%s: make it a component and refer to it", path)
			}
		}
		if len(s.arms()) > 1 {
			assert.Truef(t, isComponent(path), "%s: a union inside another schema; make it a component", path)
			assert.Equalf(t, doc.openArm(s) != "", len(s.AnyOf) > 0,
				"%s: use oneOf for a union, anyOf for T or null and for a union with an arm without a type", path)
		}
	})
}

func TestNullHasOneNotation(t *testing.T) {
	t.Parallel()
	forEach(t, func(path string, s schema) {
		types, ok := s.Type.([]any)
		if !ok {
			return
		}
		if assert.Lenf(t, types, 2, "%s: a type list must be [T, 'null']", path) {
			assert.NotEqualf(t, "null", types[0], "%s: a type list must be [T, 'null']", path)
			assert.Equalf(t, "null", types[1], "%s: a type list must be [T, 'null']", path)
		}
	})

	data, err := os.ReadFile("openapi.yaml")
	require.NoError(t, err)
	var root yaml.Node
	require.NoError(t, yaml.Unmarshal(data, &root))
	keywords(&root, func(key *yaml.Node) {
		if key.Value == "nullable" {
			t.Errorf("openapi.yaml:%d: nullable belongs to OpenAPI 3.0", key.Line)
		}
	})
}

// keywords calls visit for each key of each mapping that is not a list of
// properties.
func keywords(n *yaml.Node, visit func(key *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		for _, c := range n.Content {
			keywords(c, visit)
		}
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		visit(key)
		if key.Value != "properties" {
			keywords(value, visit)
			continue
		}
		for j := 1; j < len(value.Content); j += 2 {
			keywords(value.Content[j], visit)
		}
	}
}

func TestEnumsAreComponents(t *testing.T) {
	t.Parallel()
	forEach(t, func(path string, s schema) {
		if len(s.Enum) > 0 {
			assert.Truef(t, isComponent(path), "%s: an enum needs a name; make it a component", path)
		}
	})
}

func TestDiscriminatorsMapEveryArm(t *testing.T) {
	t.Parallel()
	doc := readOpenAPI(t)
	forEach(t, func(path string, s schema) {
		if s.Discriminator == nil {
			return
		}
		assert.Equal(t, "type", s.Discriminator.PropertyName, path)
		want := map[string]string{}
		for _, arm := range s.arms() {
			if doc.Components.Schemas[arm].Type == "object" {
				want[doc.eventName(arm)] = "#/components/schemas/" + arm
				delete(want, "") // The arm without a type.
			}
		}
		assert.Equalf(t, want, s.Discriminator.Mapping, "%s: the mapping", path)
	})
}

// TestObjectUnionsHaveDiscriminators checks that exactly the unions whose objects have
// distinct types have a discriminator. The decoder tells the others apart by role too.
func TestObjectUnionsHaveDiscriminators(t *testing.T) {
	t.Parallel()
	doc := readOpenAPI(t)
	forEach(t, func(path string, s schema) {
		types, objects := map[string]bool{}, 0
		for _, arm := range s.arms() {
			if target := doc.Components.Schemas[arm]; target.Type == "object" {
				objects++
				types[doc.eventName(arm)] = true
			}
		}
		if objects < 2 {
			return
		}
		assert.Truef(t, !types[""] || len(s.AnyOf) > 0, "%s: an arm has no constant type", path)
		assert.Equalf(t, len(types) == objects, s.Discriminator != nil,
			"%s: a union has a discriminator if and only if type tells its arms apart", path)
	})
}
