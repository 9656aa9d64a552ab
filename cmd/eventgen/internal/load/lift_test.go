package load

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
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
  tell: {action: send, channel: {$ref: '#/channels/lamp'}, messages: [{$ref: '#/channels/lamp/messages/Switch'}]}
  hear: {action: receive, channel: {$ref: '#/channels/lamp'}, description: is what lamps say.}
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
	assert.Equal(t, []string{"Switched", "Switch", "Tell", "Hear"}, doc.SchemaNames())
	tell, err := doc.Component("Tell")
	require.NoError(t, err)
	assert.True(t, tell.EventUnion)
	require.Len(t, tell.OneOf, 1)
	assert.Equal(t, "#/components/schemas/Switch", tell.OneOf[0].Ref)
	hear, err := doc.Component("Hear")
	require.NoError(t, err)
	assert.Equal(t, "is what lamps say.", hear.Description)
	require.Len(t, hear.OneOf, 2, "all of the channel's messages")
	assert.Equal(t, "#/components/schemas/Switched", hear.OneOf[1].Ref)
	inline, err := doc.Component("Switch")
	require.NoError(t, err)
	assert.Equal(t, 16, inline.Line, "the line in the AsyncAPI document")
	assert.False(t, doc.HasPaths())
}

func TestLiftLeavesOpenAPIAlone(t *testing.T) {
	t.Parallel()
	var root yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte("openapi: 3.1.0"), &root))
	lifted, err := Lift("x.yaml", &root)
	require.NoError(t, err)
	assert.False(t, lifted)
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
		`"#/channels/d" points at nothing`:          channel + "operations: {o: {action: send, channel: {$ref: '#/channels/d'}}}",
		`"other.yaml#/c" leaves the document`:       channel + "operations: {o: {action: send, channel: {$ref: 'other.yaml#/c'}}}",
		"has no payload":                            channel + "operations: {o: {action: send, messages: [{name: m}]}}",
		"the operation needs the name O":            channel + "operations: {o: {action: send, messages: [{payload: {$ref: '#/components/schemas/O'}}]}}\ncomponents: {schemas: {O: {type: object}}}",
		"two schemas are called M":                  channel + "operations: {o: {action: send, messages: [{$ref: '#/components/messages/M'}]}}\ncomponents: {messages: {M: {payload: {type: object}}}, schemas: {M: {type: string}}}",
	} {
		_, err := Parse("x.yaml", []byte(text))
		assert.ErrorContains(t, err, want)
	}
}
