package diff

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// houseRules and wild describe the same protocol: the first by the rules of our spec, the
// second in all notations that other documents use.
const houseRules = `
openapi: 3.1.0
paths:
  /calls: {post: {operationId: call, responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Call'}}}}}}}
webhooks:
  call.incoming: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/WebhookEvent'}}}}}}
components:
  schemas:
    ClientEvent:
      x-event-union: true
      x-upstream: [TheirClientEvent]
      oneOf: [{$ref: '#/components/schemas/Say'}, {$ref: '#/components/schemas/Stop'}]
      discriminator: {propertyName: type, mapping: {say: '#/components/schemas/Say', stop: '#/components/schemas/Stop'}}
    WebhookEvent:
      x-event-union: true
      oneOf: [{$ref: '#/components/schemas/Incoming'}]
      discriminator: {propertyName: type, mapping: {call.incoming: '#/components/schemas/Incoming'}}
    Incoming: {type: object, required: [type], properties: {type: {type: string, const: call.incoming}, at: {type: integer}}}
    Call: {type: object, properties: {id: {type: string}}}
    Stop: {type: object, required: [type], properties: {type: {type: string, const: stop}}}
    Say:
      type: object
      required: [type, item]
      properties:
        type: {type: string, const: say}
        rate: {type: integer, const: 24000}
        item: {$ref: '#/components/schemas/Item'}
        tracing: {type: [string, 'null']}
        prompt: {anyOf: [{$ref: '#/components/schemas/Prompt'}, {type: 'null'}]}
        voice: {$ref: '#/components/schemas/Voice'}
        modes: {type: array, items: {type: string}}
        into: {type: string, x-known-values: [auto, none]}
        limit: {oneOf: [{type: integer}, {type: string, const: inf}]}
        tags: {type: object, additionalProperties: {type: string}}
        filter: {type: object, properties: {names: {type: array, items: {type: string}}}}
        session: {$ref: '#/components/schemas/Call'}
    Prompt: {type: object, required: [id], properties: {id: {type: string}}}
    Voice: {oneOf: [{$ref: '#/components/schemas/VoiceName'}, {$ref: '#/components/schemas/CustomVoice'}]}
    VoiceName: {type: string, x-known-values: [ash, coral]}
    CustomVoice: {type: object, required: [id], properties: {id: {type: string}}}
    Item: {oneOf: [{$ref: '#/components/schemas/UserMessage'}, {$ref: '#/components/schemas/SystemMessage'}, {$ref: '#/components/schemas/FunctionCall'}]}
    UserMessage: {type: object, required: [type, role], properties: {type: {type: string, const: message}, role: {type: string, const: user}}}
    SystemMessage: {type: object, required: [type, role], properties: {type: {type: string, const: message}, role: {type: string, const: system}}}
    FunctionCall: {type: object, required: [type], properties: {type: {type: string, const: function_call}, name: {type: string}}}
`

const wild = `
openapi: 3.1.0
paths:
  /calls: {post: {operationId: make-call, responses: {'200': {content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}}}}}
  /unrelated: {get: {operationId: unrelated, responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Tree'}}}}}}}
webhooks:
  call_incoming: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/WebhookCallIncoming'}}}}}}
  other_thing: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Tree'}}}}}}
components:
  schemas:
    TheirClientEvent:
      anyOf: [{$ref: '#/components/schemas/TheirSay'}, {$ref: '#/components/schemas/TheirStop'}]
      discriminator: {propertyName: type}
    WebhookCallIncoming: {type: object, required: [type], properties: {type: {type: string, enum: [call.incoming], x-stainless-const: true}, at: {type: integer}}}
    TheirStop: {type: object, required: [type], properties: {type: {const: stop}}}
    TheirSay:
      type: object
      required: [type, item]
      properties:
        type: {type: string, enum: [say]}
        rate: {type: integer, enum: [24000]}
        item: {$ref: '#/components/schemas/TheirItem'}
        tracing: {type: string, nullable: true}
        prompt: {$ref: '#/components/schemas/NullablePrompt'}
        voice: {$ref: '#/components/schemas/VoiceIdsOrCustom'}
        modes: {items: {type: string}}
        into: {oneOf: [{type: string}, {type: string, enum: [auto, none]}]}
        limit: {oneOf: [{type: integer}, {type: string, enum: [inf]}]}
        tags: {anyOf: [{type: object, additionalProperties: {type: string}}]}
        filter: {type: object, required: [], properties: {names: {type: array, items: {type: string}}}}
        session: {allOf: [{$ref: '#/components/schemas/TheirCall'}]}
    TheirCall: {type: object, properties: {id: {type: string}}}
    NullablePrompt: {anyOf: [{type: object, required: [id], properties: {id: {type: string}}}, {type: 'null'}]}
    VoiceIdsOrCustom: {anyOf: [{$ref: '#/components/schemas/VoiceIds'}, {type: object, required: [id], properties: {id: {type: string}}}]}
    VoiceIds: {anyOf: [{type: string}, {type: string, enum: [ash, coral]}]}
    TheirItem:
      discriminator: {propertyName: type}
      anyOf: [{$ref: '#/components/schemas/TheirUser'}, {$ref: '#/components/schemas/TheirSystem'}, {$ref: '#/components/schemas/TheirCallItem'}]
    TheirUser: {type: object, required: [type, role], properties: {type: {type: string, enum: [message]}, role: {type: string, enum: [user]}}}
    TheirSystem: {type: object, required: [type, role], properties: {type: {type: string, enum: [message]}, role: {type: string, enum: [system]}}}
    TheirCallItem: {type: object, required: [type], properties: {type: {type: string, enum: [function_call]}, name: {type: string}}}
    Tree: {type: object, properties: {left: {$ref: '#/components/schemas/Tree'}, right: {anyOf: [{$ref: '#/components/schemas/Tree'}, {type: 'null'}]}}}
`

func scoped(t *testing.T, differences string) *Overrides {
	t.Helper()
	o, err := ReadOverrides("upstream.yaml", []byte("scope: {paths: [/calls], webhooks: [call]}\ndifferences:"+differences))
	require.NoError(t, err)
	return o
}

func TestNotationDoesNotMatter(t *testing.T) {
	t.Parallel()
	for _, sides := range [][2]string{{houseRules, wild}, {wild, houseRules}} {
		r := compare(t, sides[0], sides[1], Options{Overrides: scoped(t, " []")})
		assert.Empty(t, r.Groups, r.Text())
		assert.Equal(t, -1, r.Prose, "two authors' prose is not compared")
	}
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	theirs := strings.NewReplacer("required: [type, item]", "required: [type]", "[ash, coral]", "[ash, coral, sage]").Replace(wild)
	const item, voice = "\n- {change: no longer required, at: [Say.item], reason: It always comes.}", "\n- {change: value added, root: client *, path: .voice, theirs: sage, reason: It is no voice.}"
	tests := map[string]struct {
		differences string
		left        int
		err         string
	}{
		"none":              {" []", 2, ""},
		"by our schema":     {item, 1, ""},
		"by the wire":       {voice, 1, ""},
		"both":              {item + voice, 0, ""},
		"one too many":      {item + voice + "\n- {change: value added, at: [Say.into], reason: Gone.}", 0, "upstream.yaml:5: the override matches no difference: value added at Say.into"},
		"a part too many":   {strings.Replace(item, "[Say.item]", "[Say.item, Say.voice]", 1) + voice, 0, "upstream.yaml:3: the override matches no difference: no longer required at Say.voice"},
		"they have none":    {strings.Replace(voice, "theirs: sage", "theirs: ''", 1), 0, "matches no difference"},
		"their other value": {strings.Replace(voice, "theirs: sage", "theirs: teal", 1), 0, "matches no difference"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, sides := range [][2]string{{houseRules, theirs}, {theirs, houseRules}} {
				before, after := mustRead(t, sides[0]), mustRead(t, sides[1])
				r, err := Compare(before, after, Options{Overrides: scoped(t, tt.differences)})
				require.NoError(t, err)
				if tt.err != "" {
					assert.Contains(t, strings.Join(r.Unused, "\n"), tt.err)
					assert.Contains(t, r.Text(), tt.err)
					continue
				}
				assert.Empty(t, r.Unused)
				assert.Len(t, r.Groups, tt.left)
				assert.Equal(t, 2-tt.left, r.Accepted)
			}
		})
	}
}

// TestSharedOverrides checks that differences for several documents explain what they match
// and may match nothing.
func TestSharedOverrides(t *testing.T) {
	t.Parallel()
	theirs := strings.Replace(wild, "required: [type, item]", "required: [type]", 1)
	own := scoped(t, "\n- {change: value added, at: [Say.into], reason: Gone.}")
	own.Share(scoped(t, "\n- {change: no longer required, at: [Say.item], reason: Both.}\n- {change: value added, at: [Say.voice], reason: Others.}"))
	r := compare(t, houseRules, theirs, Options{Overrides: own})
	assert.Empty(t, r.Groups, r.Text())
	require.Len(t, r.Unused, 1)
	assert.Contains(t, r.Unused[0], "value added at Say.into")
}

func TestOverridesNeedReasons(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"differences: [{change: value added, at: [A.b]}]":       "o.yaml:1: a difference needs a reason",
		"differences: [{change: value added, reason: Because}]": "needs a change and a place",
		"differences: [{at: [A.b], reason: Because}]":           "needs a change and a place",
		"diferences: []": "field diferences not found",
	} {
		_, err := ReadOverrides("o.yaml", []byte(text))
		assert.ErrorContains(t, err, want)
	}
}

// TestVendor compares our spec with the vendor's own document, if it is available: every
// difference is explained, and the comparison takes a few seconds at most.
func TestVendor(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "..", "..")
	file := os.Getenv("REALTIME_VENDOR_SPEC")
	if file == "" {
		file = filepath.Join(root, "..", "shared", "vendor", "openapi.yaml")
	}
	if _, err := os.Stat(file); err != nil {
		t.Skip("the vendor's document is missing; REALTIME_VENDOR_SPEC names it")
	}
	read := func(name string) *Document {
		d, err := Read(filepath.ToSlash(name), os.ReadFile)
		require.NoError(t, err)
		return d
	}
	ours, theirs := read(filepath.Join(root, "spec", "asyncapi.yaml")), read(file)
	reasons, err := os.ReadFile(filepath.Join(root, "spec", "upstream.yaml"))
	require.NoError(t, err)
	for _, sides := range [][2]*Document{{ours, theirs}, {theirs, ours}} {
		overrides, err := ReadOverrides("upstream.yaml", reasons)
		require.NoError(t, err)
		start := time.Now()
		r, err := Compare(sides[0], sides[1], Options{Overrides: overrides})
		require.NoError(t, err)
		assert.Empty(t, r.Groups, r.Text())
		assert.Empty(t, r.Unused)
		assert.Less(t, time.Since(start), time.Minute, "it takes a second on an idle machine without the race detector")
	}
	r, err := Compare(theirs, theirs, Options{})
	require.NoError(t, err)
	assert.Empty(t, r.Groups, "the whole of it, with itself")
}
