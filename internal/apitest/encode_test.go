package apitest

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// walk calls f for each settable value below v, with its path of Go names. It skips raw
// JSON and Extra, whose text the user controls.
func walk(v reflect.Value, path string, f func(v reflect.Value, path string)) {
	if v.Type() == reflect.TypeFor[json.RawMessage]() || v.Type() == reflect.TypeFor[api.Extra]() ||
		strings.HasPrefix(v.Type().Name(), "Unknown") {
		return
	}
	if v.CanSet() {
		f(v, path)
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			walk(v.Elem(), path, f)
		}
	case reflect.Struct:
		for i, field := range reflect.VisibleFields(v.Type()) {
			if field.IsExported() {
				walk(v.Field(i), path+"."+field.Name, f)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), path, f)
		}
	default:
	}
}

// texts returns strings that are hard to encode.
func texts() []string {
	return []string{
		"", `"`, `\`, `"\"`, "<script>&amp;</script>", "\u2028\u2029", "\x00\x01\x1f\x7f", "\b\f\n\r\t", "é€😀", "\ufffd\ufffe\uffff",
		"\xff", "a\xc3", "\xe2\x82", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80", strings.Repeat("x\xff\"", 100), "plain\x80text of some length",
	}
}

// TestAnyTextIsWrittenAsJSON sets all strings of every event to such texts. The encoded
// event must be JSON and UTF-8, and must hold the text as encoding/json would write it.
func TestAnyTextIsWrittenAsJSON(t *testing.T) {
	t.Parallel()
	eachEvent(t, func(t *testing.T, doc *document, u union, e event) {
		t.Helper()
		data := doc.sample(t, e, 0)
		for _, text := range texts() {
			var mended string
			quoted, err := json.Marshal(text)
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(quoted, &mended))
			x, want := u.withText(t, data, text), u.withText(t, data, mended)
			out, err := x.AppendJSON(nil)
			require.NoError(t, err)
			require.True(t, json.Valid(out) && utf8.Valid(out), "%q", out)
			plain, err := want.AppendJSON(nil)
			require.NoError(t, err)
			expected, ok := judge(plain)
			require.True(t, ok)
			require.NoError(t, same("AppendJSON", out, expected))
			std, err := json.Marshal(x)
			require.NoError(t, err)
			require.NoError(t, same("json.Marshal", std, expected))
			again, err := u.decode(out)
			require.NoError(t, err)
			once, err := u.decode(plain)
			require.NoError(t, err)
			require.NoError(t, alike(reflect.ValueOf(once), reflect.ValueOf(again)))
		}
	})
}

// withText decodes data and sets all its strings to text.
func (u union) withText(t *testing.T, data []byte, text string) anyEvent {
	t.Helper()
	x, err := u.decode(data)
	require.NoError(t, err)
	walk(reflect.ValueOf(x), "", func(v reflect.Value, _ string) {
		if v.Kind() == reflect.String {
			v.SetString(text)
		}
	})
	return x
}

// TestNumbersThatAreNoneAreRefused sets each float of every event to NaN and to
// infinity. The error has the path of the value.
func TestNumbersThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	floats := map[string]bool{}
	doc := readSpec(t)
	for _, u := range unions() {
		for _, e := range doc.events(t, u.name) {
			for variant := range 3 {
				x, err := u.decode(doc.sample(t, e, variant))
				require.NoError(t, err)
				walk(reflect.ValueOf(x), goType(x), func(v reflect.Value, path string) {
					if v.Kind() != reflect.Float64 {
						return
					}
					floats[path] = true
					was := v.Float()
					for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
						v.SetFloat(bad)
						out, err := x.AppendJSON(nil)
						assert.Nil(t, out)
						wrong, ok := errors.AsType[*api.EncodeError](err)
						if assert.True(t, ok, "%s: %v", path, err) {
							name := strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
							assert.Contains(t, strings.ReplaceAll(wrong.Path, "_", ""), name)
						}
						_, err = json.Marshal(x)
						assert.Error(t, err)
					}
					v.SetFloat(was)
				})
			}
		}
	}
	assert.Greater(t, len(floats), 3, "too few floats were found: %v", floats)
}

// TestAudioAtEveryLength encodes and decodes audio of every length with one decoder
// that reuses its memory, with invalid audio in between.
func TestAudioAtEveryLength(t *testing.T) {
	t.Parallel()
	client, server := unionOf(t, "ClientEvent"), unionOf(t, "ServerEvent")
	audio := make([]byte, 301)
	for i := range audio {
		audio[i] = byte(i * 167)
	}
	for n := range audio {
		x := &api.InputAudioBufferAppend{Audio: audio[:n:n]}
		out, err := x.AppendJSON(nil)
		require.NoError(t, err)
		require.NoError(t, check(client, out), "%s", out)
		var text struct {
			Audio []byte `json:"audio"`
		}
		require.NoError(t, json.Unmarshal(out, &text))
		require.Equal(t, audio[:n], text.Audio)
		delta := strings.NewReplacer("input_audio_buffer.append", "response.output_audio.delta", `"audio"`, `"delta"`).Replace(string(out))
		require.NoError(t, check(server, []byte(delta)), "%s", delta)
		for _, cut := range []string{`"}`, `A"}`, `=="}`, `\n"}`, "\x80\"}", `-"}`, `","delta":"AAEC"}`, `","delta":5}`} {
			odd := strings.TrimSuffix(delta, `"}`) + cut
			require.NoError(t, check(server, []byte(odd)), "%s", odd)
		}
	}
}

// TestAudioIsWrittenInOneWay compares the fast path for encoding audio with the path
// for events with members in Extra.
func TestAudioIsWrittenInOneWay(t *testing.T) {
	t.Parallel()
	for _, text := range append(texts(), "event_1") {
		for _, id := range []*string{nil, &text} {
			for _, audio := range [][]byte{nil, {}, []byte(text)} {
				one, two := &api.InputAudioBufferAppend{EventID: id, Audio: audio}, &api.TranslationInputAudioBufferAppend{EventID: id, Audio: audio}
				shortOne, err := one.AppendJSON([]byte("before"))
				require.NoError(t, err)
				shortTwo, err := two.AppendJSON([]byte("before"))
				require.NoError(t, err)
				one.Extra.Set("more", []byte("1"))
				two.Extra.Set("more", []byte("1"))
				longOne, err := one.AppendJSON([]byte("before"))
				require.NoError(t, err)
				longTwo, err := two.AppendJSON([]byte("before"))
				require.NoError(t, err)
				assert.Equal(t, strings.TrimSuffix(string(longOne), `,"more":1}`), strings.TrimSuffix(string(shortOne), "}"))
				assert.Equal(t, strings.TrimSuffix(string(longTwo), `,"more":1}`), strings.TrimSuffix(string(shortTwo), "}"))
			}
		}
	}
	for _, event := range []interface {
		AppendJSON(dst []byte) ([]byte, error)
	}{(*api.InputAudioBufferAppend)(nil), (*api.TranslationInputAudioBufferAppend)(nil)} {
		_, err := event.AppendJSON(nil)
		assert.Error(t, err)
	}
}
