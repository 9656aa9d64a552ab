package realtime

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// piecesOf returns a delta of a part, as text, words and sound alike.
func piecesOf(output, content int, delta string) []string {
	at := fmt.Sprintf(`"event_id":"e","response_id":"r1","item_id":"i%d","output_index":%d,"content_index":%d`, output, output, content)
	sound := map[string]string{"a": "YQ==", "b": "Yg==", "c": "Yw==", "d": "ZA=="}[delta]
	return []string{
		`{"type":"response.output_text.delta",` + at + `,"delta":"` + delta + `"}`,
		`{"type":"response.output_audio_transcript.delta",` + at + `,"delta":"` + delta + `"}`,
		`{"type":"response.output_audio.delta",` + at + `,"delta":"` + sound + `"}`,
	}
}

func partEvent(kind string, output, content int) []string {
	return []string{fmt.Sprintf(`{"type":"response.content_part.%s","event_id":"e","response_id":"r1","item_id":"i%d","output_index":%d,"content_index":%d,"part":{"type":"text","text":""}}`, kind, output, output, content)}
}

func itemDone(output int, call string) []string {
	item := `{"type":"message","role":"assistant","id":"i","content":[]}`
	if call != "" {
		item = fmt.Sprintf(`{"type":"function_call","id":"i","call_id":%q,"name":%q,"arguments":"{}","status":"completed"}`, call, call)
	}
	return []string{fmt.Sprintf(`{"type":"response.output_item.done","event_id":"e","response_id":"r1","output_index":%d,"item":%s}`, output, item)}
}

// TestAlternatingPartsAreAssembledByIndex holds that a Collector and all readers of a
// ResponseStream return the parts of a response in the same order.
func TestAlternatingPartsAreAssembledByIndex(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		events [][]string
		want   string
		calls  []string
	}{
		"one after another": {[][]string{piecesOf(0, 0, "a"), piecesOf(0, 0, "b"), piecesOf(0, 1, "c"), piecesOf(1, 0, "d")}, "abcd", nil},
		"alternating items": {[][]string{
			piecesOf(0, 0, "a"), piecesOf(1, 0, "c"), piecesOf(0, 0, "b"), itemDone(0, ""), piecesOf(1, 0, "d"), itemDone(1, ""),
		}, "abcd", nil},
		"alternating parts": {[][]string{
			piecesOf(0, 0, "a"), piecesOf(0, 1, "c"), piecesOf(0, 0, "b"), partEvent("done", 0, 0), piecesOf(0, 1, "d"),
		}, "abcd", nil},
		"the later one speaks first": {[][]string{
			partEvent("added", 0, 0), partEvent("added", 1, 0), piecesOf(1, 0, "c"), piecesOf(0, 0, "a"), piecesOf(1, 0, "d"), piecesOf(0, 0, "b"),
		}, "abcd", nil},
		"calls out of order": {[][]string{itemDone(2, "second"), piecesOf(0, 0, "a"), itemDone(1, "first")}, "a", []string{"first", "second"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			frames := []string{created("r1", "")}
			for _, list := range tc.events {
				frames = append(frames, list...)
			}
			frames = append(frames, `{"type":"response.done","event_id":"e","response":{"id":"r1","status":"completed","output":[]}}`)
			check := func(a *Answer) {
				assert.Equal(t, tc.want, a.Text)
				assert.Equal(t, tc.want, a.Transcript)
				assert.Equal(t, tc.want, string(a.Audio))
				var names []string
				for _, call := range a.Calls {
					names = append(names, call.Name)
				}
				assert.Equal(t, tc.calls, names)
			}
			var c Collector
			for _, f := range frames {
				e, err := api.DecodeServerEvent([]byte(f))
				require.NoError(t, err)
				if a, ok := c.Add(e); ok {
					check(a)
				}
			}
			synctest.Test(t, func(t *testing.T) { check(streamed(t, frames, tc.want)) })
		})
	}
}

// streamed plays a response to readers that read while it arrives, and returns it.
func streamed(t *testing.T, frames []string, want string) *Answer {
	t.Helper()
	more := make(chan struct{})
	s := connect(t, script(t, func(p *peer) {
		p.Created()
		frames[0] = created("r1", tagOf(p.Expect("response.create")))
		for _, f := range frames {
			p.Send(f)
			<-more
		}
		p.Drain()
	}), nil)
	s.Discard()
	r, err := s.Respond(t.Context(), nil)
	require.NoError(t, err)
	read := map[string]chan string{"text": make(chan string, 1), "words": make(chan string, 1), "sound": make(chan string, 1)}
	collect := func(name string, pieces func(yield func(string, error) bool)) {
		var all strings.Builder
		for piece, err := range pieces {
			assert.NoError(t, err)
			all.WriteString(piece)
		}
		read[name] <- all.String()
	}
	go collect("text", r.Text(t.Context()))
	go collect("words", r.Transcript(t.Context()))
	go func() {
		sound, err := io.ReadAll(r.Audio(t.Context()))
		assert.NoError(t, err)
		read["sound"] <- string(sound)
	}()
	for range frames {
		synctest.Wait() // The readers have taken what there is.
		more <- struct{}{}
	}
	for name, result := range read {
		assert.Equal(t, want, <-result, name)
	}
	a, err := r.Answer(t.Context())
	require.NoError(t, err)
	return a
}
