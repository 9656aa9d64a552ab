package specdoc

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

// FuzzRead reads arbitrary documents: an invalid one gives an error that names a file,
// and no panic.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		clinic, relay, lamp, one, two, "asyncapi: 3.0.0\noperations: {'': {action: send}}\n",
		"asyncapi: 3.0.0\nchannels: {c: &c {messages: {m: {payload: *c}}}}\n",
		"asyncapi: 3.0.0\noperations: {o: {action: send, channel: {$ref: '#'}, messages: [*o], traits: {a: b}, reply: []}}\n",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := Read("dir/a.yaml", func(name string) ([]byte, error) {
			if name == "dir/a.yaml" {
				return []byte(text), nil
			}
			return []byte(one), nil
		})
		if err != nil {
			if fault, ok := errors.AsType[*Error](err); ok {
				assert.NotEmpty(t, fault.File)
			}
			return
		}
		assert.NotEmpty(t, doc.Files)
		for _, p := range doc.Protocols {
			assert.NotNil(t, At(doc.Root, schemasPointer+Escape(p.Union)))
		}
	})
}
