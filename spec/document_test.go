package spec

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// schema is the part of a JSON schema that the tests read.
type schema struct {
	Ref           string            `yaml:"$ref"`
	Description   string            `yaml:"description"`
	Type          any               `yaml:"type"`
	Const         any               `yaml:"const"`
	Enum          []any             `yaml:"enum"`
	OneOf         []schema          `yaml:"oneOf"`
	AnyOf         []schema          `yaml:"anyOf"`
	AllOf         []schema          `yaml:"allOf"`
	Properties    map[string]schema `yaml:"properties"`
	Items         *schema           `yaml:"items"`
	Additional    any               `yaml:"additionalProperties"`
	Discriminator *struct {
		PropertyName string            `yaml:"propertyName"`
		Mapping      map[string]string `yaml:"mapping"`
	} `yaml:"discriminator"`
}

// refName returns the name of the component that s refers to, or "".
func (s schema) refName() string {
	name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/")
	if !ok {
		return ""
	}
	return name
}

// isNull reports whether s allows only null.
func (s schema) isNull() bool { return s.Type == "null" }

// arms returns the names of a union's components.
func (s schema) arms() []string {
	var names []string
	for _, arm := range slices.Concat(s.OneOf, s.AnyOf) {
		if name := arm.refName(); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// openAPI is the part of openapi.yaml that the tests read.
type openAPI struct {
	OpenAPI string `yaml:"openapi"`
	Info    struct {
		Version string `yaml:"version"`
	} `yaml:"info"`
	Components struct {
		Schemas map[string]schema `yaml:"schemas"`
	} `yaml:"components"`
}

// eventName returns the wire name of the event that a component describes.
func (d *openAPI) eventName(component string) string {
	name, _ := d.Components.Schemas[component].Properties["type"].Const.(string)
	return name
}

// openArm returns the arm for objects without a type: the arm of a union of objects that
// lacks the constant type of the others.
func (d *openAPI) openArm(s schema) string {
	open, typed := "", false
	for _, arm := range s.arms() {
		switch {
		case d.Components.Schemas[arm].Type != "object":
		case d.eventName(arm) == "":
			open = arm
		default:
			typed = true
		}
	}
	if !typed {
		return ""
	}
	return open
}

// readYAML reads a document in this folder into v.
func readYAML(t *testing.T, name string, v any) {
	t.Helper()
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(data, v), name)
}

func readOpenAPI(t *testing.T) *openAPI {
	t.Helper()
	var doc openAPI
	readYAML(t, "openapi.yaml", &doc)
	require.NotEmpty(t, doc.Components.Schemas)
	return &doc
}

func TestOpenAPIIsValid(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()))
	assert.Equal(t, "3.1.0", doc.OpenAPI)
}

// walk calls visit for a schema and all schemas inside it, with the path from the
// component.
func walk(path string, s schema, visit func(path string, s schema)) {
	visit(path, s)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		walk(path+"."+name, s.Properties[name], visit)
	}
	for i, arm := range slices.Concat(s.OneOf, s.AnyOf, s.AllOf) {
		walk(fmt.Sprintf("%s<%d>", path, i), arm, visit)
	}
	if s.Items != nil {
		walk(path+"[]", *s.Items, visit)
	}
}
