package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// growth is an edit of the spec: text that is inserted before an anchor.
type growth struct{ file, before, text string }

// TestSpecGrows adds an event, a reply, an item, members, values and a REST operation
// to the spec in a copy of the module, and generates. No hand-written file needs an
// edit: the additions are typed, validated, dispatched, requested and answered,
// restored, and echoed by the test server. The spec's tests pass in the copy; with
// SPEC_GROWTH=all, all tests of the core run.
func TestSpecGrows(t *testing.T) {
	if testing.Short() {
		t.Skip("generates and compiles in a copy of the module")
	}
	t.Parallel()
	dir := t.TempDir()
	copyTree(t, filepath.Join("..", ".."), dir)
	for _, g := range growths {
		path := filepath.Join(dir, "spec", g.file)
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(string(data), g.before), "%s: %q", g.file, g.before)
		require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(data), g.before, g.text+g.before, 1)), 0o600))
	}
	behavior, err := os.ReadFile(filepath.Join("testdata", "grow", "grow_test.go.txt"))
	require.NoError(t, err)
	writeDoc(t, dir, "internal/grow/grow_test.go", string(behavior))

	runIn(t, dir, "go", "generate", "./...")
	packages := []string{"./internal/grow", "./spec"}
	if os.Getenv("SPEC_GROWTH") == "all" {
		packages = append(packages, "./calls", "./internal/apitest", "./internal/conformance", "./realtime/...", "./realtimetest/...")
	}
	runIn(t, dir, "go", slices.Concat([]string{"test", "-short"}, packages)...)
}

// copyTree copies the module, without nested modules and files of tools.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	skip := []string{".git", ".bin", "bench", "interop", "node_modules", "demo-out", "wasm-out", "e2e"}
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains(skip, d.Name()) {
			return filepath.SkipDir
		}
		if d.IsDir() || !d.Type().IsRegular() {
			return nil
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		writeDoc(t, to, filepath.ToSlash(rel), string(data))
		return nil
	})
	require.NoError(t, err)
}

var growths = []growth{
	// Events and their replies.
	{"openapi.yaml", "    WebhookEvent:\n", `    InputAudioBufferMute:
      description: asks the server to hear nothing of what is sent.
      type: object
      required: [type, muted]
      properties:
        event_id: {description: Id of the event., type: string}
        type: {description: Always "input_audio_buffer.mute"., type: string, const: input_audio_buffer.mute}
        muted: {description: Whether to hear nothing., type: boolean}
        level: {description: How deaf to be., type: integer, maximum: 5}
        reason: {$ref: '#/components/schemas/MuteReason', description: Why.}
    MuteReason:
      description: says why nothing is heard.
      type: string
      x-known-values: [privacy, noise]
    InputAudioBufferMuted:
      description: tells that nothing is heard.
      type: object
      required: [type, event_id, muted]
      properties:
        event_id: {description: Id of the event., type: string}
        type: {description: Always "input_audio_buffer.muted"., type: string, const: input_audio_buffer.muted}
        muted: {description: Whether nothing is heard., type: boolean}
    NoteBookOpen:
      description: asks the server to open a book of notes.
      type: object
      required: [type, book_id]
      properties:
        event_id: {description: Id of the event., type: string}
        type: {description: Always "note_book.open"., type: string, const: note_book.open}
        book_id: {description: Id of the book., type: string}
    NoteBookOpened:
      description: tells that a book is open.
      type: object
      required: [type, event_id, book_id]
      properties:
        event_id: {description: Id of the event., type: string}
        type: {description: Always "note_book.opened"., type: string, const: note_book.opened}
        book_id: {description: Id of the book., type: string}
    NoteBookRead:
      description: tells that a book was read.
      type: object
      required: [type, event_id, book_id]
      properties:
        event_id: {description: Id of the event., type: string}
        type: {description: Always "note_book.read"., type: string, const: note_book.read}
        book_id: {description: Id of the book., type: string}
    SecretWhisper:
      description: says something that has no answer.
      type: object
      required: [type, text]
      properties:
        event_id: {description: Id of the event., type: string}
        type: {description: Always "secret.whisper"., type: string, const: secret.whisper}
        text: {description: What is said., type: string}
    Note:
      description: is a note in the conversation.
      type: object
      required: [type, text]
      properties:
        type: {description: Always "note"., type: string, const: note}
        id: {description: Id of the item., type: string}
        status: {$ref: '#/components/schemas/ItemStatus', description: How far it has come., readOnly: true}
        text: {description: What it says., type: string}
    Pace:
      description: is how fast the model speaks.
      type: object
      properties:
        speed: {description: How many units a second., type: integer}
        unit: {$ref: '#/components/schemas/PaceUnit', description: What is counted.}
    PaceUnit:
      description: is what a pace counts.
      type: string
      x-known-values: [words, syllables]
    HoldRequest:
      description: says what a caller on hold hears.
      type: object
      properties:
        music: {description: Kind of music., type: string}
`},
	// An item, members and a value.
	{"openapi.yaml", "      x-upstream: [RealtimeConversationItem]\n", "        - $ref: '#/components/schemas/Note'\n"},
	{"openapi.yaml", "        - alloy\n        - ash\n", "        - violet\n"},
	{"openapi.yaml", "        output_modalities:\n          description: 'Kind of output that responses have: audio or text. Default: audio.'\n", members},
	{"openapi.yaml", "        output_modalities:\n          description: >-\n            Kind of output: exactly one value, either audio (with a transcript) or text. Default:\n", members},
	// A REST operation.
	{"openapi.yaml", "  /realtime/calls/{call_id}/refer:\n", `  /realtime/calls/{call_id}/hold:
    post:
      operationId: holdCall
      summary: Hold a call
      description: Puts a call on hold.
      tags: [Calls]
      parameters:
        - $ref: '#/components/parameters/CallID'
      requestBody:
        required: true
        content:
          application/json:
            schema:
              $ref: '#/components/schemas/HoldRequest'
      responses:
        '200':
          description: The call is on hold.
        default:
          $ref: '#/components/responses/Failure'
`},
	{"asyncapi.yaml", "      ConversationCreated:\n        $ref: '#/components/messages/ConversationCreated'\n", `      InputAudioBufferMute: {$ref: '#/components/messages/InputAudioBufferMute'}
      InputAudioBufferMuted: {$ref: '#/components/messages/InputAudioBufferMuted'}
      NoteBookOpen: {$ref: '#/components/messages/NoteBookOpen'}
      NoteBookOpened: {$ref: '#/components/messages/NoteBookOpened'}
      NoteBookRead: {$ref: '#/components/messages/NoteBookRead'}
      SecretWhisper: {$ref: '#/components/messages/SecretWhisper'}
`},
	{"asyncapi.yaml", "  receiveServerEvent:\n", `  inputAudioBufferMute:
    action: send
    channel: {$ref: '#/channels/realtime'}
    traits: [{$ref: '#/components/operationTraits/ClientEvent'}]
    messages: [{$ref: '#/channels/realtime/messages/InputAudioBufferMute'}]
    reply:
      channel: {$ref: '#/channels/realtime'}
      messages:
        - $ref: '#/channels/realtime/messages/InputAudioBufferMuted'
        - $ref: '#/channels/realtime/messages/ErrorEvent'
  noteBookOpen:
    action: send
    channel: {$ref: '#/channels/realtime'}
    traits: [{$ref: '#/components/operationTraits/ClientEvent'}]
    messages: [{$ref: '#/channels/realtime/messages/NoteBookOpen'}]
    reply:
      channel: {$ref: '#/channels/realtime'}
      messages:
        - $ref: '#/channels/realtime/messages/NoteBookOpened'
        - $ref: '#/channels/realtime/messages/NoteBookRead'
        - $ref: '#/channels/realtime/messages/ErrorEvent'
  secretWhisper:
    action: send
    channel: {$ref: '#/channels/realtime'}
    traits: [{$ref: '#/components/operationTraits/ClientEvent'}]
    messages: [{$ref: '#/channels/realtime/messages/SecretWhisper'}]
    reply:
      channel: {$ref: '#/channels/realtime'}
      messages:
        - $ref: '#/channels/realtime/messages/ErrorEvent'
`},
	{"asyncapi.yaml", "      - $ref: '#/channels/realtime/messages/ConversationCreated'\n", `      - $ref: '#/channels/realtime/messages/InputAudioBufferMuted'
      - $ref: '#/channels/realtime/messages/NoteBookOpened'
      - $ref: '#/channels/realtime/messages/NoteBookRead'
`},
	{"asyncapi.yaml", "    ConversationCreated:\n      payload:\n", strings.Join([]string{
		message("InputAudioBufferMute", sent, ""), message("InputAudioBufferMuted", "", ""),
		message("NoteBookOpen", sent, about), message("NoteBookOpened", "", about), message("NoteBookRead", "", about),
		message("SecretWhisper", sent, ""),
	}, "")},
}

const (
	members = `        mood: {description: How the model feels., type: string}
        pace: {$ref: '#/components/schemas/Pace', description: How fast the model speaks.}
`
	sent  = "      traits: [{$ref: '#/components/messageTraits/ClientEvent'}]\n"
	about = "      x-subject: $message.payload#/book_id\n"
)

func message(name, traits, subject string) string {
	return "    " + name + ":\n" + traits + subject + `      payload:
        schemaFormat: application/schema+json;version=draft-07
        schema:
          $ref: './openapi.yaml#/components/schemas/` + name + "'\n"
}
