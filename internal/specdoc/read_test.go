package specdoc

import (
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

const (
	relay = `asyncapi: 3.0.0
channels:
  c:
    messages:
      Go: {payload: {$ref: './schemas/one.yaml#/components/schemas/Go'}}
      Stop: {payload: {schema: {$ref: '../two.yaml#/components/schemas/Stop'}}}
      Own: {payload: {$ref: '#/components/schemas/Own'}}
operations:
  sendOrder: {action: send, channel: {$ref: '#/channels/c'}}
components:
  schemas:
    Own: {type: object, properties: {go: {$ref: './schemas/one.yaml#/components/schemas/Go'}}}
`
	one = "openapi: 3.1.0\ninfo: {title: One, version: '1'}\ncomponents:\n  schemas:\n    Go:\n      type: object\n"
	two = "openapi: 3.1.0\ninfo: {title: Two, version: '2'}\npaths: {/a: {get: {}}}\ncomponents:\n  parameters: {p: {}}\n  schemas:\n\n\n    Stop: {type: object}\n"
)

// TestFiles reads a document that refers to two others, as files and from a URL.
func TestFiles(t *testing.T) {
	t.Parallel()
	for name, files := range map[string][3]string{
		"in the folder":    {"relay.yaml", "schemas/one.yaml", "../two.yaml"},
		"below the folder": {"spec/v1/relay.yaml", "spec/v1/schemas/one.yaml", "spec/two.yaml"},
		"absolute":         {"/spec/v1/relay.yaml", "/spec/v1/schemas/one.yaml", "/spec/two.yaml"},
		"from a URL":       {"https://example.com/v1/relay.yaml?x=1", "https://example.com/v1/schemas/one.yaml", "https://example.com/two.yaml"},
		"from its root":    {"https://example.com/relay.yaml", "https://example.com/schemas/one.yaml", "https://example.com/two.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			texts := map[string]string{files[0]: relay, files[1]: one, files[2]: two}
			var opened []string
			doc, err := Read(files[0], func(name string) ([]byte, error) {
				opened = append(opened, name)
				if texts[name] == "" {
					return nil, fs.ErrNotExist
				}
				return []byte(texts[name]), nil
			})
			require.NoError(t, err)
			assert.Equal(t, files[:], opened, "each once")
			assert.Equal(t, files[:], doc.Files)
			assert.Equal(t, &File{Name: files[2], Data: []byte(two)}, doc.REST)

			// The document with operations is the base; the schemas are those of all.
			assert.Equal(t, "Two", At(doc.Root, "#/info/title").Value)
			assert.NotNil(t, At(doc.Root, "#/paths/~1a"))
			assert.NotNil(t, At(doc.Root, "#/components/parameters/p"))
			assert.Equal(t, []string{"Order", "Go", "Stop", "Own"}, names(doc))
			assert.Equal(t, []string{"Go", "Stop", "Own"}, armsOf(doc, "Order"))
			assert.Equal(t, "#/components/schemas/Go", At(doc.Root, "#/components/schemas/Own/properties/go/$ref").Value)

			for pointer, want := range map[string]Position{
				"#":                             {File: files[2], Line: 1},
				"#/paths/~1a":                   {File: files[2], Line: 3},
				"#/components/schemas/Go/type":  {File: files[1], Line: 6},
				"#/components/schemas/Stop":     {File: files[2], Line: 9},
				"#/components/schemas/Own/type": {File: files[0], Line: 12},
				"#/components/schemas/Order":    {File: files[0], Line: 9, Written: "#/operations/sendOrder"},
			} {
				n := doc.Root
				if pointer != "#" {
					n = At(doc.Root, pointer)
				}
				want.Pointer = pointer
				assert.Equal(t, want, doc.Position(n, pointer))
			}
		})
	}
}

func names(doc *Document) []string {
	var names []string
	_ = members(At(doc.Root, "#/components/schemas"), func(key, _ *yaml.Node) error {
		names = append(names, key.Value)
		return nil
	})
	return names
}

// TestSource checks how the files are named in the headers of generated files.
func TestSource(t *testing.T) {
	t.Parallel()
	for want, files := range map[string][]string{
		"a.yaml":                    {"x/a.yaml"},
		"a.yaml and b.yaml":         {"x/a.yaml", "x/b.yaml"},
		"a.yaml, b.yaml and c.yaml": {"a.yaml", "b.yaml", "c.yaml"},
	} {
		assert.Equal(t, want, (&Document{Files: files}).Source())
	}
}

// TestMarshal checks that a document of several files, written as one, is read as the same.
func TestMarshal(t *testing.T) {
	t.Parallel()
	texts := map[string]string{"v/relay.yaml": relay, "v/schemas/one.yaml": one, "two.yaml": two}
	doc, err := Read("v/relay.yaml", func(name string) ([]byte, error) { return []byte(texts[name]), nil })
	require.NoError(t, err)
	text, err := doc.Marshal()
	require.NoError(t, err)
	again, err := Parse("all.yaml", text)
	require.NoError(t, err)
	assert.Equal(t, names(doc), names(again))
	assert.Empty(t, again.Protocols, "OpenAPI cannot express them")
	assert.True(t, slices.Equal(armsOf(doc, "Order"), armsOf(again, "Order")))
}

// TestReadErrors checks the errors that Read itself returns.
func TestReadErrors(t *testing.T) {
	t.Parallel()
	at := func(ref string) string {
		return "asyncapi: 3.0.0\nchannels: {c: {messages: {Go: {payload: {$ref: '" + ref + "'}}}}}\n" +
			"operations: {sendX: {action: send, channel: {$ref: '#/channels/c'}}}\n"
	}
	for want, text := range map[string]string{
		"a.yaml: yaml:": "{",
		"a.yaml:1: #: is not an OpenAPI or AsyncAPI document":                                                                                  "[]",
		"a.yaml:3: #/x: the name \"y\" is not a string or occurs twice":                                                                        "x:\n  y: 1\n  y: 2\n",
		"a.yaml:2: #/channels/c/messages/Go/payload: reference \"b.yaml#/components\" has no target":                                           at("b.yaml#/components"),
		"b.yaml:1: #: the document has no components/schemas":                                                                                  at("b.yaml#/components/schemas/X"),
		"a.yaml:2: #/channels/c/messages/Go/payload: reference \"#/components/schemas/Nothing\" has no target":                                 at("c.yaml#/components/schemas/Nothing"),
		"a.yaml:2: #/channels/c/messages/Go/payload: reference \"#/components/schemas/C/y\" has no target":                                     at("c.yaml#/components/schemas/C/y"),
		"a.yaml:2: #/channels/c/messages/Go/payload/$ref: the reference leads to a file that cannot be read: open d.yaml: file does not exist": at("d.yaml#/components/schemas/X"),
	} {
		texts := map[string]string{
			"a.yaml": text, "b.yaml": "openapi: 3.1.0\n", "c.yaml": "openapi: 3.1.0\ncomponents: {schemas: {C: {x: {}}}}\n",
		}
		_, err := Read("a.yaml", func(name string) ([]byte, error) {
			if texts[name] == "" {
				return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
			}
			return []byte(texts[name]), nil
		})
		assert.ErrorContains(t, err, want)
	}
}

// TestForeignReferences reads payloads, messages and channels from other files, whatever
// their form, and leaves references to other hosts and absolute paths alone.
func TestForeignReferences(t *testing.T) {
	t.Parallel()
	texts := map[string]string{
		"v/a.yaml": `asyncapi: 3.0.0
channels:
  c: {$ref: '../lib/channels.yaml#/c'}
  d: {messages: {Far: {payload: {$ref: 'https://example.com/x.yaml#/y'}}, Root: {payload: {$ref: '/etc/x.yaml'}}}}
operations:
  receiveAll: {action: receive, channel: {$ref: '#/channels/c'}, messages: [{$ref: '#/channels/c/messages/Near'}, {$ref: '#/channels/c/messages/Whole'}]}
  sendFar: {action: send, channel: {$ref: '#/channels/d'}}
`,
		"lib/channels.yaml": `c:
  messages:
    Near: {payload: {$ref: '#/library/near'}}
    Whole: {payload: {$ref: 'whole.json'}}
library:
  near: {type: object, properties: {type: {const: near}, other: {$ref: 'whole.json#/properties/other'}}}
`,
		"lib/whole.json": `{"type": "object", "properties": {"type": {"const": "whole"}, "other": {"type": "string"}}}`,
	}
	doc, err := Read("v/a.yaml", func(name string) ([]byte, error) {
		if texts[name] == "" {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
		return []byte(texts[name]), nil
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"All", "Near", "whole"}, names(doc))
	assert.Equal(t, []string{"v/a.yaml", "lib/channels.yaml", "lib/whole.json"}, doc.Files)
	other := At(doc.Root, "#/components/schemas/Near/properties/other")
	target := At(doc.Root, refOf(other))
	require.NotNil(t, target)
	assert.Equal(t, "string", Member(target, "type").Value)
	assert.EqualError(t, doc.Position(target, refOf(other)).Errorf("is %s", "odd"), "lib/whole.json:1: #/properties/other: is odd")
	var warnings []string
	for _, w := range doc.Warnings {
		warnings = append(warnings, w.Error())
	}
	require.Len(t, warnings, 5, "two references, two messages and their union")
	assert.Contains(t, warnings[0], `v/a.yaml:4: #/channels/d/messages/Far/payload/$ref: reference "https://example.com/x.yaml#/y" leaves`)
}

// TestAliasBudget checks that aliases of aliases are refused at once.
func TestAliasBudget(t *testing.T) {
	t.Parallel()
	bomb := []byte("openapi: 3.1.0\nx-0: &a0 {type: object, properties: {a: {}, b: {}, c: {}, d: {}}}\n")
	for i := range 20 {
		alias := fmt.Sprintf("*a%d", i)
		bomb = fmt.Appendf(bomb, "x-%d: &a%d {properties: {a: %s, b: %s, c: %s, d: %s}}\n", i+1, i+1, alias, alias, alias, alias)
	}
	_, err := Parse("bomb.yaml", append(bomb, "components: {schemas: {A: *a20}}\n"...))
	assert.EqualError(t, err, "bomb.yaml:1: #: the aliases repeat more than 1048576 values: use references ($ref) instead")
	_, err = Parse("few.yaml", []byte("openapi: 3.1.0\nx: &a {type: object}\ncomponents: {schemas: {A: *a, B: *a}}\n"))
	assert.NoError(t, err)
}
