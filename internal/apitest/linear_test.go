package apitest

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/cputime"
)

// hostile returns makers of documents of any size that try to cause work or memory use
// out of proportion to their size.
func hostile() map[string]func(n int) string {
	repeat := strings.Repeat
	documents := map[string]func(n int) string{
		"deep, unclosed": func(n int) string { return `{"type":"error","x":` + repeat(`[`, n) },
		"deep objects":   func(n int) string { return `{"x":` + repeat(`{"type":`, n) },
		"long escapes": func(n int) string {
			return `{"type":"response.output_text.delta","delta":"` + repeat(`\ud83d\ude00`, n) + `"}`
		},
		"half surrogates": func(n int) string {
			return `{"type":"response.output_text.delta","delta":"` + repeat(`\ud83d`, n) + `"}`
		},
		"string without end": func(n int) string { return `{"type":"response.output_text.delta","delta":"` + repeat(`ab\"cdef`, n) },
		"audio without end":  func(n int) string { return `{"type":"response.output_audio.delta","delta":"` + repeat(`AAAA`, n) },
		"audio in lines": func(n int) string {
			return `{"type":"response.output_audio.delta","delta":"` + repeat(`AAAA\n`, n) + `"}`
		},
		"type last": func(n int) string { return `{` + repeat(`"x":[{"type":"y"}],`, n) + `"type":"error"}` },
		"type in turn": func(n int) string {
			return `{` + repeat(`"type":"response.done","type":"error",`, n) + `"type":"error"}`
		},
		"unions with type last": func(n int) string {
			return `{"response":{"output":[` + repeat(`{"content":[{"text":"a"}],"role":"user","type":"message"},`, n) + `0]},"type":"response.done"}`
		},
		"unions that change their type": func(n int) string {
			return `{"response":{"output":[` + repeat(`{"type":"message","role":"user","content":[{"type":"input_text","type":"x"}],"type":"function_call"},`, n) +
				`0]},"type":"response.created","type":"response.done"}`
		},
		"digits": func(n int) string {
			return `{"type":"input_audio_buffer.speech_started","audio_start_ms":` + repeat(`9`, n) + `}`
		},
		"spaces": func(n int) string { return repeat(" \n", n) + `{"type":"error"}` },
	}
	for _, sort := range crowds() {
		documents["crowd of "+sort] = func(n int) string { return string(crowded(sort, n)) }
	}
	return documents
}

// sized returns a document of approximately the given size.
func sized(document func(n int) string, size int) []byte {
	const some = 100
	unit := max(1, (len(document(2*some))-len(document(some)))/some)
	return []byte(document(size / unit))
}

// TestHostileDocumentsTakeLinearTime compares documents with others four times as long,
// small enough for the caches. Each doubling may take somewhat more than twice the
// processor time; quadratic work would take four times.
func TestHostileDocumentsTakeLinearTime(t *testing.T) {
	if slow || testing.Short() {
		t.Skip("timings are not comparable with -short or the race detector")
	}
	const perDoubling = 2.6
	for name, document := range hostile() {
		small, large := sized(document, 50_000), sized(document, 200_000)
		enough := perDoubling * perDoubling / 4 * float64(len(large)) / float64(len(small))
		ratio := cputime.Ratio(func() { decodeAndEncode(large) }, func() { decodeAndEncode(small) }, enough)
		assert.LessOrEqual(t, ratio, enough, name)
	}
}

func decodeAndEncode(data []byte) {
	if x, err := api.DecodeServerEvent(data); err == nil {
		_, _ = x.AppendJSON(nil)
	}
}

// TestHostileDocumentsTakeBoundedMemory checks that the total heap allocation of
// decoding is at most a multiple of the document's size.
func TestHostileDocumentsTakeBoundedMemory(t *testing.T) {
	if slow {
		t.Skip("the race detector allocates too")
	}
	for name, document := range hostile() {
		data := sized(document, 400_000)
		took := float64(cputime.Allocated(func() { _, _ = api.DecodeServerEvent(data) })) / float64(len(data))
		t.Logf("%s: %.1f bytes allocated per byte of the document", name, took)
		assert.LessOrEqual(t, took, 40.0, name)
	}
}

// TestUnionsDoNotNestThemselves checks the condition for linear decoding: for each
// enclosing union, a union is searched for its type once, and read once more if the
// type occurs twice. No schema may refer back to itself, and the nesting of unions must
// be shallow.
func TestUnionsDoNotNestThemselves(t *testing.T) {
	t.Parallel()
	doc := readSpec(t)
	for _, u := range unions() {
		assert.LessOrEqual(t, doc.unionDepth(t, doc.component(u.name), nil), 4, u.name)
	}
}

// unionDepth returns the number of nested unions of objects in s, itself included.
func (d *document) unionDepth(t *testing.T, s *schema, outside []*schema) int {
	t.Helper()
	s = d.deref(s)
	if !assert.False(t, slices.Contains(outside, s), s.name) {
		return 0
	}
	outside = append(outside, s)
	own, deepest := 0, 0
	look := func(next *schema) {
		if next != nil {
			deepest = max(deepest, d.unionDepth(t, next, outside))
		}
	}
	for _, arm := range s.arms() {
		if d.deref(arm).Properties != nil {
			own = 1
		}
		look(arm)
	}
	for _, p := range s.Properties {
		look(p)
	}
	look(s.Items)
	look(s.Additional.schema)
	return own + deepest
}
