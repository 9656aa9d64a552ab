package specdoc

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clinic has every notation of a protocol: operations that share a trait, replies in
// place and by reference, and ids in the message, in its trait and by reference.
const clinic = `asyncapi: 3.0.0
info: {title: Clinic, version: "1"}
channels:
  desk:
    messages:
      Book: {$ref: '#/components/messages/Book'}
      Leave: {$ref: '#/components/messages/Leave'}
      Booked: {$ref: '#/components/messages/Booked'}
      Queued: {$ref: '#/components/messages/Queued'}
      Refused: {$ref: '#/components/messages/Refused'}
  ward:
    messages:
      Ring: {payload: {$ref: '#/components/schemas/Ring'}}
      Nurse: {payload: {$ref: '#/components/schemas/Nurse'}}
operations:
  book:
    action: send
    channel: {$ref: '#/channels/desk'}
    traits: [{$ref: '#/components/operationTraits/Logged'}, {$ref: '#/components/operationTraits/Request'}]
    messages: [{$ref: '#/channels/desk/messages/Book'}]
    reply:
      channel: {$ref: '#/channels/desk'}
      messages:
        - {$ref: '#/channels/desk/messages/Queued'}
        - {$ref: '#/channels/desk/messages/Refused'}
        - {$ref: '#/channels/desk/messages/Booked'}
  leave:
    action: send
    channel: {$ref: '#/channels/desk'}
    traits: [{$ref: '#/components/operationTraits/Logged'}, {$ref: '#/components/operationTraits/Request'}]
    messages: [{$ref: '#/channels/desk/messages/Leave'}]
    reply: {$ref: '#/components/replies/Refusal'}
  receiveAnswer:
    action: receive
    channel: {$ref: '#/channels/desk'}
    traits: [{$ref: '#/components/operationTraits/Logged'}]
    description: is an answer of the desk.
    x-upstream: [TheirAnswer]
    messages:
      - {$ref: '#/channels/desk/messages/Queued'}
      - {$ref: '#/channels/desk/messages/Booked'}
      - {$ref: '#/channels/desk/messages/Refused'}
  sendCall:
    action: send
    channel: {$ref: '#/channels/ward'}
    traits: [{$ref: '#/components/operationTraits/Loud'}]
    messages: [{$ref: '#/channels/ward/messages/Ring'}]
  sending:
    action: receive
    channel: {$ref: '#/channels/ward'}
    messages: [{$ref: '#/channels/ward/messages/Nurse'}]
components:
  operationTraits:
    Logged: {}
    Request: {description: is a request to the desk., x-go-name: Asked}
    Loud: {}
  replies:
    Refusal:
      channel: {$ref: '#/channels/desk'}
      messages: [{$ref: '#/channels/desk/messages/Refused'}]
  correlationIds:
    Number: {location: '$message.payload#/why/number'}
  messageTraits:
    Quiet: {}
    Numbered:
      correlationId: {location: '$message.payload#/number'}
      x-subject: $message.payload#/a~1b/c~0d
  messages:
    Book:
      traits: [{$ref: '#/components/messageTraits/Quiet'}, {$ref: '#/components/messageTraits/Numbered'}]
      x-subject: $message.payload#/patient
      payload: {$ref: '#/components/schemas/Book'}
    Leave:
      traits: [{$ref: '#/components/messageTraits/Numbered'}]
      payload: {schemaFormat: application/schema+json;version=draft-07, schema: {$ref: '#/components/schemas/Leave'}}
    Booked:
      x-subject: $message.payload#/patient
      payload:
        type: object
        properties: {type: {const: booked}}
    Queued:
      correlationId: {location: '$message.header#/number'}
      payload: {$ref: '#/components/schemas/Queued'}
    Refused:
      correlationId: {$ref: '#/components/correlationIds/Number'}
      payload: {$ref: '#/components/schemas/Refused'}
  schemas:
    Book: {type: object}
    Leave: {type: object}
    Queued: {type: object}
    Refused: {type: object}
    Ring: {type: object}
    Nurse: {type: object}
`

func parse(t *testing.T, text string) *Document {
	t.Helper()
	doc, err := Parse("clinic.yaml", []byte(text))
	require.NoError(t, err)
	return doc
}

// describe returns a message with its ids and replies in one line.
func describe(m *Message) string {
	words := []string{m.Name}
	if m.Cause != nil {
		words = append(words, "of", m.Cause.String())
	}
	if m.About != nil {
		words = append(words, "about", m.About.String())
	}
	for _, r := range m.Replies {
		words = append(words, "->", r.Name)
	}
	return strings.Join(words, " ")
}

func TestProtocols(t *testing.T) {
	t.Parallel()
	var got []string
	doc := parse(t, clinic)
	for _, p := range doc.Protocols {
		got = append(got, fmt.Sprintf("%s %s %v", p.Union, p.Channel, p.Sent))
		for _, m := range p.Messages {
			got = append(got, "  "+describe(m))
		}
	}
	assert.Equal(t, []string{
		"Request desk true",
		"  Book of number about patient -> Queued -> Refused -> Booked",
		"  Leave of number about a/b/c~d -> Refused",
		"Answer desk false",
		"  Queued",
		"  Booked about patient",
		"  Refused of why/number",
		"Call ward true",
		"  Ring",
		"Sending ward false",
		"  Nurse",
	}, got)
	replies := doc.Protocols[0].Messages[0].Replies
	assert.Same(t, doc.Protocols[1].Messages[0], replies[0], "a reply is the message that is received")

	schemas := At(doc.Root, "#/components/schemas")
	assert.Equal(t, "is a request to the desk.", Member(Member(schemas, "Request"), "description").Value)
	assert.Equal(t, "Asked", Member(Member(schemas, "Request"), "x-go-name").Value)
	assert.Equal(t, "TheirAnswer", At(schemas, "#/Answer/x-upstream/0").Value)
	assert.Equal(t, "send", Member(Member(schemas, "Request"), "x-event-direction").Value)
	assert.Equal(t, "receive", Member(Member(schemas, "Sending"), "x-event-direction").Value)
}

// TestGrouping checks which operations become one union.
func TestGrouping(t *testing.T) {
	t.Parallel()
	const leave = "  leave:\n    action: send\n    channel: {$ref: '#/channels/desk'}\n"
	const traits = "    traits: [{$ref: '#/components/operationTraits/Logged'}, {$ref: '#/components/operationTraits/Request'}]\n"
	for name, tt := range map[string]struct {
		from, to string
		want     []string
	}{
		"a shared trait":          {"", "", []string{"Request", "Answer", "Call", "Sending"}},
		"no shared trait":         {leave + traits, leave, []string{"desk sent message", "Answer", "Call", "Sending"}},
		"two channels":            {"operationTraits/Loud'}", "operationTraits/Request'}", []string{"desk sent message", "Answer", "Call", "Sending"}},
		"two directions":          {"    traits: [{$ref: '#/components/operationTraits/Logged'}]\n", "    traits: [{$ref: '#/components/operationTraits/Request'}]\n", []string{"Logged", "Answer", "Call", "Sending"}},
		"a name that is taken":    {"sendCall:", "sendRing:", []string{"Request", "Answer", "SendRing", "Sending"}},
		"a key that is no action": {"sendCall:", "sendcall:", []string{"Request", "Answer", "Sendcall", "Sending"}},
		"another action's key":    {"sendCall:", "receiveCall:", []string{"Request", "Answer", "ReceiveCall", "Sending"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := clinic
			if tt.from != "" {
				require.Equal(t, 1, strings.Count(text, tt.from))
				text = strings.Replace(text, tt.from, tt.to, 1)
			}
			var got []string
			for _, p := range parse(t, text).Protocols {
				got = append(got, p.Union)
			}
			assert.Equal(t, tt.want, got)
		})
	}
}

// TestPositions checks the position of each part of a protocol.
func TestPositions(t *testing.T) {
	t.Parallel()
	doc := parse(t, clinic)
	request, answer := doc.Protocols[0], doc.Protocols[1]
	at := func(p Position) string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Pointer) }
	line := func(text string) int {
		before, _, found := strings.Cut(clinic, text)
		require.True(t, found, text)
		return strings.Count(before, "\n") + 1
	}
	book, booked := request.Messages[0], answer.Messages[1]
	assert.Equal(t, "#/components/operationTraits/Request", request.Pointer)
	assert.Equal(t, "#/operations/receiveAnswer", answer.Pointer)
	assert.Equal(t, fmt.Sprintf("clinic.yaml:%d: #/operations/book/messages/0", line("    messages: [{$ref: '#/channels/desk/messages/Book'}]")), at(book.Position))
	assert.Equal(t, "#/operations/book", book.Operation)
	assert.Equal(t, fmt.Sprintf("clinic.yaml:%d: #/components/messageTraits/Numbered/correlationId", line("      correlationId: {location: '$message.payload#/number'}")), at(book.Cause.Position))
	assert.Equal(t, fmt.Sprintf("clinic.yaml:%d: #/components/messages/Book/x-subject", line("      x-subject: $message.payload#/patient")), at(book.About.Position))
	assert.Equal(t, "#/components/correlationIds/Number", answer.Messages[2].Cause.Pointer)
	assert.Equal(t, "#/operations/receiveAnswer/messages/1", booked.Pointer)

	for pointer, want := range map[string]string{
		"#/components/schemas/Request":                "#/components/operationTraits/Request",
		"#/components/schemas/Request/description":    "#/components/operationTraits/Request/description",
		"#/components/schemas/Request/oneOf/1":        "#/operations/leave/messages/0",
		"#/components/schemas/Answer/oneOf/1":         "#/operations/receiveAnswer/messages/1",
		"#/components/schemas/Booked":                 "#/components/messages/Booked/payload",
		"#/components/schemas/Booked/properties/type": "#/components/messages/Booked/payload/properties/type",
		"#/components/schemas/Book":                   "",
		"#/components/schemas/Bookings":               "",
		"#/paths/~1a":                                 "",
	} {
		assert.Equal(t, want, doc.Written(pointer), pointer)
	}
	n := At(doc.Root, "#/components/schemas/Booked/properties/type")
	assert.EqualError(t, doc.Position(n, "#/components/schemas/Booked/properties/type").Errorf("is %s", "odd"),
		fmt.Sprintf("clinic.yaml:%d: #/components/messages/Booked/payload/properties/type: is odd", line("        properties: {type: {const: booked}}")))
}
