package apitest

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// TestDeepNesting compares the limit on nesting with encoding/json's, which is 10,000,
// and tries much deeper documents.
func TestDeepNesting(t *testing.T) {
	t.Parallel()
	server := unionOf(t, "ServerEvent")
	shapes := map[string][2]string{
		"array":         {`[`, `]`},
		"object":        {`{"a":`, `}`},
		"typed object":  {`{"type":"error","error":`, `}`},
		"escaped names": {`{"t\u0079pe":`, `}`},
	}
	places := map[string]string{
		"unknown member": `{"type":"error","zz":%s}`,
		"known member":   `{"type":"error","error":%s}`,
		"inside":         `{"type":"session.created","session":{"type":"realtime","tools":[{"type":"function","parameters":%s}]}}`,
		"union":          `{"type":"conversation.item.added","item":%s}`,
		"item":           `{"type":"conversation.item.added","item":{"type":"message","role":"user","content":%s}}`,
		"list":           `{"type":"response.done","response":{"output":%s}}`,
		"mismatch":       `{"type":"session.updated","session":{"type":"realtime","audio":{"input":{"turn_detection":{"type":%s}}}}}`,
		"unknown event":  `{"type":"surprise","a":%s}`,
		"before type":    `{"a":%s,"type":"error"}`,
	}
	levels := 1_000_000
	if slow {
		levels /= 20
	}
	for shape, s := range shapes {
		far := strings.Repeat(s[0], levels)
		for place, format := range places {
			outside := strings.Count(format, "{") + strings.Count(format, "[")
			for _, depth := range []int{10_000 - outside, 10_001 - outside} {
				value := strings.Repeat(s[0], depth) + "1" + strings.Repeat(s[1], depth)
				data := fmt.Appendf(nil, format, value)
				require.NoError(t, checkOnce(server, data), "%s, %s, %d", shape, place, depth)
				_, err := server.decode(data)
				require.Equal(t, outside+depth > 10_000, err != nil, "%s, %s, %d", shape, place, depth)
			}
			_, err := server.decode(fmt.Appendf(nil, format, far))
			require.Error(t, err, "%s, %s", shape, place)
		}
	}
}

// checkOnce is check for documents that are too large for all of its variants.
func checkOnce(u union, data []byte) error {
	want, ok := judge(data)
	e, err := u.decode(data)
	if ok != (err == nil) {
		return fmt.Errorf("error is %w, valid is %v", err, ok)
	}
	if !ok {
		return nil
	}
	out, err := e.AppendJSON(nil)
	if err != nil {
		return err
	}
	return same("AppendJSON", out, want)
}

// TestTruncations truncates an instance of every event at every byte. No prefix is
// JSON.
func TestTruncations(t *testing.T) {
	t.Parallel()
	doc := readSpec(t)
	for _, u := range unions() {
		for _, e := range doc.events(t, u.name) {
			g := newInstances(doc, seedOf("cut"+e.name), false)
			data := g.event(e)
			for n := range data {
				x, err := u.decode(data[:n:n])
				require.Error(t, err, "%s", data[:n])
				require.Nil(t, x)
			}
			require.NoError(t, check(u, data))
		}
	}
}

// TestFlippedBytes changes an instance of every event byte by byte.
func TestFlippedBytes(t *testing.T) {
	t.Parallel()
	doc := readSpec(t)
	step := byte(4)
	if slow {
		step = 32
	}
	for _, u := range unions() {
		for _, e := range doc.events(t, u.name) {
			data := smallestEvent(t, doc, e)
			for n := range data {
				for _, b := range []byte("\x00 \"\\,:{}[]0-e\x80\xff") {
					if b%step != byte(n)%step {
						continue // Each position takes some of the changes.
					}
					changed := bytes.Clone(data)
					changed[n] = b
					require.NoError(t, check(u, changed), "%q", changed)
				}
			}
		}
	}
}

// TestLargeValues decodes valid documents with large values.
func TestLargeValues(t *testing.T) {
	t.Parallel()
	size := 1 << 20
	if slow {
		size /= 8
	}
	many := size / 32
	digits := strings.Repeat("7", size)
	for name, value := range map[string]string{
		"string":        `"` + strings.Repeat("x", size) + `"`,
		"escapes":       `"` + strings.Repeat(`\u00e9`, size/6) + `"`,
		"surrogates":    `"` + strings.Repeat(`\ud800`, size/6) + `"`,
		"invalid UTF-8": `"` + strings.Repeat("\xff", size) + `"`,
		"integer":       digits,
		"fraction":      "0." + digits,
		"exponent":      "1e" + digits,
		"zeros":         "0." + strings.Repeat("0", size) + "1e1",
		"base64":        `"` + strings.Repeat("AAAA", size/4) + `"`,
		"lines":         `"` + strings.Repeat(`AAAA\n`, size/6) + `"`,
		"no base64":     `"` + strings.Repeat("*", size) + `"`,
		"spaces":        strings.Repeat(" \t\n\r", size/4) + "1",
		"elements":      "[1" + strings.Repeat(",1", many) + "]",
		"objects":       "[{}" + strings.Repeat(",{}", many) + "]",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, format := range []string{
				`{"type":"response.output_audio.delta","delta":%s}`,
				`{"type":"response.output_text.delta","event_id":%s,"content_index":1}`,
				`{"type":"input_audio_buffer.speech_started","audio_start_ms":%s}`,
				`{"type":"conversation.item.input_audio_transcription.segment","start":%s}`,
				`{"type":"conversation.item.added","item":%s}`,
				`{"type":"conversation.item.input_audio_transcription.delta","logprobs":%[1]s,"unknown":%[1]s}`,
				`{"type":"response.created","response":{"output":%s}}`,
			} {
				data := fmt.Appendf(nil, format, value)
				require.NoError(t, checkOnce(unionOf(t, "ServerEvent"), data), "%s", format)
			}
		})
	}
}

// crowded returns a document with n members of one kind.
func crowded(sort string, n int) []byte {
	var b strings.Builder
	b.WriteString(`{"type":"response.created","response":{"id":"resp_1","status":"completed","output":[]`)
	for i := range n {
		switch sort {
		case "unknown":
			fmt.Fprintf(&b, `,"m%d":%d`, i, i)
		case "same unknown":
			fmt.Fprintf(&b, `,"m":%d`, i)
		case "mismatch":
			b.WriteString(`,"status":{"type":"failed"}`)
		case "known":
			b.WriteString(`,"status":"failed"`)
		case "either":
			b.WriteString(`,"status":1,"status":"failed"`)
		case "type":
			b.WriteString(`,"object":"other"`)
		}
	}
	b.WriteString(`,"metadata":{"a":"b"`)
	for i := range n {
		if sort == "metadata" {
			fmt.Fprintf(&b, `,"m%d":"v"`, i)
		}
	}
	b.WriteString(`},"output":[`)
	for i := range n {
		if sort == "variants" {
			if i > 0 {
				b.WriteString(",")
			}
			b.WriteString(`{"type":"message","type":"function_call","role":"user"}`)
		}
	}
	b.WriteString(`]}`)
	for range n {
		if sort == "event type" {
			b.WriteString(`,"type":"error"`)
		}
	}
	b.WriteString(`}`)
	return []byte(b.String())
}

// crowds returns the kinds of members that crowded makes.
func crowds() []string {
	return []string{
		"unknown", "same unknown", "mismatch", "known", "either", "type", "metadata", "variants", "event type",
	}
}

// TestCrowds decodes documents with a very large number of members.
func TestCrowds(t *testing.T) {
	t.Parallel()
	count := 100_000
	if slow {
		count /= 10
	}
	for _, sort := range crowds() {
		require.NoError(t, checkOnce(unionOf(t, "ServerEvent"), crowded(sort, count)), sort)
	}
}

// BenchmarkCrowd measures decoding of such documents.
func BenchmarkCrowd(b *testing.B) {
	for _, sort := range crowds() {
		for _, n := range []int{1_000, 4_000, 16_000} {
			b.Run(fmt.Sprintf("%s/%d", strings.ReplaceAll(sort, " ", "_"), n), func(b *testing.B) {
				data := crowded(sort, n)
				b.SetBytes(int64(len(data)))
				for b.Loop() {
					_, err := api.DecodeServerEvent(data)
					require.NoError(b, err)
				}
			})
		}
	}
}
