package specdoc

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestUpgrade reads an AsyncAPI 2 document: what clients publish is sent.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	doc, err := Parse("old.yaml", []byte(`asyncapi: 2.6.0
channels:
  user/signedup:
    publish:
      operationId: signUp
      message: {$ref: '#/components/messages/SignUp'}
    subscribe:
      description: is what the service tells.
      message:
        oneOf:
          - {$ref: '#/components/messages/SignedUp'}
          - {name: Failed, payload: {type: object, properties: {type: {const: failed}}}}
          - payload: {type: object, properties: {type: {const: nameless}}}
          - {name: Binary, schemaFormat: application/vnd.apache.avro;version=1.9.0, payload: {type: record}}
          - {$ref: '#/components/messages/SignedUp'}
components:
  messages:
    SignUp: {payload: {$ref: '#/components/schemas/SignUp'}}
    SignedUp: {payload: {type: object, properties: {type: {const: done}}}}
  schemas:
    SignUp: {type: object, properties: {type: {const: go}}}
`))
	require.NoError(t, err)
	require.Len(t, doc.Protocols, 2)
	sent, received := doc.Protocols[0], doc.Protocols[1]
	assert.True(t, sent.Sent)
	assert.False(t, received.Sent)
	assert.Equal(t, []string{"SignedUp", "Failed", "user~1signedup received message"}, armsOfEscaped(doc, received.Union))
	assert.Equal(t, "is what the service tells.", At(doc.Root, schemasPointer+Escape(received.Union)+"/description").Value)
	require.Len(t, doc.Warnings, 1)
	assert.EqualError(t, doc.Warnings[0], `old.yaml:14: #/channels/user~1signedup/subscribe/message/oneOf/3: `+
		`the message "Binary" is left out: its schema is written in application/vnd.apache.avro;version=1.9.0`)
	failed := At(doc.Root, schemasPointer+"Failed")
	assert.EqualError(t, doc.Position(failed, schemasPointer+"Failed").Errorf("is %s", "odd"),
		"old.yaml:12: #/channels/user~1signedup/subscribe/message/oneOf/1/payload: is odd")
}

func armsOfEscaped(doc *Document, union string) []string {
	var arms []string
	for _, arm := range At(doc.Root, schemasPointer+Escape(union)+"/oneOf").Content {
		arms = append(arms, refOf(arm)[len(schemasPointer):])
	}
	return arms
}
