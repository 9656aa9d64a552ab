package model

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// exchange is a protocol in which put is a request with a subject and ping one without.
const exchange = `asyncapi: 3.0.0
info: {title: Exchange, version: '1'}
channels:
  c:
    messages:
      Put: {$ref: '#/components/messages/Put'}
      Ping: {$ref: '#/components/messages/Ping'}
      Done: {$ref: '#/components/messages/Done'}
      Refused: {$ref: '#/components/messages/Refused'}
operations:
  put:
    action: send
    channel: {$ref: '#/channels/c'}
    traits: [{$ref: '#/components/operationTraits/Order'}]
    messages: [{$ref: '#/channels/c/messages/Put'}]
    reply: {channel: {$ref: '#/channels/c'}, messages: [{$ref: '#/channels/c/messages/Done'}, {$ref: '#/channels/c/messages/Refused'}]}
  ping:
    action: send
    channel: {$ref: '#/channels/c'}
    traits: [{$ref: '#/components/operationTraits/Order'}]
    messages: [{$ref: '#/channels/c/messages/Ping'}]
    reply: {channel: {$ref: '#/channels/c'}, messages: [{$ref: '#/channels/c/messages/Done'}]}
  receiveReport:
    action: receive
    channel: {$ref: '#/channels/c'}
    messages: [{$ref: '#/channels/c/messages/Done'}, {$ref: '#/channels/c/messages/Refused'}]
components:
  operationTraits:
    Order: {description: is an order.}
  messages:
    Put:
      correlationId: {location: $message.payload#/number}
      x-subject: $message.payload#/item/id
      payload: {$ref: '#/components/schemas/Put'}
    Ping:
      correlationId: {location: $message.payload#/number}
      payload: {$ref: '#/components/schemas/Ping'}
    Done:
      x-subject: $message.payload#/item_id
      payload: {$ref: '#/components/schemas/Done'}
    Refused:
      correlationId: {location: $message.payload#/fault/number}
      payload: {$ref: '#/components/schemas/Refused'}
  schemas:
    Put: {type: object, required: [type, item], properties: {type: {const: put}, number: {type: string}, item: {$ref: '#/components/schemas/Item'}}}
    Ping: {type: object, required: [type, number], properties: {type: {const: ping}, number: {type: string}}}
    Done: {type: object, required: [type, item_id], properties: {type: {const: done}, item_id: {type: string}}}
    Refused: {type: object, required: [type, fault], properties: {type: {const: refused}, fault: {$ref: '#/components/schemas/Fault'}}}
    Fault: {type: object, properties: {number: {type: [string, 'null']}}}
    Item: {oneOf: [{$ref: '#/components/schemas/Note'}, {$ref: '#/components/schemas/Sketch'}, {$ref: '#/components/schemas/Stamp'}]}
    Note: {type: object, required: [type], properties: {type: {const: note}, id: {type: string}, at: {type: integer, readOnly: true}}}
    Sketch: {type: object, required: [type, id], properties: {type: {const: sketch}, id: {type: string}}}
    Stamp: {type: object, readOnly: true, required: [type], properties: {type: {const: stamp}, id: {type: string}}}
`

// TestProtocol checks the functions of a protocol.
func TestProtocol(t *testing.T) {
	t.Parallel()
	pkg, err := built(exchange)
	require.NoError(t, err)
	want := []string{
		`WithItemID(Item, value string) Item
*Note: if x != nil { c := *x c.ID = new(value) c.Extra.Delete("id") return &c }
*Sketch: if x != nil { c := *x c.ID = value c.Extra.Delete("id") return &c }
*Stamp: if x != nil { c := *x c.ID = new(value) c.Extra.Delete("id") return &c }
*UnknownItem: if x != nil { return &UnknownItem{Type: x.Type, Raw: wire.WithMember(x.Raw, "id", value)} }
return x`,
		`WritableItem(Item) Item
*Note: if x != nil { c := *x c.At = nil c.Extra.Delete("at") return &c }
*Stamp: return nil
return x`,
		`OrderSubject(Order) (id string, ok bool)
*Put: if x == nil { return "", true } return ItemID(x.Item), true
return "", false`,
		`HasOrderNumber(Order) bool
*Put: return x != nil && (x.Number != nil || overridden(x.Extra, "number"))
*Ping: return x != nil && (true)
*UnknownOrder: return x != nil && wire.HasMember(x.Raw, "number")
return false`,
		`OrderReplies(Order) []string
*Put: return repliesToPut
*Ping: return repliesToPing
return nil`,
		`ReportSubject(Report) (id string, ok bool)
*Done: if x == nil { return "", true } return x.ItemID, true
return "", false`,
		`ReportCause(Report) (id string, ok bool)
*Refused: if x == nil { return "", true } return wire.OrZero(x.Fault.Number), true
return "", false`,
	}
	var got []string
	for _, a := range pkg.Protocols {
		got = append(got, a.text())
	}
	assert.Equal(t, want, got)
	// A refusal of an order is not a reply.
	assert.Equal(t, []*Replies{{"repliesToPut", []string{"done"}}, {"repliesToPing", []string{"done"}}}, pkg.Replies)
}

// TestProtocolErrors checks the errors of invalid protocols.
func TestProtocolErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, old, instead, want string }{
		{"subject leads nowhere", "payload#/item_id", "payload#/thing_id", "there is no member thing_id in the payload of Done"},
		{"subject is not a string", "item_id: {type: string}", "item_id: {type: integer}", "the member item_id is not a string"},
		{"subject in an optional object", "required: [type, fault]", "required: [type]", "the member fault is not a required object"},
		{"subject that one variant lacks", "{const: sketch}, id: {type: string}", "{const: sketch}, id: {type: integer}", "id is not a string that all variants of Item have"},
		{"reply without subject", "x-subject: $message.payload#/item_id\n      ", "", "Put has an x-subject but its reply Done has none"},
		{"subject is not said", "Ping: {type: object, required: [type, number], properties: {", "Ping: {type: object, required: [type, item_id], properties: {item_id: {type: string}, ", "Ping has replies and requires the member item_id, so it needs an x-subject"},
		{"ids in two places", "    Ping:\n      correlationId: {location: $message.payload#/number}", "    Ping:\n      correlationId: {location: $message.payload#/type}", "the correlationId of Ping is at type; that of other messages of Order is at number"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, 1, strings.Count(exchange, tt.old))
			err := faults(strings.Replace(exchange, tt.old, tt.instead, 1))
			assert.ErrorContains(t, err, tt.want)
		})
	}
}
