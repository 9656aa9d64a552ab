package importer

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lines are added to a text after a text that occurs once.
type lines struct{ after, add string }

func insert(t *testing.T, text string, all ...lines) string {
	t.Helper()
	for _, l := range all {
		require.Equal(t, 1, strings.Count(text, l.after), l.after)
		text = strings.Replace(text, l.after, l.after+l.add, 1)
	}
	return text
}

// TestImportOfNewEvents checks the exact lines that a sent and a received event add to
// our documents.
func TestImportOfNewEvents(t *testing.T) {
	t.Parallel()
	files := map[string]string{ours: readSpec(t, "asyncapi.yaml"), alone: readSpec(t, "openapi.yaml")}
	text, err := document(t, ours, files).Spec.Marshal()
	require.NoError(t, err)
	upstream := insert(t, string(text),
		lines{"                - $ref: '#/components/schemas/InputAudioBufferClear'\n", "                - $ref: '#/components/schemas/Mute'\n"},
		lines{"                - $ref: '#/components/schemas/InputAudioBufferCleared'\n", "                - $ref: '#/components/schemas/RealtimeMuted'\n"},
		lines{"    schemas:\n", `        Mute: {type: object, required: [type], properties: {type: {const: input_audio_buffer.mute}, event_id: {type: string}}}
        RealtimeMuted: {type: object, required: [type], properties: {type: {const: input_audio_buffer.muted}, event_id: {type: string}}}
`},
	)
	theirs := document(t, "upstream.yaml", map[string]string{"upstream.yaml": upstream})
	r, after := run(t, ours, files, theirs, nil)
	assert.Equal(t, []string{"event added: client input_audio_buffer.mute", "event added: server input_audio_buffer.muted"}, r.Merged)
	assert.Empty(t, r.Left)
	same(t, ours, after, theirs, nil)

	const ref = "$ref: '#/channels/realtime/messages/"
	message := func(name string, head ...string) string {
		return "    " + name + ":\n" + strings.Join(head, "") + "      payload:\n        schemaFormat: application/schema+json;version=draft-07\n" +
			"        schema:\n          $ref: './openapi.yaml#/components/schemas/" + name + "'\n"
	}
	const traits = "      traits:\n        - $ref: '#/components/messageTraits/ClientEvent'\n"
	want := insert(t, files[ours],
		lines{"        $ref: '#/components/messages/InputAudioBufferClear'\n", "      InputAudioBufferMute:\n        $ref: '#/components/messages/InputAudioBufferMute'\n"},
		lines{"        $ref: '#/components/messages/InputAudioBufferCleared'\n", "      InputAudioBufferMuted:\n        $ref: '#/components/messages/InputAudioBufferMuted'\n"},
		lines{"        - " + ref + "InputAudioBufferCleared'\n        - " + ref + "ErrorEvent'\n", `  inputAudioBufferMute:
    action: send
    channel:
      $ref: '#/channels/realtime'
    traits:
      - $ref: '#/components/operationTraits/ClientEvent'
    messages:
      - $ref: '#/channels/realtime/messages/InputAudioBufferMute'
    reply:
      channel:
        $ref: '#/channels/realtime'
      messages:
        # TODO: list the replies in the order in which they come; the last one ends the exchange.
        - $ref: '#/channels/realtime/messages/ErrorEvent'
`},
		lines{"\n      - " + ref + "InputAudioBufferCleared'\n", "      - " + ref + "InputAudioBufferMuted'\n"},
		lines{message("InputAudioBufferClear", traits), message("InputAudioBufferMute", traits)},
		lines{message("InputAudioBufferCleared"), message("InputAudioBufferMuted")},
	)
	assert.Equal(t, want, after[ours])
	assert.Equal(t, 1, strings.Count(after[alone], "\n    InputAudioBufferMute:\n      description: 'TODO: describe this type.'\n      type: object\n"))
	assert.Equal(t, 1, strings.Count(after[alone], "\n    InputAudioBufferMuted:\n"))
	assert.Contains(t, after[alone], "      x-upstream: [RealtimeMuted]\n")
}

// kitchen is a document in other notations than ours: references in flow style, two
// channels that share a message, messages inside their channel, one operation for all
// sent messages of a channel.
const kitchen = `asyncapi: 3.0.0
info: {title: Kitchen, version: "1"}
channels:
  stove:
    messages:
      Cook: {$ref: '#/components/messages/Cook'}
      Stop: {$ref: '#/components/messages/Stop'}
      Refused: {$ref: '#/components/messages/Refused'} # Two channels have it.
      Cooked: {$ref: '#/components/messages/Cooked'}
      Burnt: {$ref: '#/components/messages/Burnt'}
  cellar:
    messages:
      Fetch:
        name: fetch
        title: Fetch
        summary: Fetches something.
        contentType: application/json
        payload: {$ref: '#/components/schemas/Fetch'}
      Bring:
        payload: {$ref: '#/components/schemas/Bring'}
      Fetched: {correlationId: {location: $message.payload#/about}, payload: {$ref: '#/components/schemas/Fetched'}}
operations:
  # Orders for the stove.
  cook:
    action: send
    channel: {$ref: '#/channels/stove'}
    summary: Cooks.
    traits: [{$ref: '#/components/operationTraits/Order'}, {$ref: '#/components/operationTraits/Slow'}]
    messages: [{$ref: '#/channels/stove/messages/Cook'}]
    reply:
      channel: {$ref: '#/channels/stove'}
      messages:
        - {$ref: '#/channels/stove/messages/Cooked'}
        - {$ref: '#/channels/stove/messages/Refused'}
        - {$ref: '#/channels/stove/messages/Burnt'}
  stop:
    action: send
    channel: {$ref: '#/channels/stove'}
    traits: [{$ref: '#/components/operationTraits/Order'}]
    messages: [{$ref: '#/channels/stove/messages/Stop'}]
    reply:
      channel: {$ref: '#/channels/stove'}
      messages:
        - {$ref: '#/channels/stove/messages/Refused'}
  hear:
    action: receive
    channel: {$ref: '#/channels/stove'}
    messages: [{$ref: '#/channels/stove/messages/Refused'}, {$ref: '#/channels/stove/messages/Cooked'}, {$ref: '#/channels/stove/messages/Burnt'}]
  sendErrand:
    action: send
    channel: {$ref: '#/channels/cellar'}
    messages:
      - {$ref: '#/channels/cellar/messages/Fetch'}
      - {$ref: '#/channels/cellar/messages/Bring'}
  receiveNews:
    action: receive
    channel: {$ref: '#/channels/cellar'}
    messages: [{$ref: '#/channels/cellar/messages/Fetched'}]
components:
  operationTraits: {Order: {}, Slow: {}}
  messages:
    Cook:
      correlationId: {location: '$message.payload#/number'}
      payload: {$ref: '#/components/schemas/Cook'}
    Stop:
      correlationId: {location: '$message.payload#/number'}
      payload: {$ref: '#/components/schemas/Stop'}
    Refused:
      correlationId: {location: '$message.payload#/about'}
      payload: {$ref: '#/components/schemas/Refused'}
    Cooked:
      payload: {$ref: '#/components/schemas/Cooked'}
    Burnt:
      correlationId: {location: '$message.payload#/about'}
      payload: {$ref: '#/components/schemas/Burnt'}
  schemas:
    Cook: {type: object, required: [type], properties: {type: {const: cook}, number: {type: string}}}
    Stop: {type: object, required: [type], properties: {type: {const: stop}, number: {type: string}}}
    Refused: {type: object, required: [type], properties: {type: {const: refused}, about: {type: string}}}
    Cooked: {type: object, required: [type], properties: {type: {const: cooked}}}
    Fetch: {type: object, required: [type], properties: {type: {const: fetch}}}
    Bring: {type: object, required: [type], properties: {type: {const: bring}}}
    Fetched: {type: object, required: [type], properties: {type: {const: fetched}, about: {type: string}}}
    Burnt: {type: object, required: [type], properties: {type: {const: burnt}, about: {type: string}}}
`

// fry is the schema of a new event.
var fry = lines{"  schemas:\n", "    Fry:\n      description: 'TODO: describe this type.'\n      type: object\n      required: [type]\n      properties:\n" +
	"        type:\n          description: 'TODO: describe this member.'\n          type: string\n          const: fry\n\n"}

// hear is a list in one line; heard returns it in block style.
const hear = "    messages: [{$ref: '#/channels/stove/messages/Refused'}, {$ref: '#/channels/stove/messages/Cooked'}, {$ref: '#/channels/stove/messages/Burnt'}]\n"

func heard(names ...string) string {
	var b strings.Builder
	b.WriteString("    messages:\n")
	for _, name := range names {
		b.WriteString("      - {$ref: '#/channels/stove/messages/" + name + "'}\n")
	}
	return b.String()
}

// notations has an event for each union of the kitchen, and the lines that it adds.
var notations = map[string]struct {
	event, union, after string // after is an arm of the union, or "" for the start.
	root                string
	want                []lines
	rewritten           map[string]string
}{
	"sent, the first": {"Fry", "Order", "", "order fry", []lines{
		{"  # Orders for the stove.\n", `  fry:
    action: send
    summary: 'TODO: describe it in a sentence.'
    channel: {$ref: '#/channels/stove'}
    traits: [{$ref: '#/components/operationTraits/Order'}]
    messages: [{$ref: '#/channels/stove/messages/Fry'}]
    reply:
      channel: {$ref: '#/channels/stove'}
      messages:
        # TODO: list the replies in the order in which they come; the last one ends the exchange.
        - {$ref: '#/channels/stove/messages/Refused'}
`},
		{"  stove:\n    messages:\n", "      Fry: {$ref: '#/components/messages/Fry'}\n"},
		{"  operationTraits: {Order: {}, Slow: {}}\n  messages:\n", "    Fry:\n      correlationId: {location: '$message.payload#/number'}\n      payload: {$ref: '#/components/schemas/Fry'}\n"},
		fry,
	}, nil},
	"received": {"Fry", "Hear", "Refused", "hear fry", []lines{
		{"      Refused: {$ref: '#/components/messages/Refused'} # Two channels have it.\n", "      Fry: {$ref: '#/components/messages/Fry'}\n"},
		{"      payload: {$ref: '#/components/schemas/Refused'}\n", "    Fry:\n      payload: {$ref: '#/components/schemas/Fry'}\n"},
		fry,
	}, map[string]string{
		hear: heard("Refused", "Fry", "Cooked", "Burnt"),
	}},
	"received, the first": {"Fry", "Hear", "", "hear fry", []lines{
		{"      Stop: {$ref: '#/components/messages/Stop'}\n", "      Fry: {$ref: '#/components/messages/Fry'}\n"},
		{"      payload: {$ref: '#/components/schemas/Stop'}\n", "    Fry:\n      payload: {$ref: '#/components/schemas/Fry'}\n"},
		fry,
	}, map[string]string{
		hear: heard("Fry", "Refused", "Cooked", "Burnt"),
	}},
	"sent by an operation for all": {"Fry", "Errand", "Fetch", "errand fry", []lines{
		{"      - {$ref: '#/channels/cellar/messages/Fetch'}\n", "      - {$ref: '#/channels/cellar/messages/Fry'}\n"},
		{"        payload: {$ref: '#/components/schemas/Fetch'}\n", `      Fry:
        name: fry
        title: Fry
        summary: 'TODO: describe it in a sentence.'
        contentType: application/json
        payload: {$ref: '#/components/schemas/Fry'}
`},
		fry,
	}, nil},
	"the message of another channel": {"Cooked", "News", "Fetched", "new cooked", []lines{
		{"      Fetched: {correlationId: {location: $message.payload#/about}, payload: {$ref: '#/components/schemas/Fetched'}}\n", "      Cooked:\n        payload: {$ref: '#/components/schemas/Cooked'}\n"},
	}, map[string]string{
		"    messages: [{$ref: '#/channels/cellar/messages/Fetched'}]\n": "    messages:\n      - {$ref: '#/channels/cellar/messages/Fetched'}\n" +
			"      - {$ref: '#/channels/cellar/messages/Cooked'}\n",
	}},
}

// TestImportInTheNotationOfTheFile adds an event to each union of the kitchen.
func TestImportInTheNotationOfTheFile(t *testing.T) {
	t.Parallel()
	for name, tt := range notations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"kitchen.yaml": kitchen}
			text, err := document(t, "kitchen.yaml", files).Spec.Marshal()
			require.NoError(t, err)
			arm := func(name string) string { return "                - $ref: '#/components/schemas/" + name + "'\n" }
			union := strings.Index(string(text), "        "+tt.union+":\n")
			require.Positive(t, union)
			before := "oneOf:\n"
			if tt.after != "" {
				before = arm(tt.after)
			}
			upstream := string(text[:union]) + strings.Replace(string(text[union:]), before, before+arm(tt.event), 1)
			if tt.event == "Fry" {
				upstream = insert(t, upstream, lines{"    schemas:\n", "        Fry: {type: object, required: [type], properties: {type: {const: fry}}}\n"})
			}
			theirs := document(t, "upstream.yaml", map[string]string{"upstream.yaml": upstream})
			r, after := run(t, "kitchen.yaml", files, theirs, nil)
			assert.Equal(t, []string{"event added: " + tt.root}, r.Merged)
			assert.Empty(t, r.Left)
			same(t, "kitchen.yaml", after, theirs, nil)
			want := insert(t, kitchen, tt.want...)
			for from, to := range tt.rewritten {
				require.Equal(t, 1, strings.Count(want, from), from)
				want = strings.Replace(want, from, to, 1)
			}
			assert.Equal(t, want, after["kitchen.yaml"])
		})
	}
}

// TestImportOfARequestWithoutRefusals adds an event to operations without refusals.
func TestImportOfARequestWithoutRefusals(t *testing.T) {
	t.Parallel()
	const id = "      correlationId: {location: '$message.payload#/about'}\n"
	ours := strings.ReplaceAll(kitchen, id, "")
	require.NotEqual(t, kitchen, ours)
	files := map[string]string{"kitchen.yaml": ours}
	text, err := document(t, "kitchen.yaml", files).Spec.Marshal()
	require.NoError(t, err)
	upstream := insert(t, string(text), lines{"                - $ref: '#/components/schemas/Stop'\n", "                - $ref: '#/components/schemas/Fry'\n"},
		lines{"    schemas:\n", "        Fry: {type: object, required: [type], properties: {type: {const: fry}}}\n"})
	r, after := run(t, "kitchen.yaml", files, document(t, "upstream.yaml", map[string]string{"upstream.yaml": upstream}), nil)
	assert.Empty(t, r.Left)
	assert.Contains(t, after["kitchen.yaml"], "    messages: [{$ref: '#/channels/stove/messages/Fry'}]\n    # TODO: add a reply that lists the events that answer it.\n  hear:\n")
}

// TestImportLeavesEvents checks which events cannot be added to an AsyncAPI document.
func TestImportLeavesEvents(t *testing.T) {
	t.Parallel()
	const reply = "    reply: {channel: {$ref: '#/channels/cellar'}, messages: [{$ref: '#/channels/cellar/messages/Fetched'}]}\n"
	const errand = "  sendErrand:\n    action: send\n    channel: {$ref: '#/channels/cellar'}\n"
	const inLine = "  cellar:\n    messages: {Fetch: {payload: {$ref: '#/components/schemas/Fetch'}}, Bring: {payload: {$ref: '#/components/schemas/Bring'}}, " +
		"Fetched: {payload: {$ref: '#/components/schemas/Fetched'}}}\n"
	before, _, _ := strings.Cut(kitchen, "  cellar:\n")
	_, after, _ := strings.Cut(kitchen, "operations:\n")
	for name, tt := range map[string]struct{ ours, left string }{
		"a reply for all":     {strings.Replace(kitchen, errand, errand+reply, 1), "#/operations/sendErrand has one reply for all its messages"},
		"no messages":         {strings.Replace(kitchen, "    messages:\n      - {$ref: '#/channels/cellar/messages/Fetch'}\n      - {$ref: '#/channels/cellar/messages/Bring'}\n", "    messages: []\n", 1), "#/operations/sendErrand has no messages as a model"},
		"a channel in a line": {before + inLine + "operations:\n" + after, "is not in block style"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := document(t, "kitchen.yaml", map[string]string{"kitchen.yaml": kitchen}).Spec.Marshal()
			require.NoError(t, err)
			const arm = "                - $ref: '#/components/schemas/"
			upstream := insert(t, string(text), lines{arm + "Bring'\n", arm + "Fry'\n"},
				lines{"    schemas:\n", "        Fry: {type: object, required: [type], properties: {type: {const: fry}}}\n"})
			theirs := document(t, "upstream.yaml", map[string]string{"upstream.yaml": upstream})
			r, _ := run(t, "kitchen.yaml", map[string]string{"kitchen.yaml": tt.ours}, theirs, nil)
			assert.Empty(t, r.Merged)
			require.NotEmpty(t, r.Left)
			for _, left := range r.Left {
				assert.Contains(t, left, tt.left)
			}
			assert.Empty(t, r.Files, "no file changes")
		})
	}
}

// TestImportIntoTheFileOfTheSchemas adds an event to a protocol with an inline payload:
// the new schema is added to the file of the other schemas.
func TestImportIntoTheFileOfTheSchemas(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"bell.yaml": `asyncapi: 3.0.0
channels:
  c:
    messages:
      Ring: {payload: {type: object, required: [type], properties: {type: {const: ring}}}}
      Stop: {payload: {$ref: 'shapes.yaml#/components/schemas/Stop'}}
operations:
  sendOrder: {action: send, channel: {$ref: '#/channels/c'}}
`,
		"shapes.yaml": "openapi: 3.1.0\ncomponents:\n  schemas:\n    Stop:\n      type: object\n      required: [type]\n      properties: {type: {const: stop}}\n",
	}
	text, err := document(t, "bell.yaml", files).Spec.Marshal()
	require.NoError(t, err)
	const arm = "                - $ref: '#/components/schemas/"
	upstream := insert(t, string(text), lines{arm + "Stop'\n", arm + "Fry'\n"},
		lines{"    schemas:\n", "        Fry: {type: object, required: [type], properties: {type: {const: fry}}}\n"})
	theirs := document(t, "upstream.yaml", map[string]string{"upstream.yaml": upstream})
	r, after := run(t, "bell.yaml", files, theirs, nil)
	assert.Empty(t, r.Left)
	same(t, "bell.yaml", after, theirs, nil)
	assert.Contains(t, after["shapes.yaml"], "\n    Fry:\n")
	assert.Equal(t, insert(t, files["bell.yaml"], lines{"schemas/Stop'}}\n", "      Fry:\n        payload: {$ref: 'shapes.yaml#/components/schemas/Fry'}\n"}), after["bell.yaml"])
}

// TestImportFromAsyncAPI imports an event from a document with replies: the event is
// merged, and the replies are left.
func TestImportFromAsyncAPI(t *testing.T) {
	t.Parallel()
	tr := &trimmer{t, readSpec(t, "openapi.yaml"), readSpec(t, "asyncapi.yaml")}
	async, theirs := tr.async, document(t, ours, tr.files())
	tr.component("ResponseCancel")
	tr.message("ResponseCancel")
	r, after := run(t, ours, tr.files(), theirs, nil)
	assert.Equal(t, []string{"event added: client response.cancel"}, r.Merged)
	assert.Equal(t, []string{
		"reply added: client response.cancel: response.done: this kind of change must be made by hand",
		"subject changed: client response.cancel: response_id: this kind of change must be made by hand",
	}, r.Left)
	assert.Equal(t, restored(t, async), after[ours])
}
