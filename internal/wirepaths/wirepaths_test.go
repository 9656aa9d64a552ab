package wirepaths

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sample describes its protocol with named arms and the nulls of OpenAPI 3.1.
const sample = `
openapi: 3.1.0
paths:
  /things/{id}:
    post:
      parameters:
        - {name: id, in: path, required: true, schema: {type: string, minLength: 1}}
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: '#/components/schemas/Thing'}
      responses:
        '201':
          headers:
            Location: {schema: {type: string}}
        default: {$ref: '#/components/responses/Failure'}
webhooks:
  thing.made:
    post:
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {id: {type: string}}}
components:
  responses:
    Failure:
      content:
        application/json:
          schema: {type: object, properties: {message: {type: string}}}
  schemas:
    Event:
      oneOf:
        - {$ref: '#/components/schemas/Made'}
        - {$ref: '#/components/schemas/Gone'}
    Made:
      type: object
      required: [type, thing]
      properties:
        type: {type: string, const: made}
        thing: {$ref: '#/components/schemas/Thing'}
    Gone:
      type: object
      properties:
        type: {type: string, const: gone}
        why: {type: [string, 'null'], x-known-values: [age, rust]}
    Thing:
      type: object
      properties:
        size: {type: integer, minimum: 1, maximum: 9}
        shape:
          oneOf:
            - {$ref: '#/components/schemas/Round'}
            - {$ref: '#/components/schemas/Named'}
            - {type: 'null'}
        parts: {type: array, items: {$ref: '#/components/schemas/Thing'}}
        tags: {type: object, additionalProperties: {type: string, maxLength: 5}}
        owner:
          anyOf:
            - {$ref: '#/components/schemas/Owner'}
            - {type: 'null'}
    Round:
      type: object
      properties:
        type: {type: string, const: round}
        role: {type: string, const: wheel}
    Named: {type: string, enum: [flat, tall]}
    Owner: {type: object, properties: {name: {type: string}}}
`

// sampleList is sample, flattened.
const sampleList = `
POST /things/{id}|-|-|-|-
POST /things/{id}|.id(path)|string|required minLength=1|-
POST /things/{id} 201|-|-|-|-
POST /things/{id} 201|.Location(header)|string|-|-
POST /things/{id} default|-|-|-|-
POST /things/{id} default application/json|-|object|-|-
POST /things/{id} default application/json|.message|string|-|-
POST /things/{id} request|-|-|required|-
POST /things/{id} request application/json|-|object|-|-
POST /things/{id} request application/json|.owner|object|null|-
POST /things/{id} request application/json|.owner.name|string|-|-
POST /things/{id} request application/json|.parts|array|-|-
POST /things/{id} request application/json|.shape|object,string|null|flat,tall
POST /things/{id} request application/json|.shape<round/wheel>|object|-|-
POST /things/{id} request application/json|.shape<round/wheel>.role|string|-|wheel
POST /things/{id} request application/json|.shape<round/wheel>.type|string|-|round
POST /things/{id} request application/json|.size|number|maximum=9 minimum=1|-
POST /things/{id} request application/json|.tags|object|-|-
POST /things/{id} request application/json|.tags{}|string|maxLength=5|-
server gone|-|object|-|-
server gone|.type|string|-|gone
server gone|.why|string|null|age,rust
server made|-|object|-|-
server made|.thing|object|required|-
server made|.thing.owner|object|null|-
server made|.thing.owner.name|string|-|-
server made|.thing.parts|array|-|-
server made|.thing.shape|object,string|null|flat,tall
server made|.thing.shape<round/wheel>|object|-|-
server made|.thing.shape<round/wheel>.role|string|-|wheel
server made|.thing.shape<round/wheel>.type|string|-|round
server made|.thing.size|number|maximum=9 minimum=1|-
server made|.thing.tags|object|-|-
server made|.thing.tags{}|string|maxLength=5|-
server made|.type|string|required|made
webhook thing.made|-|-|-|-
webhook thing.made application/json|-|object|-|-
webhook thing.made application/json|.id|string|-|-
`

var serverEvents = []Union{{Prefix: "server", Component: "Event"}}

func flatten(t *testing.T, text string, paths ...string) Set {
	t.Helper()
	doc, err := Parse([]byte(text))
	require.NoError(t, err)
	set, err := Flatten(doc, serverEvents, paths...)
	require.NoError(t, err)
	return set
}

func TestFlatten(t *testing.T) {
	t.Parallel()
	want := strings.NewReplacer("|", "\t", ",", "|").Replace(strings.TrimPrefix(sampleList, "\n"))
	assert.Equal(t, want, string(Format(flatten(t, sample))))
}

func TestFlattenGivenPathsOnly(t *testing.T) {
	t.Parallel()
	set := flatten(t, sample, "/other")
	assert.NotContains(t, set, "POST /things/{id}")
	assert.Contains(t, set, "server made")
}

// TestFlattenSeesTheSameWire rewrites the sample in other notations for the same
// protocol. The paths must not change.
func TestFlattenSeesTheSameWire(t *testing.T) {
	t.Parallel()
	tests := map[string]*strings.Replacer{
		"constants as enums of one":   strings.NewReplacer("const: made", "enum: [made]", "const: round", "enum: [round]"),
		"anyOf for oneOf":             strings.NewReplacer("oneOf:", "anyOf:"),
		"a lone allOf around a ref":   strings.NewReplacer("thing: {$ref: '#/components/schemas/Thing'}", "thing: {allOf: [{$ref: '#/components/schemas/Thing'}]}"),
		"nullable of 3.0":             strings.NewReplacer("type: [string, 'null']", "type: string, nullable: true"),
		"null in the referenced one":  strings.NewReplacer("Owner: {type: object", "Owner: {type: [object, 'null']"),
		"an enum in place of a union": strings.NewReplacer("x-known-values:", "enum:"),
	}
	want := flatten(t, sample)
	for name, rewrite := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := rewrite.Replace(sample)
			require.NotEqual(t, sample, text)
			got := flatten(t, text)
			assert.Empty(t, Missing(want, got))
			assert.Empty(t, Missing(got, want))
		})
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		old, new string
		want     []string
	}{
		"an event":    {"        - {$ref: '#/components/schemas/Gone'}\n", "", []string{"server gone: gone"}},
		"a member":    {"        why: {type: [string, 'null'], x-known-values: [age, rust]}\n", "", []string{"server gone .why: gone"}},
		"a value":     {"[age, rust]", "[age]", []string{"server gone .why: lost the value rust"}},
		"null":        {"type: [string, 'null']", "type: string", []string{"server gone .why: may no longer be null"}},
		"a kind":      {"why: {type: [string, 'null'], x-known-values: [age, rust]}", "why: {type: [number, 'null']}", []string{"server gone .why: is no longer string", "server gone .why: lost the value age, rust"}},
		"required":    {"required: [type, thing]", "required: [type]", []string{"server made .thing: is no longer required"}},
		"a header":    {"            Location: {schema: {type: string}}\n", "            Other: {schema: {type: string}}\n", []string{"POST /things/{id} 201 .Location(header): gone"}},
		"a webhook":   {"thing.made:", "thing.born:", []string{"webhook thing.made: gone", "webhook thing.made application/json: gone"}},
		"a map bound": {", maxLength: 5", "", []string{"POST /things/{id} request application/json .tags{}: maxLength was 5, is -", "server made .thing.tags{}: maxLength was 5, is -"}},
	}
	before := flatten(t, sample)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, sample, tt.old)
			after := flatten(t, strings.Replace(sample, tt.old, tt.new, 1))
			assert.Equal(t, tt.want, Missing(before, after))
		})
	}
	assert.Empty(t, Missing(before, before))
}

func TestParseListReadsWhatFormatWrote(t *testing.T) {
	t.Parallel()
	want := flatten(t, sample)
	got, err := ParseList(Format(want))
	require.NoError(t, err)
	assert.Empty(t, Missing(want, got))
	assert.Empty(t, Missing(got, want))
	assert.Equal(t, string(Format(want)), string(Format(got)))
}

func TestParseListErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a\tb\tc\n":             "line 1 has 3 fields",
		"a\t.b\tstring\tnil\t-": `line 1: unknown flag "nil"`,
	} {
		_, err := ParseList([]byte(text))
		assert.ErrorContains(t, err, want)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{
		"not YAML":           {"{", "wirepaths: yaml"},
		"no schemas":         {"openapi: 3.1.0", "no components.schemas"},
		"no such union":      {"components: {schemas: {A: {type: object}}}", "no component Event"},
		"a ref to nothing":   {"components: {schemas: {Event: {oneOf: [{$ref: '#/components/schemas/A'}]}}}", "points to nothing"},
		"a ref elsewhere":    {"components: {schemas: {Event: {oneOf: [{$ref: 'other.yaml#/A'}]}}}", "not a reference into the document"},
		"refs in circles":    {"components: {schemas: {Event: {oneOf: [{$ref: '#/components/schemas/A'}]}, A: {$ref: '#/components/schemas/A'}}}", "reference cycle"},
		"a broken parameter": {"paths: {/x: {get: {parameters: [{$ref: '#/components/parameters/p'}], responses: {}}}}\ncomponents: {schemas: {Event: {}}}", "points to nothing"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := Parse([]byte(tt.text))
			if err == nil {
				_, err = Flatten(doc, serverEvents)
			}
			assert.ErrorContains(t, err, tt.want)
		})
	}
}
