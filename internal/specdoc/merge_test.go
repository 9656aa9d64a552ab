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
		"x.yaml:1: #/asyncapi: asyncapi must be 2.x or 3.x, not 1.2.0: convert": "asyncapi: 1.2.0",
		"x.yaml:1: #: the document has no operations and no components":         "asyncapi: 3.0.0",
		"#/operations/o: action must be send or re":                             channel + "operations: {o: {action: shout}}",
		"must be a reference":                channel + "operations: {o: {action: send}}",
		`"#/channels/d" has no target`:       channel + "operations: {o: {action: send, channel: {$ref: '#/channels/d'}}}",
		"refers to another file, other.yaml": channel + "operations: {o: {action: send, channel: {$ref: 'other.yaml#/c'}}}",
	} {
		_, err := Parse("x.yaml", []byte(text))
		assert.ErrorContains(t, err, want)
	}
}

// TestLiftWarnings checks what does not keep a document from being read.
func TestLiftWarnings(t *testing.T) {
	t.Parallel()
	const channel = "asyncapi: 3.0.0\nchannels: {c: {}}\n"
	message := func(m string) string {
		return channel + "operations: {o: {action: send, messages: [{name: m, " + m + "}, {name: n, payload: {type: object}}]}}"
	}
	for want, text := range map[string]string{
		"x.yaml:3: #/operations/o: neither the operation nor its channel has messages":             channel + "operations: {o: {action: send, channel: {$ref: '#/channels/c'}}}",
		`reference "https://example.com/a.yaml#/c" leaves this host or folder and is not followed`: message("payload: {$ref: 'https://example.com/a.yaml#/c'}"),
		`the message "m" is left out: it has no payload`:                                           message("title: t"),
		`the message "m" is left out: its payload has no type`:                                     message("payload: {}"),
		`the message "m" is left out: it is binary`:                                                message("payload: {type: string, format: binary}"),
		`the message "m" is left out: it is audio/wav`:                                             message("contentType: audio/wav, payload: {type: string}"),
		`the message "m" is left out: its schema is written in application/vnd.apache.avro`:        message("payload: {schemaFormat: application/vnd.apache.avro, schema: {type: record}}"),
		"the document has no operations: only its schemas are generated":                           channel + "components: {schemas: {A: {type: object}}}",
	} {
		doc, err := Parse("x.yaml", []byte(text))
		require.NoError(t, err)
		require.NotEmpty(t, doc.Warnings, want)
		assert.ErrorContains(t, doc.Warnings[0], want)
	}
}

// TestTakenNames checks the names of unions and payloads that schemas have already.
func TestTakenNames(t *testing.T) {
	t.Parallel()
	doc, err := Parse("x.yaml", []byte(`asyncapi: 3.0.0
channels: {c: {}}
operations: {o: {action: send, messages: [{$ref: '#/components/messages/M'}]}}
components: {messages: {M: {payload: {type: object}}}, schemas: {M: {type: string}, O: {type: object}}}
`))
	require.NoError(t, err)
	assert.Equal(t, []string{"OMessage", "M", "O", "M2"}, names(doc))
	assert.Equal(t, []string{"M2"}, armsOf(doc, "OMessage"))
}
