package mirror

import (
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/wire"
)

// frames of an answer that is spoken.
const (
	begins   = `{"type":"response.created","event_id":"e","response":{"id":"r","conversation_id":"c","status":"in_progress","output":[]}}`
	inULaw   = `{"type":"response.created","event_id":"e","response":{"id":"r","conversation_id":"c","status":"in_progress","output":[],"audio":{"output":{"format":{"type":"audio/pcmu"}}}}}`
	sessULaw = `{"type":"session.created","event_id":"e","session":{"type":"realtime","id":"s","audio":{"output":{"format":{"type":"audio/pcmu"}}}}}`
	answers  = `{"type":"response.output_item.added","event_id":"e","response_id":"r","output_index":0,"item":{"id":"a","type":"message","role":"assistant","status":"in_progress","content":[]}}`
	whole    = `{"type":"response.output_item.done","event_id":"e","response_id":"r","output_index":0,"item":{"id":"a","type":"message","role":"assistant","status":%q,"content":[{"type":"output_audio","transcript":"one two three four"}]}}`
	wordless = `{"type":"conversation.item.done","event_id":"e","item":{"id":"a","type":"message","role":"assistant","status":"completed","content":[{"type":"output_audio"}]}}`
	text     = `{"type":"response.output_audio_transcript.delta","event_id":"e","response_id":"r","item_id":"a","output_index":0,"content_index":0,"delta":%q}`
	next     = `{"type":"response.output_audio_transcript.delta","event_id":"e","response_id":"r","item_id":"a","output_index":0,"content_index":1,"delta":%q}`
	cutAt    = `{"type":"conversation.item.truncated","event_id":"e","item_id":"a","content_index":0,"audio_end_ms":%d}`
)

func sound(bytes int) string {
	return fmt.Sprintf(`{"type":"response.output_audio.delta","event_id":"e","response_id":"r","item_id":"a","output_index":0,"content_index":0,"delta":%q}`,
		base64.StdEncoding.EncodeToString(make([]byte, bytes)))
}

// TestCutAnswersAreWhatWasHeard holds which words of an answer are restored and shown.
func TestCutAnswersAreWhatWasHeard(t *testing.T) {
	t.Parallel()
	f := fmt.Sprintf
	const second = 48_000
	done := f(whole, "completed")
	for name, c := range map[string]struct {
		frames []string
		want   string
	}{
		"half":                         {[]string{begins, answers, sound(2 * second), done, f(cutAt, 1000)}, "one two"},
		"before the first word ends":   {[]string{begins, answers, sound(2 * second), done, f(cutAt, 100)}, ""},
		"all":                          {[]string{begins, answers, sound(2 * second), done, f(cutAt, 2000)}, "one two three four"},
		"in two pieces":                {[]string{begins, answers, sound(second), sound(second), done, f(cutAt, 1000)}, "one two"},
		"with words of the next part":  {[]string{begins, answers, sound(second), f(next, "and"), sound(second), done, f(cutAt, 1000)}, "one two"},
		"in another format":            {[]string{sessULaw, begins, answers, sound(16_000), done, f(cutAt, 1000)}, "one two"},
		"in the response's own format": {[]string{inULaw, answers, sound(16_000), done, f(cutAt, 1000)}, "one two"},
		"before it was whole":          {[]string{begins, answers, sound(2 * second), f(text, "one two "), f(text, "three four"), f(cutAt, 1000), done}, "one two"},
		"and never whole":              {[]string{begins, answers, sound(2 * second), f(text, "one two three four"), f(cutAt, 1000)}, "one two"},
		"the words run ahead":          {[]string{begins, answers, sound(second / 4), f(text, "one two three four"), f(cutAt, 250)}, "one"},
		"and was cut off":              {[]string{begins, answers, sound(2 * second), f(whole, "incomplete"), f(cutAt, 250)}, ""},
		"its words are taken":          {[]string{begins, answers, sound(2 * second), done, f(cutAt, 1000), wordless}, "one two"},
		"no sound arrived":             {[]string{begins, answers, done, f(cutAt, 1000)}, ""},
		"no words arrived":             {[]string{begins, answers, sound(2 * second), wordless, f(cutAt, 1000)}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := mirrorOf(t, &Mirror{}, c.frames...)
			item, reason := m.items[0].restorable(map[string]bool{})
			view := m.Items()[0]
			require.NotNil(t, view.Heard)
			assert.Equal(t, c.want, view.Heard.Text)
			if c.want == "" {
				assert.Nil(t, item)
				assert.NotEmpty(t, reason)
				return
			}
			assert.Empty(t, reason)
			x, ok := item.(*api.AssistantMessage)
			require.True(t, ok)
			require.Len(t, x.Content, 1)
			assert.Equal(t, c.want, wire.Deref(x.Content[0].Text))
		})
	}
}

// TestHeardWordsNeverGrowBeyondTheSound cuts an answer everywhere: the words are a prefix,
// in proportion to the sound at most, and more sound never has fewer words.
func TestHeardWordsNeverGrowBeyondTheSound(t *testing.T) {
	t.Parallel()
	const all = "one two three four"
	last := ""
	for ms := 0; ms <= 2000; ms += 10 {
		m := mirrorOf(t, &Mirror{}, begins, answers, sound(96_000), fmt.Sprintf(whole, "completed"), fmt.Sprintf(cutAt, ms))
		heard := m.Items()[0].Heard
		assert.Equal(t, time.Duration(ms)*time.Millisecond, heard.Audio)
		assert.LessOrEqual(t, len(heard.Text)*2000, len(all)*ms)
		assert.Contains(t, all, heard.Text)
		assert.GreaterOrEqual(t, len(heard.Text), len(last))
		last = heard.Text
	}
	assert.Equal(t, all, last)
}

// TestWordsWithoutAnItemCount holds that words which no item shows yet are bounded, and
// counted once.
func TestWordsWithoutAnItemCount(t *testing.T) {
	t.Parallel()
	m := mirrorOf(t, &Mirror{Limit: 2000}, addedAfter("old", ""), begins, answers)
	for range 100 {
		mirrorOf(t, m, fmt.Sprintf(text, "many words "))
	}
	assert.Len(t, m.items, 2)
	for range 100 {
		mirrorOf(t, m, fmt.Sprintf(text, "many words "))
	}
	assert.Equal(t, []string{"a"}, order(m), "there is no room for the older one")
	assert.Greater(t, m.bytes, 2200)
	mirrorOf(t, m, fmt.Sprintf(whole, "completed"))
	assert.Empty(t, m.items[0].speech[0].words, "the item has them")
	assert.Equal(t, itemSize(m.items[0].item), m.bytes)
}

// TestSoundTakesNoMemory is not parallel: it counts allocations.
func TestSoundTakesNoMemory(t *testing.T) {
	m := mirrorOf(t, &Mirror{}, begins, answers, sound(480))
	e, err := api.DecodeServerEvent([]byte(sound(480)))
	require.NoError(t, err)
	assert.Zero(t, testing.AllocsPerRun(100, func() { m.Observe(e, false) }))
}
