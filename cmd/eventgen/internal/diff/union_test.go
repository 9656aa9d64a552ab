package diff

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// plainArms is a protocol whose events are references to components.
const plainArms = `
openapi: 3.1.0
paths: {}
components:
  schemas:
    LampClientEvent: {anyOf: [{$ref: '#/components/schemas/Dim'}], discriminator: {propertyName: type}}
    LampServerEvent:
      discriminator: {propertyName: type}
      anyOf:
        - {$ref: '#/components/schemas/Lit'}
        - {$ref: '#/components/schemas/Out'}
    Dim: {type: object, required: [type], properties: {type: {type: string, const: dim}}}
    Lit: {type: object, required: [type, watts], properties: {type: {type: string, const: lit}, watts: {type: string}}}
    Out: {type: object, required: [type, why], properties: {type: {type: string, const: out}, why: {$ref: '#/components/schemas/Why'}}}
    Hot: {type: object, required: [type, degrees], properties: {type: {type: string, const: hot}, degrees: {type: integer}}}
    Why: {oneOf: [{$ref: '#/components/schemas/Cut'}, {$ref: '#/components/schemas/Worn'}]}
    Cut: {type: object, required: [type], properties: {type: {type: string, const: cut}, by: {type: string}}}
    Worn: {type: object, required: [type], properties: {type: {type: string, const: worn}, hours: {type: integer}}}
`

const (
	litArm = "        - {$ref: '#/components/schemas/Lit'}\n"
	outArm = "        - {$ref: '#/components/schemas/Out'}\n"
	hotArm = "        - {$ref: '#/components/schemas/Hot'}\n"
	server = litArm + outArm
)

// extended returns an arm in the notation of an allOf of a component and further keywords.
func extended(component, with string) string {
	return "        - {title: " + component + "Ws, allOf: [{$ref: '#/components/schemas/" + component + "'}, {" + with + "}]}\n"
}

// TestArmsOfEveryNotation changes only the notation of unions, or adds to it, and checks
// the whole report.
func TestArmsOfEveryNotation(t *testing.T) {
	t.Parallel()
	const lane = "type: object, properties: {lane: {type: string}}"
	for name, tt := range map[string]struct {
		from, to string // What replaces the events in the old and in the new document.
		want     []string
		class    Class
	}{
		"an allOf of one":       {server, extended("Lit", "") + extended("Out", "description: goes out."), nil, Same},
		"an allOf with a title": {server, strings.ReplaceAll(extended("Lit", "")+extended("Out", ""), ", {}]", "]"), nil, Same},
		"an allOf that adds a member": {
			server, extended("Lit", lane) + extended("Out", lane),
			[]string{"field added: Lit.lane: optional string", "field added: Out.lane: optional string"},
			Compatible,
		},
		"one more event in an allOf": {
			extended("Lit", lane) + extended("Out", lane), extended("Lit", lane) + extended("Out", lane) + extended("Hot", lane),
			[]string{"event added: lamp server hot"},
			Compatible,
		},
		"an allOf that requires a member": {
			extended("Lit", "properties: {lane: {type: string}}"), extended("Lit", "required: [lane], properties: {lane: {type: string}}"),
			[]string{"now required: LampServerEvent/anyOf/0/allOf/1.lane"},
			BreaksReceivers,
		},
		"an allOf that requires a member of the other schema": {
			extended("Cut", "properties: {type: {const: c}}"), extended("Cut", "required: [by], properties: {type: {const: c}}"),
			[]string{"now required: Cut.by"},
			BreaksReceivers,
		},
		"an allOf that narrows the type": {
			extended("Lit", ""), extended("Lit", "properties: {type: {const: bright}}"),
			[]string{"constant changed: lamp server lit: lit → bright"},
			BreaksReceivers,
		},
		"a union in the union": {server, "        - {oneOf: [{$ref: '#/components/schemas/Lit'}, {$ref: '#/components/schemas/Out'}]}\n", nil, Same},
		"a union in the union, which grows": {
			"        - {oneOf: [{$ref: '#/components/schemas/Lit'}, {$ref: '#/components/schemas/Out'}]}\n",
			extended("Lit", lane) + outArm + hotArm,
			[]string{"field added: Lit.lane: optional string", "event added: lamp server hot"},
			Compatible,
		},
		"an event without a type": {
			server, server + "        - {title: Raw, type: object, properties: {bytes: {type: string}}}\n",
			[]string{"event added: lamp server (Raw)"},
			Compatible,
		},
		"an arm for several types": {
			strings.Replace(extended("Lit", "properties: {type: {enum: [lit]}}"), "type: {enum: [lit]}", "type: {enum: [lit, glow]}", 1),
			extended("Lit", "properties: {type: {enum: [lit, glow, flash]}}"),
			[]string{"event added: lamp server flash"},
			Compatible,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := compare(t, withEvents(t, tt.from), withEvents(t, tt.to), Options{})
			var lines []string
			for _, g := range r.Groups {
				lines = append(lines, g.line())
			}
			assert.ElementsMatch(t, tt.want, lines)
			assert.Equal(t, tt.class, r.Worst())
			back := compare(t, withEvents(t, tt.to), withEvents(t, tt.from), Options{})
			assert.Len(t, back.Groups, len(tt.want))
		})
	}
}

func withEvents(t *testing.T, events string) string {
	t.Helper()
	require.Equal(t, 1, strings.Count(plainArms, server))
	return strings.Replace(plainArms, server, events, 1)
}

// TestInnerArmsOfEveryNotation does the same for a union that is no union of events.
func TestInnerArmsOfEveryNotation(t *testing.T) {
	t.Parallel()
	const union = "oneOf: [{$ref: '#/components/schemas/Cut'}, {$ref: '#/components/schemas/Worn'}]"
	require.Contains(t, plainArms, union)
	for name, tt := range map[string]struct {
		to   string
		want []string
	}{
		"an allOf": {"oneOf: [{allOf: [{$ref: '#/components/schemas/Cut'}, {type: object}]}, {$ref: '#/components/schemas/Worn'}]", nil},
		"several types": {
			"oneOf: [{$ref: '#/components/schemas/Cut'}, {allOf: [{$ref: '#/components/schemas/Worn'}, {properties: {type: {enum: [worn, broken]}}}]}]",
			[]string{"union arm added: Why<broken>: object"},
		},
		"a mapping": {"discriminator: {propertyName: type, mapping: {cut: '#/components/schemas/Cut', worn: Worn}}, " + union, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := compare(t, plainArms, strings.Replace(plainArms, union, tt.to, 1), Options{})
			var lines []string
			for _, g := range r.Groups {
				lines = append(lines, g.line())
			}
			assert.Equal(t, tt.want, lines)
		})
	}
}

// TestGoNamesOfArms checks that the report names types that the generator makes.
func TestGoNamesOfArms(t *testing.T) {
	t.Parallel()
	const lane = "type: object, properties: {lane: {type: string}}"
	r := compare(t, withEvents(t, litArm), withEvents(t, extended("Lit", lane)+extended("Hot", lane)), Options{})
	var names []string
	for _, g := range r.Groups {
		names = append(names, g.Go...)
	}
	assert.ElementsMatch(t, []string{"LampServerEventLit.Lane", "LampServerEventHot"}, names)
}

// TestScopeIsAllThatIsRead compares documents that only differ, and are only valid, outside
// the scope.
func TestScopeIsAllThatIsRead(t *testing.T) {
	t.Parallel()
	const broken = "paths: {/far: {get: {operationId: far, responses: {'200': {content: {application/json: {schema: {$ref: '#/nowhere'}}}}}}}}\n" +
		"webhooks: {far.off: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/nowhere'}}}}}}}"
	changed := strings.Replace(plainArms, "paths: {}", broken, 1)
	r := compare(t, plainArms, changed, Options{Paths: []string{"/near"}, Webhooks: []string{"near"}})
	assert.Empty(t, r.Groups, r.Text())
	for _, opts := range []Options{{}, {Paths: []string{"/near"}}, {Webhooks: []string{"near"}}} {
		_, err := Compare(mustRead(t, plainArms), mustRead(t, changed), opts)
		assert.ErrorContains(t, err, "#/nowhere points to nothing")
	}
}
