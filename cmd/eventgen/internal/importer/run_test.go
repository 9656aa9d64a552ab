package importer

import (
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/diff"
	"github.com/voicelane/realtime-go/internal/specdoc"
)

var root = filepath.Join("..", "..", "..", "..")

func readSpec(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "spec", name))
	require.NoError(t, err)
	return strings.ReplaceAll(string(data), "\r\n", "\n")
}

// trimmer removes parts of our documents.
type trimmer struct {
	t           *testing.T
	spec, async string
}

func (tr *trimmer) cut(what string) { tr.replace(what, "") }

func (tr *trimmer) replace(from, to string) {
	tr.t.Helper()
	require.Contains(tr.t, tr.spec, from)
	tr.spec = strings.Replace(tr.spec, from, to, 1)
}

// member removes a member of a component.
func (tr *trimmer) member(component, name string) {
	tr.t.Helper()
	start := strings.Index(tr.spec, "\n    "+component+":\n")
	require.Positive(tr.t, start)
	at := regexp.MustCompile(`        ` + name + `:\n(          .*\n)+`).FindStringIndex(tr.spec[start:])
	require.NotNil(tr.t, at)
	tr.spec = tr.spec[:start+at[0]] + tr.spec[start+at[1]:]
}

// component removes a component and the blank line after it.
func (tr *trimmer) component(name string) {
	tr.t.Helper()
	at := regexp.MustCompile(`    ` + name + `:\n(      .*\n|\n)+`).FindStringIndex(tr.spec)
	require.NotNil(tr.t, at)
	tr.spec = tr.spec[:at[0]] + tr.spec[at[1]:]
}

// message removes a message of the AsyncAPI document: its entry in the channel, the
// message itself, and its operation.
func (tr *trimmer) message(name string) {
	tr.t.Helper()
	for _, cut := range []string{
		`      ` + name + `:\n        \$ref: .*\n`, `    ` + name + `:\n(      .*\n)+`, `  ` + operationName(name) + `:\n(    .*\n)+`,
	} {
		re := regexp.MustCompile(`(?m)^` + cut)
		require.Len(tr.t, re.FindAllString(tr.async, -1), 1, cut)
		tr.async = re.ReplaceAllString(tr.async, "")
	}
}

// restored returns our AsyncAPI document after an import of response.cancel: its replies
// and its subject must be added by hand.
func restored(t *testing.T, async string) string {
	t.Helper()
	const reply = "    reply:\n      channel:\n        $ref: '#/channels/realtime'\n      messages:\n"
	for from, to := range map[string]string{
		reply + "        - $ref: '#/channels/realtime/messages/ResponseDone'\n        - $ref: '#/channels/realtime/messages/ErrorEvent'\n  responseCreate:": reply +
			"        # TODO: list the replies in the order in which they come; the last one ends the exchange.\n" +
			"        - $ref: '#/channels/realtime/messages/ErrorEvent'\n  responseCreate:",
		"      x-subject: $message.payload#/response_id\n": "",
	} {
		require.Equal(t, 1, strings.Count(async, from), from)
		async = strings.Replace(async, from, to, 1)
	}
	return async
}

// trimmings are structural changes that an import must restore: the removal from our
// documents, and the components that change.
var trimmings = []struct {
	name    string
	trim    func(tr *trimmer)
	touches string
	merged  string
	vendor  bool // The vendor's document has it too.
}{
	{"member", func(tr *trimmer) { tr.member("NoiseReduction", "strength") }, "NoiseReduction", "field added: NoiseReduction.strength: optional number", false},
	{"required member", func(tr *trimmer) {
		tr.member("ConversationItemDelete", "item_id")
		tr.replace("required: [type, item_id]", "required: [type]")
	}, "ConversationItemDelete", "field added: ConversationItemDelete.item_id: required string", false},
	{"known value", func(tr *trimmer) { tr.cut("        - gpt-realtime-2.1\n") }, "Model", "value added: RealtimeSessionConfig.model: gpt-realtime-2.1", true},
	{"value in one line", func(tr *trimmer) {
		tr.replace("x-known-values: [rtp, srtp]", "x-known-values: [rtp]")
		tr.cut("        - srtp: the audio is encrypted.\n")
	}, "SIPMediaSecurity", "value added: IncomingCall.sip_media_security: srtp", false},
	{"event", func(tr *trimmer) {
		tr.component("ResponseCancel")
		tr.message("ResponseCancel")
	}, "ResponseCancel", "event added: client response.cancel", true},
	{"union arm", func(tr *trimmer) {
		tr.cut("        - $ref: '#/components/schemas/MCPHTTPError'\n")
		tr.cut("          http_error: '#/components/schemas/MCPHTTPError'\n")
		tr.component("MCPHTTPError")
	}, "MCPError MCPHTTPError", "union arm added: MCPError<http_error>: object", true},
	{"null of a scalar", func(tr *trimmer) {
		tr.replace("absent or null for the current one.\n          type: [string, 'null']", "absent or null for the current one.\n          type: string")
	}, "Prompt", "null allowed: Prompt.version", true},
	{"null of a reference", func(tr *trimmer) {
		const prose = "          description: Stored prompt that the session uses; null for none.\n"
		const ref = "$ref: '#/components/schemas/Prompt'\n"
		tr.replace(prose+"          anyOf:\n            - "+ref+"            - type: 'null'\n", "          "+ref+prose)
	}, "RealtimeSessionConfig", "null allowed: RealtimeSessionConfig.prompt", true},
	{"bound", func(tr *trimmer) { tr.cut("          maxLength: 512\n") }, "ConversationItemCreate", "bound tightened: ConversationItemCreate.event_id: maxLength 512", true},
	{"required", func(tr *trimmer) { tr.replace("required: [type, item]", "required: [type]") }, "ConversationItemCreate", "now required: ConversationItemCreate.item", true},
	{"format", func(tr *trimmer) { tr.cut("          contentEncoding: base64\n") }, "InputAudioBufferAppend", `format changed: InputAudioBufferAppend.audio: contentEncoding "base64"`, false},
	{"open set", func(tr *trimmer) { tr.replace("x-known-values: [auto, none]", "enum: [auto, none]") }, "ResponseConversation", "set of values opened: ResponseParams.conversation", true},
	{"deprecation", func(tr *trimmer) { tr.cut("          deprecated: true\n") }, "MCPTool", "deprecated: MCPTool.connector_id", false},
}

// ours and alone are the specifications that the tests import into: our two files, and
// an OpenAPI document alone.
const (
	ours  = "spec/asyncapi.yaml"
	alone = "spec/openapi.yaml"
)

// open returns a function that reads the files.
func open(files map[string]string) specdoc.Open {
	return func(name string) ([]byte, error) {
		text, ok := files[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	}
}

func document(t *testing.T, name string, files map[string]string) *diff.Document {
	t.Helper()
	d, err := diff.Read(name, open(files))
	require.NoError(t, err)
	return d
}

// merged returns our two files as one OpenAPI document, which has no replies.
func merged(t *testing.T, files map[string]string) *diff.Document {
	t.Helper()
	text, err := document(t, ours, files).Spec.Marshal()
	require.NoError(t, err)
	return document(t, "upstream.yaml", map[string]string{"upstream.yaml": string(text)})
}

// run imports into the files and returns the result.
func run(t *testing.T, spec string, files map[string]string, upstream *diff.Document, overrides *diff.Overrides) (*Result, map[string]string) {
	t.Helper()
	r, err := Run(Input{Spec: spec, Open: open(files), Upstream: upstream, Overrides: overrides})
	require.NoError(t, err)
	after := maps.Clone(files)
	for name, data := range r.Files {
		assert.NotEqual(t, files[name], string(data), "a file that did not change: %s", name)
		after[name] = string(data)
	}
	return r, after
}

func (tr *trimmer) files() map[string]string {
	return map[string]string{"spec/openapi.yaml": tr.spec, "spec/asyncapi.yaml": tr.async}
}

// same checks that the files describe the same wire format as a document.
func same(t *testing.T, spec string, files map[string]string, theirs *diff.Document, overrides *diff.Overrides) {
	t.Helper()
	r, err := diff.Compare(document(t, spec, files), theirs, diff.Options{Overrides: overrides, NoNames: true})
	require.NoError(t, err)
	assert.Empty(t, r.Groups, r.Text())
}

var heading = regexp.MustCompile(`^    (\w+):\n$`)

// blocks returns the components of a spec by name; the rest has the name "".
func blocks(spec string) map[string]string {
	out := map[string]string{}
	name, inside := "", false
	for line := range strings.Lines(spec) {
		if line == "  schemas:\n" {
			inside = true
		}
		if m := heading.FindStringSubmatch(line); inside && m != nil {
			name = m[1]
		}
		out[name] += line
	}
	return out
}

// untouched checks that only the named components changed.
func untouched(t *testing.T, before, after, touches string) {
	t.Helper()
	touched := map[string]bool{}
	for name := range strings.FieldsSeq(touches) {
		touched[name] = true
	}
	was, is := blocks(before), blocks(after)
	for name, text := range was {
		if !touched[name] {
			assert.Equal(t, strings.TrimRight(text, "\n"), strings.TrimRight(is[name], "\n"), name)
		}
	}
	for name := range is {
		if _, ok := was[name]; !ok {
			assert.Contains(t, touched, name)
		}
	}
}

// TestImportRestores undoes each change and imports the whole document.
func TestImportRestores(t *testing.T) {
	t.Parallel()
	spec, async := readSpec(t, "openapi.yaml"), readSpec(t, "asyncapi.yaml")
	for _, tt := range trimmings {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tr := &trimmer{t, spec, async}
			upstream := merged(t, tr.files())
			tt.trim(tr)
			r, after := run(t, ours, tr.files(), upstream, nil)
			assert.Equal(t, []string{tt.merged}, r.Merged)
			assert.Empty(t, r.Left)
			same(t, ours, after, upstream, nil)
			untouched(t, tr.spec, after["spec/openapi.yaml"], tt.touches)
			want := async
			if tr.async != async {
				want = restored(t, async)
			}
			assert.Equal(t, want, after["spec/asyncapi.yaml"])
		})
	}
}

// TestImportRestoresAll undoes all changes at once.
func TestImportRestoresAll(t *testing.T) {
	t.Parallel()
	spec, async := readSpec(t, "openapi.yaml"), readSpec(t, "asyncapi.yaml")
	tr := &trimmer{t, spec, async}
	upstream := merged(t, tr.files())
	var touches []string
	for _, tt := range trimmings {
		tt.trim(tr)
		touches = append(touches, tt.touches)
	}
	r, after := run(t, ours, tr.files(), upstream, nil)
	assert.Len(t, r.Merged, len(trimmings))
	assert.Empty(t, r.Left)
	same(t, ours, after, upstream, nil)
	untouched(t, tr.spec, after["spec/openapi.yaml"], strings.Join(touches, " "))
	assert.Contains(t, after["spec/openapi.yaml"], "TODO", "the lint refuses the spec until it is described")
	assert.NotContains(t, tr.spec, "TODO")
	assert.Equal(t, restored(t, async), after["spec/asyncapi.yaml"])
	covered(t, after)
}

// covered runs the script that compares a spec with the protocol's facts, if it is
// available.
func covered(t *testing.T, files map[string]string) {
	t.Helper()
	script := filepath.Join(root, "..", "shared", "tools", "spec_coverage.py")
	if _, err := os.Stat(script); err != nil {
		return
	}
	dir := t.TempDir()
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(name)), []byte(text), 0o600))
	}
	out, err := exec.CommandContext(t.Context(), "python3", script, "--spec", filepath.Join(dir, "openapi.yaml")).CombinedOutput()
	if strings.Contains(string(out), "needs PyYAML") || err != nil && len(out) == 0 {
		t.Logf("the coverage cannot be measured: %v %s", err, out)
		return
	}
	require.NoError(t, err, string(out))
	assert.Contains(t, string(out), "(100.0 %)")
}

// TestImportFromTheVendor restores changes from the vendor's own document, which has its
// own notation and names.
func TestImportFromTheVendor(t *testing.T) {
	t.Parallel()
	file := os.Getenv("REALTIME_VENDOR_SPEC")
	if file == "" {
		file = filepath.Join(root, "..", "shared", "vendor", "openapi.yaml")
	}
	vendor, err := os.ReadFile(file)
	if err != nil {
		t.Skip("the vendor's document is missing; REALTIME_VENDOR_SPEC names it")
	}
	overrides, err := diff.ReadOverrides("upstream.yaml", []byte(readSpec(t, "upstream.yaml")))
	require.NoError(t, err)
	spec := readSpec(t, "openapi.yaml")
	tr := &trimmer{t, spec, readSpec(t, "asyncapi.yaml")}
	var touches []string
	for _, tt := range trimmings {
		if tt.vendor {
			tt.trim(tr)
			touches = append(touches, tt.touches)
		}
	}
	upstream := document(t, "vendor.yaml", map[string]string{"vendor.yaml": string(vendor)})
	r, after := run(t, ours, tr.files(), upstream, overrides)
	assert.Len(t, r.Merged, len(touches))
	assert.Empty(t, r.Left)
	same(t, ours, after, upstream, overrides)
	untouched(t, tr.spec, after["spec/openapi.yaml"], strings.Join(touches, " "))
	assert.Equal(t, restored(t, readSpec(t, "asyncapi.yaml")), after["spec/asyncapi.yaml"])
	covered(t, after)
}

const small = `openapi: 3.1.0
paths: {}
components:
  schemas:
    # The unions.
    ClientEvent:
      x-event-union: true
      oneOf:
        - $ref: '#/components/schemas/Go'
        - $ref: '#/components/schemas/Stop'
    Go:
      description: starts it.
      type: object
      required: [type]
      properties:
        type:
          type: string
          const: go
        gear:
          type: integer # Of five.
        light:
          $ref: '#/components/schemas/Light'
    Stop:
      type: object
      required: [type]
      properties:
        type:
          type: string
          const: stop
        light:
          $ref: '#/components/schemas/Light'
    Light:
      type: object
      properties:
        on: {type: boolean}
        tail:
          type: string
`

// TestImportLeaves checks which changes an import reports and does not merge.
func TestImportLeaves(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ from, to, left string }{
		"a removal":        {"        gear:\n          type: integer # Of five.\n", "", "field removed: Go.gear: optional integer: this kind of change must be made by hand"},
		"a new type":       {"type: integer # Of five.", "type: string", "type changed: Go.gear: integer -> string: this kind of change must be made by hand"},
		"half of a schema": {"        light:\n          $ref: '#/components/schemas/Light'\n    Stop:", "        light:\n          type: object\n          properties:\n            on: {type: boolean}\n            tail: {type: string}\n            color: {type: string}\n    Stop:", "it causes"},
		"a flow style":     {"on: {type: boolean}", "on: {type: [boolean, 'null']}", "is not in block style"},
		"an operation":     {"paths: {}", "paths: {/go: {post: {operationId: go, responses: {}}}}", "operation added: POST /go: this kind of change must be made by hand"},
		"a constant":       {"const: stop", "const: halt", "constant changed: client stop: stop -> halt: this kind of change must be made by hand"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, small, tt.from)
			files := map[string]string{alone: small, "upstream.yaml": strings.Replace(small, tt.from, tt.to, 1)}
			r, _ := run(t, alone, files, document(t, "upstream.yaml", files), nil)
			assert.Empty(t, r.Merged)
			assert.Contains(t, strings.Join(r.Left, "\n"), tt.left)
			assert.Empty(t, r.Files, "no file changes")
		})
	}
}

// TestImportWritesByTheHouseRules imports schemas of every notation.
func TestImportWritesByTheHouseRules(t *testing.T) {
	t.Parallel()
	const added = `          $ref: '#/components/schemas/Light'
        speed: {type: number, minimum: 0, nullable: true}
        color: {type: string, enum: [red, blue]}
        name: {anyOf: [{type: string}, {type: string, enum: [a, b]}]}
        load:
          anyOf:
            - {$ref: '#/components/schemas/Box'}
            - {type: object, required: [type], properties: {type: {enum: [sack]}, kilos: {type: integer}}}
            - {type: 'null'}
        stops: {items: {$ref: '#/components/schemas/Place'}, minItems: 1}
        tags: {type: object, additionalProperties: {type: string}}
        unit: {type: string, enum: [km]}
    Box: {type: object, required: [type], properties: {type: {const: box}}}
    RealtimePlace: {type: object, properties: {lat: {type: number}, in: {$ref: '#/components/schemas/RealtimePlace'}}}
    Place: {$ref: '#/components/schemas/RealtimePlace'}
    Stop:`
	upstream := strings.Replace(small, "          $ref: '#/components/schemas/Light'\n    Stop:", added, 1)
	files := map[string]string{alone: small, "upstream.yaml": upstream}
	theirs := document(t, "upstream.yaml", files)
	r, after := run(t, alone, files, theirs, nil)
	assert.Empty(t, r.Left)
	same(t, alone, after, theirs, nil)
	for _, want := range []string{
		"        speed:\n          description: 'TODO: describe this member.'\n          type: [number, 'null']\n          minimum: 0\n",
		"        color:\n          $ref: '#/components/schemas/GoColor'\n          description: 'TODO: describe this member.'\n",
		"    GoColor:\n      description: 'TODO: describe this type.'\n      type: string\n      enum: [red, blue]\n",
		"    GoName:\n      description: 'TODO: describe this type.'\n      type: string\n      x-known-values: [a, b]\n",
		"        load:\n          description: 'TODO: describe this member.'\n          anyOf:\n            - $ref: '#/components/schemas/GoLoad'\n            - type: 'null'\n",
		"      discriminator:\n        propertyName: type\n        mapping:\n          box: '#/components/schemas/Box'\n          sack: '#/components/schemas/GoLoadSack'\n",
		"        stops:\n          description: 'TODO: describe this member.'\n          type: array\n          minItems: 1\n          items:\n            $ref: '#/components/schemas/Place'\n",
		"    Place:\n      description: 'TODO: describe this type.'\n      type: object\n",
		"      x-upstream: [RealtimePlace]\n",
		"          type: string\n          const: km\n",
		"type: integer # Of five.\n",
		"    # The unions.\n",
	} {
		assert.Contains(t, after[alone], want)
	}
}

const shared = `openapi: 3.1.0
paths: {}
components:
  schemas:
    ServerEvent:
      x-event-union: true
      oneOf:
        - $ref: '#/components/schemas/Lit'
    Lit:
      type: object
      required: [type, lamp]
      properties:
        type: {type: string, const: lit}
        lamp: {$ref: '#/components/schemas/Lamp'}
    Out:
      type: object
      required: [type, lamp]
      properties:
        type: {type: string, const: out}
        lamp: {$ref: '#/components/schemas/Lamp'}
    Lamp:
      type: object
      properties:
        id: {type: string}
        mode:
          description: says how it shines.
          type: object
          required: [type]
          properties:
            type: {type: string, const: dimmed}
`

// TestImportIsDoneInOneRun imports changes that depend on each other: an event whose schema
// lacks what its members' schemas gain, in every way in which a schema can gain something.
func TestImportIsDoneInOneRun(t *testing.T) {
	t.Parallel()
	const event = "        - $ref: '#/components/schemas/Lit'\n"
	const mode = "          type: object\n          required: [type]\n          properties:\n            type: {type: string, const: dimmed}\n"
	for name, tt := range map[string]struct {
		mode string
		want []string
		left []string
	}{
		"a member beside it": {mode + "        watts: {type: integer}\n", []string{"event added: server out", "field added: Lamp.watts: optional integer"}, nil},
		"a null":             {strings.Replace(mode, "type: object\n", "type: [object, 'null']\n", 1), []string{"event added: server out", "null allowed: Lamp.mode"}, nil},
		"an arm of another kind": {
			"          oneOf: [{type: object, required: [type], properties: {type: {type: string, const: dimmed}}}, {type: string, enum: [auto, none]}]\n",
			[]string{"event added: server out", "type changed: Lamp.mode: object -> union of objects"},
			nil,
		},
		"an arm of another kind, and null": {
			"          oneOf: [{type: object, required: [type], properties: {type: {type: string, const: dimmed}}}, {type: string}, {type: 'null'}]\n",
			[]string{"event added: server out", "null allowed: Lamp.mode", "type changed: Lamp.mode: object -> union of objects"},
			nil,
		},
		"another type": {
			"          type: string\n",
			[]string{"event added: server out"},
			[]string{"type changed: Lamp.mode: object -> string: this kind of change must be made by hand"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, shared, mode)
			theirs := strings.Replace(strings.Replace(shared, event, event+strings.ReplaceAll(event, "Lit", "Out"), 1), mode, tt.mode, 1)
			files := map[string]string{alone: shared, "upstream.yaml": theirs}
			upstream := document(t, "upstream.yaml", files)
			r, after := run(t, alone, files, upstream, nil)
			assert.Equal(t, tt.want, r.Merged)
			assert.Equal(t, tt.left, r.Left)
			assert.Contains(t, after[alone], "description: says how it shines.\n")
			if tt.left == nil {
				same(t, alone, after, upstream, nil)
			}
			again, _ := run(t, alone, after, upstream, nil)
			assert.Empty(t, again.Merged)
			assert.Empty(t, again.Files)
			assert.Equal(t, r.Left, again.Left)
		})
	}
}
