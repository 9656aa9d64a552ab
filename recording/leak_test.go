package recording_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/recording"
)

// secrets are what no recording may hold, with the pieces that would show one that was
// masked before it was found.
var secrets = map[string][]string{
	"sk-proj-abcDEF0123456789xyzQRS":      {"abcDEF", "xyzQRS"},
	"ek_68af296e8e408191a1120ab6383263c2": {"68af296e", "1120ab", "83263c2"},
	"Bearer qwertz0123456789uiop":         {"qwertz", "uiop"},
	known:                                 {known},
	hush:                                  {hush},
}

// number is only in recordings with numbers; known is a credential that Scrub knows, and hush
// one that only its member shows.
const (
	hush   = "hush-credential"
	number = "+49 151 23456789"
	known  = "correct-horse-15123456"
)

var levels = [][]recording.Keep{
	nil,
	{recording.KeepText},
	{recording.KeepTools},
	{recording.KeepAudio},
	{recording.KeepText, recording.KeepTools, recording.KeepAudio},
	{recording.KeepText, recording.KeepTools, recording.KeepAudio, recording.KeepNumbers},
	{recording.KeepFrames},
}

// contents are the texts with which each field is filled.
func contents() []string {
	all := slices.DeleteFunc(slices.Sorted(maps.Keys(secrets)), func(s string) bool { return s == hush })
	all = append(all, number)
	return append(all, "Call "+strings.Join(all, " or ")+".", "\u2028<"+all[0]+">")
}

func guarded(keep []recording.Keep) *recording.Options {
	return &recording.Options{
		Keep: keep, BufferBytes: 1 << 30,
		Scrub: func(s string) string { return strings.ReplaceAll(s, known, "[known]") },
	}
}

// TestNoLineHasWhatIsNotKept fills each field of each line, of the header and of messages with
// credentials and numbers.
func TestNoLineHasWhatIsNotKept(t *testing.T) {
	t.Parallel()
	for _, keep := range levels {
		for _, s := range contents() {
			var out bytes.Buffer
			o := guarded(keep)
			o.By, o.Session, o.Line = s, filled[recording.SessionInfo](s), filled[recording.LineInfo](s)
			w := recording.NewWriter(&out, o)
			for _, b := range bodiesOf(t, s) {
				w.Add(1, b)
			}
			for _, m := range messagesOf(s) {
				w.Message(m)
			}
			w.Piece(recording.Message{Direction: recording.In, Type: s, Data: []byte("{}")}, filled[recording.Piece](s))
			w.AudioRun(filled[recording.AudioRun](s))
			require.NoError(t, w.Close(filled[recording.End](s)))
			holdsNothing(t, out.Bytes(), keep, s)
			for _, b := range bodiesOf(t, "x") {
				switch b.(type) {
				case *recording.Unknown, *recording.WallClock:
				case *recording.Audio:
					assert.Equal(t, slices.Contains(keep, recording.KeepAudio) || slices.Contains(keep, recording.KeepFrames), strings.Contains(out.String(), `"k":"audio"`))
				default:
					assert.Contains(t, out.String(), `"k":"`+b.Kind()+`"`, "the line is kept")
				}
			}
		}
	}
}

// TestRedactLeavesNoLineWithWhatIsNotKept does the same with a file of another writer.
func TestRedactLeavesNoLineWithWhatIsNotKept(t *testing.T) {
	t.Parallel()
	for _, keep := range levels {
		for _, s := range contents() {
			rec := &recording.Recording{Header: *filled[recording.Header](s)}
			rec.Header.Version, rec.Header.Needs = recording.Version, nil
			rec.Header.Keep = append(rec.Header.Keep, recording.KeepFrames)
			for _, b := range bodiesOf(t, s) {
				rec.Lines = append(rec.Lines, recording.Line{At: 1, Body: b, Extra: map[string]json.RawMessage{"more": dataOf(s)}})
			}
			var full, less, again bytes.Buffer
			_, err := rec.WriteTo(&full)
			require.NoError(t, err)
			require.Greater(t, strings.Count(full.String(), quoted(s)), 50, "the recording holds what is to be removed")
			require.NoError(t, recording.Redact(&less, bytes.NewReader(full.Bytes()), guarded(keep)))
			holdsNothing(t, less.Bytes(), keep, s)
			require.NoError(t, recording.Redact(&again, bytes.NewReader(less.Bytes()), guarded(keep)))
			assert.Equal(t, less.String(), again.String(), "doing it twice changes nothing")
		}
	}
}

// holdsNothing looks for secrets in all texts of a recording, and in the names of members.
func holdsNothing(t *testing.T, data []byte, keep []recording.Keep, filled string) {
	t.Helper()
	pieces := slices.Concat(slices.Collect(maps.Values(secrets))...)
	if !slices.Contains(keep, recording.KeepNumbers) && !slices.Contains(keep, recording.KeepFrames) {
		pieces = append(pieces, "23456789")
	}
	for line := range bytes.Lines(data) {
		var members map[string]any
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		require.NoError(t, d.Decode(&members), string(line))
		if members["k"] == "audio" {
			delete(members, "data") // Sound.
		}
		if members["realtime_recording"] != nil {
			members["by"] = strings.ReplaceAll(fmt.Sprint(members["by"]), number, "") // A product may have a number.
			delete(members, "mask")
		}
		for _, text := range textsIn(members) {
			for _, p := range pieces {
				assert.NotContains(t, text, p, "%v, filled with %q: %s", keep, filled, line)
			}
		}
	}
}

// textsIn returns all texts in a value, those that are base64 decoded.
func textsIn(v any) (all []string) {
	switch v := v.(type) {
	case string:
		plain, _ := base64.StdEncoding.DecodeString(v)
		return []string{v, string(plain)}
	case json.Number:
		return []string{v.String()}
	case []any:
		for _, x := range v {
			all = append(all, textsIn(x)...)
		}
	case map[string]any:
		for name, x := range v {
			all = append(append(all, name), textsIn(x)...)
		}
	}
	return all
}

// bodiesOf returns a line of each kind, filled.
func bodiesOf(t *testing.T, s string) (all []recording.Body) {
	t.Helper()
	rec, err := recording.Read(strings.NewReader(whole()))
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, l := range rec.Lines {
		v := reflect.New(reflect.TypeOf(l.Body).Elem())
		fill(v.Elem(), s)
		b, ok := reflect.TypeAssert[recording.Body](v)
		require.True(t, ok)
		switch b := b.(type) {
		case *recording.Frame:
			b.Direction = recording.Direction(l.Body.Kind())
		case *recording.Audio:
			b.Ref = nil
		default:
		}
		if _, isUnknown := l.Body.(*recording.Unknown); !seen[l.Body.Kind()] || isUnknown {
			all = append(all, b)
		}
		seen[l.Body.Kind()] = true
	}
	for _, kind := range kindsOfTheSchema(t) {
		require.True(t, seen[kind], "allKinds lacks %q", kind)
	}
	return all
}

func kindsOfTheSchema(t *testing.T) (all []string) {
	t.Helper()
	members, _ := schemaMembers(t)
	require.NotEmpty(t, members)
	return slices.Sorted(maps.Keys(members))
}

// messagesOf returns messages of both directions with a text wherever there can be one.
func messagesOf(s string) (all []recording.Message) {
	data := []string{
		string(dataOf(s)), "no JSON " + s, `{"type":` + quoted(s) + `}`,
		`{"type":"response.output_audio.delta","item_id":` + quoted(s) + `,"response_id":` + quoted(s) + `,"delta":` + quoted(s) + `}`,
		`{"type":"input_audio_buffer.append","audio":` + escapedAll(s) + `}`,
		`{"type":"session.update","session":{"tools":[{"authorization":"` + hush + `"}],"instructions":` + quoted(s) + `}}`,
		`{"type":"session.updated","session":{"tools":[{"headers":{` + quoted(s) + `:"x"}}],"\u0061uthorization":"` + hush + `"}}`,
		`{"type":"conversation.item.create","item":{"content":[{"image_url":` + quoted("data:image/png;base64,"+s) + `,` + quoted(s) + `:1}]}}`,
	}
	for _, d := range data {
		for _, way := range []recording.Direction{recording.In, recording.Out, recording.Direction(s)} {
			all = append(all, recording.Message{Direction: way, Data: []byte(d)},
				recording.Message{Direction: way, Data: []byte(d), Type: s, Fate: recording.Fate(s)})
		}
	}
	return all
}

// dataOf returns JSON with a text as a value, as a name and in escapes, and a number.
func dataOf(s string) json.RawMessage {
	digits := strings.NewReplacer("+", "", " ", "").Replace(number)
	return json.RawMessage(`{"a":` + quoted(s) + `,` + quoted(s) + `:{"b":[` + escapedAll(s) + `]},"tel":` + digits + `,"audio":` + quoted(s) +
		`,"authorization":"` + hush + `"}`)
}

func quoted(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // Strings have JSON.
	}
	return string(data)
}

// escapedAll returns a text as JSON with each character escaped.
func escapedAll(s string) string {
	var b strings.Builder
	for _, c := range s {
		fmt.Fprintf(&b, `\u%04x`, c)
	}
	return `"` + b.String() + `"`
}

// filled returns a value whose texts are all s.
func filled[T any](s string) *T {
	v := new(T)
	fill(reflect.ValueOf(v).Elem(), s)
	return v
}

func fill(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), s)
	case reflect.Struct:
		for f, x := range v.Fields() {
			if f.IsExported() {
				fill(x, s)
			}
		}
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]json.RawMessage{s: dataOf(s)}))
	case reflect.Slice:
		switch v.Type() {
		case reflect.TypeFor[json.RawMessage]():
			v.SetBytes(dataOf(s))
		case reflect.TypeFor[[]byte]():
			v.SetBytes([]byte("no JSON " + s))
		default:
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			for i := range v.Len() {
				fill(v.Index(i), s)
			}
		}
	default:
		panic("a field of kind " + v.Kind().String() + " is not filled")
	}
}
