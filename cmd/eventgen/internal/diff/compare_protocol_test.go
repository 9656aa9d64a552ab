package diff

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// harbour is a protocol with replies and subjects.
const harbour = `
asyncapi: 3.0.0
channels:
  sea:
    messages:
      Moor: {x-subject: $message.payload#/boat, payload: {$ref: '#/components/schemas/Moor'}}
      Leave: {payload: {$ref: '#/components/schemas/Leave'}}
      Waiting: {x-subject: $message.payload#/boat, payload: {$ref: '#/components/schemas/Waiting'}}
      Moored: {x-subject: $message.payload#/boat, payload: {$ref: '#/components/schemas/Moored'}}
      Told: {x-subject: $message.payload#/boat, payload: {$ref: '#/components/schemas/Told'}}
      Refused: {correlationId: {location: $message.payload#/about}, payload: {$ref: '#/components/schemas/Refused'}}
operations:
  moor:
    action: send
    channel: {$ref: '#/channels/sea'}
    traits: [{$ref: '#/components/operationTraits/Request'}]
    messages: [{$ref: '#/channels/sea/messages/Moor'}]
    reply:
      channel: {$ref: '#/channels/sea'}
      messages:
        - {$ref: '#/channels/sea/messages/Waiting'}
        - {$ref: '#/channels/sea/messages/Moored'}
        - {$ref: '#/channels/sea/messages/Refused'}
  leave:
    action: send
    channel: {$ref: '#/channels/sea'}
    traits: [{$ref: '#/components/operationTraits/Request'}]
    messages: [{$ref: '#/channels/sea/messages/Leave'}]
  hear:
    action: receive
    channel: {$ref: '#/channels/sea'}
    messages:
      - {$ref: '#/channels/sea/messages/Waiting'}
      - {$ref: '#/channels/sea/messages/Moored'}
      - {$ref: '#/channels/sea/messages/Told'}
      - {$ref: '#/channels/sea/messages/Refused'}
components:
  operationTraits: {Request: {}}
  schemas:
    Moor: {type: object, required: [type], properties: {type: {const: moor}, boat: {type: string}, berth: {type: string}}}
    Leave: {type: object, required: [type], properties: {type: {const: leave}}}
    Waiting: {type: object, required: [type], properties: {type: {const: waiting}, boat: {type: string}}}
    Moored: {type: object, required: [type], properties: {type: {const: moored}, boat: {type: string}, since: {type: string}}}
    Told: {type: object, required: [type], properties: {type: {const: told}, boat: {type: string}}}
    Refused: {type: object, required: [type], properties: {type: {const: refused}, about: {type: string}}}
`

const (
	waiting = "        - {$ref: '#/channels/sea/messages/Waiting'}\n"
	moored  = "        - {$ref: '#/channels/sea/messages/Moored'}\n"
	tells   = "        - {$ref: '#/channels/sea/messages/Told'}\n"
	refused = "        - {$ref: '#/channels/sea/messages/Refused'}\n"
)

// TestExchanges checks each change of replies and subjects in both directions: the
// changes as text, and the worst class.
func TestExchanges(t *testing.T) {
	t.Parallel()
	const leave = "    messages: [{$ref: '#/channels/sea/messages/Leave'}]\n"
	for name, tt := range map[string]struct {
		from, to    string
		there, back []string
		class, undo string
	}{
		"a reply in the middle": {
			waiting, waiting + tells,
			[]string{"reply added: request moor: told"},
			[]string{"reply removed: request moor: told"},
			none, senders,
		},
		"a reply that leads":  {waiting, tells + waiting, []string{"reply added: request moor: told"}, []string{"reply removed: request moor: told"}, senders, senders},
		"a reply that ends":   {moored, moored + tells, []string{"reply added: request moor: told"}, []string{"reply removed: request moor: told"}, senders, senders},
		"behind the refusal":  {refused, refused + tells, []string{"reply added: request moor: told"}, []string{"reply removed: request moor: told"}, senders, senders},
		"a refusal less":      {refused, "", []string{"reply removed: request moor: refused"}, []string{"reply added: request moor: refused"}, senders, none},
		"the order":           {waiting + moored, moored + waiting, []string{"replies reordered: request moor: waiting, moored → moored, waiting"}, []string{"replies reordered: request moor: moored, waiting → waiting, moored"}, senders, senders},
		"a refusal's place":   {waiting + moored + refused, refused + waiting + moored, nil, nil, "same", "same"},
		"the first reply":     {leave, leave + "    reply: {channel: {$ref: '#/channels/sea'}, messages: [{$ref: '#/channels/sea/messages/Told'}]}\n", []string{"reply added: request leave: told"}, []string{"reply removed: request leave: told"}, none, senders},
		"a subject":           {"Leave: {payload", "Leave: {x-subject: $message.payload#/type, payload", []string{"subject changed: request leave: type"}, []string{"subject changed: request leave: type"}, none, senders},
		"a subject elsewhere": {"Moor: {x-subject: $message.payload#/boat", "Moor: {x-subject: $message.payload#/berth", []string{"subject changed: request moor: boat → berth"}, []string{"subject changed: request moor: berth → boat"}, senders, senders},
		"an answer's subject": {"Moored: {x-subject: $message.payload#/boat", "Moored: {x-subject: $message.payload#/since", []string{"subject changed: hear moored: boat → since"}, []string{"subject changed: hear moored: since → boat"}, receivers, receivers},
		"a reply's name":      {"const: moored", "const: berthed", []string{"constant changed: hear moored: moored → berthed"}, []string{"constant changed: hear berthed: berthed → moored"}, receivers, receivers},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, 1, strings.Count(harbour, tt.from))
			changed := strings.Replace(harbour, tt.from, tt.to, 1)
			for _, way := range []struct {
				r     *Report
				want  []string
				class string
			}{{compare(t, harbour, changed, Options{}), tt.there, tt.class}, {compare(t, changed, harbour, Options{}), tt.back, tt.undo}} {
				var lines []string
				for _, g := range way.r.Groups {
					lines = append(lines, g.line())
				}
				assert.Equal(t, way.want, lines)
				assert.Equal(t, way.class, way.r.Worst().String())
				if len(way.r.Groups) == 1 {
					inEveryForm(t, way.r)
				}
			}
		})
	}
}

// TestExchangesOfOneSide compares with a document without replies.
func TestExchangesOfOneSide(t *testing.T) {
	t.Parallel()
	merged, err := mustRead(t, harbour).Spec.Marshal()
	require.NoError(t, err)
	for _, sides := range [][2]string{{harbour, string(merged)}, {string(merged), harbour}} {
		r := compare(t, sides[0], sides[1], Options{})
		assert.Empty(t, r.Groups, r.Text())
	}
}

// TestExchangesAreExplained checks that an override explains a reply.
func TestExchangesAreExplained(t *testing.T) {
	t.Parallel()
	changed := strings.Replace(harbour, moored, moored+tells, 1)
	const override = "differences: [{change: %s, root: request moor, theirs: told, reason: Their text says so.}]"
	for _, sides := range [][2]string{{harbour, changed}, {changed, harbour}} {
		kind := pick(sides[0] == harbour, ReplyAdded, ReplyRemoved)
		theirs := pick(sides[0] == harbour, "told", "''")
		o, err := ReadOverrides("o.yaml", fmt.Appendf(nil, strings.Replace(override, "theirs: told", "theirs: "+theirs, 1), kind))
		require.NoError(t, err)
		r := compare(t, sides[0], sides[1], Options{Overrides: o})
		assert.Empty(t, r.Groups, r.Text())
		assert.Empty(t, r.Unused)
	}
}
