package specdoc

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const lamp = `
asyncapi: 3.0.0
channels:
  lamp:
    messages:
      Switch: {$ref: '#/components/messages/Switch'}
      Switched:
        payload:
          schemaFormat: application/schema+json;version=draft-07
          schema: {$ref: '#/components/schemas/Switched'}
operations:
  order: {action: send, channel: {$ref: '#/channels/lamp'}, messages: [{$ref: '#/channels/lamp/messages/Switch'}]}
  state: {action: receive, channel: {$ref: '#/channels/lamp'}, description: is a lamp's answer.}
components:
  messages:
    Switch: {payload: {type: object, properties: {type: {type: string, const: switch}}}}
  schemas:
    Switched: {type: object, properties: {type: {type: string, const: switched}}}
`

func TestLift(t *testing.T) {
	t.Parallel()
	doc, err := Parse("lamp.yaml", []byte(lamp))
	require.NoError(t, err)
	var names []string
	schemas := At(doc.Root, "#/components/schemas")
	for i := 0; i < len(schemas.Content); i += 2 {
		names = append(names, schemas.Content[i].Value)
	}
	assert.Equal(t, []string{"Order", "State", "Switched", "Switch"}, names)
	assert.Equal(t, []string{"Switch"}, armsOf(doc, "Order"))
	assert.Equal(t, "true", At(doc.Root, "#/components/schemas/Order/x-event-union").Value)
	assert.Equal(t, "is a lamp's answer.", At(doc.Root, "#/components/schemas/State/description").Value)
	assert.Equal(t, []string{"Switch", "Switched"}, armsOf(doc, "State"), "all of the channel's messages")
	inline := At(doc.Root, "#/components/schemas/Switch")
	assert.Equal(t, 16, inline.Line, "the line in the AsyncAPI document")
	assert.Nil(t, doc.REST)
}

func armsOf(doc *Document, union string) []string {
	var arms []string
	for _, arm := range At(doc.Root, schemasPointer+union+"/oneOf").Content {
		arms = append(arms, lastSegment(refOf(arm)))
	}
	return arms
}

func TestOpenAPIStaysAsItIs(t *testing.T) {
	t.Parallel()
	const text = "openapi: 3.1.0\npaths: {/a: {}}\n"
	doc, err := Parse("x.yaml", []byte(text))
	require.NoError(t, err)
	assert.Empty(t, doc.Protocols)
	assert.Equal(t, &File{Name: "x.yaml", Data: []byte(text)}, doc.REST)
	assert.Equal(t, "x.yaml", doc.Source())
}

func TestLiftErrors(t *testing.T) {
	t.Parallel()
	const channel = "asyncapi: 3.0.0\nchannels: {c: {}}\n"
	for want, text := range map[string]string{
		"asyncapi must be 3.x":                      "asyncapi: 2.6.0",
		"x.yaml:1: #: the document has no opera":    "asyncapi: 3.0.0",
		"#/operations/o: action must be send or re": channel + "operations: {o: {action: shout}}",
		"must be a reference":                       channel + "operations: {o: {action: send}}",
		"nor its channel has messages":              channel + "operations: {o: {action: send, channel: {$ref: '#/channels/c'}}}",
		`"#/channels/d" has no target`:              channel + "operations: {o: {action: send, channel: {$ref: '#/channels/d'}}}",
		"only components/schemas of another file":   channel + "operations: {o: {action: send, channel: {$ref: 'other.yaml#/c'}}}",
		"nor relative to it":                        channel + "operations: {o: {action: send, channel: {$ref: 'https://example.com/other.yaml#/c'}}}",
		"refers to another file, other.yaml":        channel + "operations: {o: {action: send, messages: [{payload: {$ref: 'other.yaml#/components/schemas/O'}}]}}",
		"has no payload":                            channel + "operations: {o: {action: send, messages: [{name: m}]}}",
		"the operation needs the name O":            channel + "operations: {o: {action: send, messages: [{payload: {$ref: '#/components/schemas/O'}}]}}\ncomponents: {schemas: {O: {type: object}}}",
		"two schemas have the name M":               channel + "operations: {o: {action: send, messages: [{$ref: '#/components/messages/M'}]}}\ncomponents: {messages: {M: {payload: {type: object}}}, schemas: {M: {type: string}}}",
	} {
		_, err := Parse("x.yaml", []byte(text))
		assert.ErrorContains(t, err, want)
	}
}
