package apitest

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/cputime"
)

// hostile are documents of any size that try to make a decoder do more work, or
// take more memory, than their size deserves.
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

// sized returns the document that is about as large as asked for.
func sized(document func(n int) string, size int) []byte {
	const some = 100
	unit := max(1, (len(document(2*some))-len(document(some)))/some)
	return []byte(document(size / unit))
}

// TestHostileDocumentsTakeLinearTime makes documents four times as long, small enough
// for the caches to hold them: each doubling may take a little more than twice the
// processor time, where a square would be four times.
func TestHostileDocumentsTakeLinearTime(t *testing.T) {
	if slow || testing.Short() {
		t.Skip("times mean nothing here")
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

// TestHostileDocumentsTakeBoundedMemory checks what decoding takes from the heap, in
// all, to a multiple of the document's size.
func TestHostileDocumentsTakeBoundedMemory(t *testing.T) {
	if slow {
		t.Skip("the race detector allocates too")
	}
	for name, document := range hostile() {
		data := sized(document, 400_000)
		took := float64(cputime.Allocated(func() { _, _ = api.DecodeServerEvent(data) })) / float64(len(data))
		t.Logf("%s: %.1f bytes for each of the document's", name, took)
		assert.LessOrEqual(t, took, 40.0, name)
	}
}

// TestUnionsDoNotNestThemselves checks what keeps decoding linear: a union is looked
// through for its type, and read again if the type came twice, once for each union
// around it. No schema leads back to itself, and there are few levels.
func TestUnionsDoNotNestThemselves(t *testing.T) {
	t.Parallel()
	doc := readSpec(t)
	for _, u := range unions() {
		assert.LessOrEqual(t, doc.unionDepth(t, doc.component(u.name), nil), 4, u.name)
	}
}

// unionDepth returns how many unions of objects are around the innermost of those
// that s leads to, itself included.
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
