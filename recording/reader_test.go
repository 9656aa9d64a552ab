package recording_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/recording"
)

const header = `{"realtime_recording":1,"minor":3,"id":"rec_7f3a19","began":"2026-11-26T14:03:07.412345Z","by":"test",` +
	`"protocol":"openai-realtime","session":{"kind":"conversation","model":"gpt-realtime-2.1"},"keep":["text"],"clock":{"unit":"us"},"trace_id":"4bf9"}`

// allKinds has a line of each kind.
var allKinds = []string{
	`{"at":0,"k":"dial","conn":1,"took":180000,"attempt":1,"status":101}`,
	`{"at":1,"k":"in","conn":1,"type":"session.created","bytes":114,"event":{"type":"session.created","event_id":"event_001"}}`,
	`{"at":2,"k":"out","conn":1,"type":"input_audio_buffer.append","bytes":13650,"fate":"written","wrote":9,"n":50,"span":1000000,"gap":20000,"audio_ms":1000}`,
	`{"at":3,"k":"in","conn":1,"bytes":3,"raw":"aGkh"}`,
	`{"at":4,"k":"audio","conn":1,"track":"made","item":"item_1","content":1,"pos":0,"len":1000,"codec":"pcmu","rate":8000,"data":"AAAAAAAAAAA="}`,
	`{"at":5,"k":"audio","conn":1,"track":"sent","pos":0,"len":1000,"codec":"pcm16","rate":24000,"ref":{"off":0,"len":48}}`,
	`{"at":6,"k":"heard","item":"item_1","from":0,"to":1000,"began":5,"by":"mark"}`,
	`{"at":7,"k":"cut","item":"item_1","heard":500,"made":1000,"by":"speech_started","asked":6}`,
	`{"at":8,"k":"turn","n":1,"phase":"end","agent":"desk","cut":true,"first_sound":10,"first_heard":20,"user":"Hi","said":"Ho"}`,
	`{"at":9,"k":"tool","id":"call_1","name":"lookup","phase":"end","took":12,"ok":false,"error":"timeout","arguments":"{}","output":"x"}`,
	`{"at":10,"k":"lost","conn":1,"code":1006,"reason":"r","error":"e"}`,
	`{"at":11,"k":"restored","conn":2,"attempts":2,"down":5,"items":4,"lost":[{"item":"item_2","why":"too large"}],"interrupted":["resp_1"],"sent_lost":7}`,
	`{"at":12,"k":"error","conn":2,"what":"refused","request":"evt_1","request_type":"session.update","type":"invalid_request_error","code":"c","param":"p","message":"m"}`,
	`{"at":13,"k":"usage","response":"resp_1","turn":1,"model":"m","tokens":{"text":{"in":3,"cached":2,"out":1},"audio":{"in":3,"cached":2,"out":1}},"audio_ms":1,"microusd":7,"prices":"2026-11-26"}`,
	`{"at":14,"k":"queue","dir":"in","depth":4,"high":8,"dropped":1}`,
	`{"at":15,"k":"clock","wall":"2026-11-26T14:03:07.412345Z"}`,
	`{"at":16,"k":"gap","lines":3,"bytes":900,"kinds":["in"]}`,
	`{"at":17,"k":"note","text":"t","data":{"a":[1]}}`,
	`{"at":18,"k":"hologram","conn":2,"depth":{"z":1},"of":"later"}`,
	`{"at":19,"k":"tool","id":"c","name":"n","phase":"start","new_member":[1,"<b>"]}`,
	`{"at":20,"k":"end","why":"closed","code":1000,"complete":true}`,
}

func whole() string { return header + "\n" + strings.Join(allKinds, "\n") + "\n" }

func TestEveryLineIsReadAndWrittenAgain(t *testing.T) {
	t.Parallel()
	rec, err := recording.Read(strings.NewReader(whole()))
	require.NoError(t, err)
	assert.Nil(t, rec.Tail)
	require.Len(t, rec.Lines, len(allKinds))
	var out bytes.Buffer
	_, err = rec.WriteTo(&out)
	require.NoError(t, err)
	got := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	require.Len(t, got, len(allKinds)+1)
	assert.JSONEq(t, header, got[0])
	for i, want := range allKinds {
		assert.JSONEq(t, want, got[i+1])
		assert.Equal(t, i+2, rec.Lines[i].Number)
	}
}

func TestEveryLineFitsTheSchema(t *testing.T) {
	t.Parallel()
	var s jsonschema.Schema
	require.NoError(t, json.Unmarshal([]byte(recording.Schema()), &s))
	resolved, err := s.Resolve(nil)
	require.NoError(t, err)
	for line := range strings.Lines(whole()) {
		var v any
		require.NoError(t, json.Unmarshal([]byte(line), &v))
		assert.NoError(t, resolved.Validate(v), line)
	}
	for _, wrong := range []string{
		`{"k":"in","bytes":1}`, `{"at":-1,"k":"end","why":"x","complete":true}`, `{"at":1,"k":"end"}`,
		`{"at":1,"k":"audio","track":"made","pos":0,"len":1}`, `{"at":1,"k":"in","bytes":1,"fate":"eaten"}`,
	} {
		var v any
		require.NoError(t, json.Unmarshal([]byte(wrong), &v))
		assert.Error(t, resolved.Validate(v), wrong)
	}
}

// TestTheSchemaHasEveryMember holds the schema and the types together.
func TestTheSchemaHasEveryMember(t *testing.T) {
	t.Parallel()
	members, ofHeader := schemaMembers(t)
	rec, err := recording.Read(strings.NewReader(whole()))
	require.NoError(t, err)
	for _, l := range rec.Lines {
		if _, ok := l.Body.(*recording.Unknown); ok {
			continue
		}
		assert.ElementsMatch(t, jsonNames(reflect.TypeOf(l.Body).Elem()), keys(members[l.Body.Kind()]), l.Body.Kind())
	}
	assert.ElementsMatch(t, jsonNames(reflect.TypeFor[recording.Header]()), keys(ofHeader))
}

// schemaMembers returns the members of each kind of line, and of the header.
func schemaMembers(t *testing.T) (ofLines map[string]map[string]any, ofHeader map[string]any) {
	t.Helper()
	var doc struct {
		Defs struct {
			Header struct{ Properties map[string]any }
			Line   struct {
				AllOf []struct {
					If struct {
						Properties struct {
							K struct {
								Const string
								Enum  []string
							}
						}
					}
					Then struct{ Properties map[string]any }
				}
			}
		} `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal([]byte(recording.Schema()), &doc))
	ofLines = map[string]map[string]any{}
	for _, x := range doc.Defs.Line.AllOf {
		k := x.If.Properties.K
		kinds := k.Enum
		if k.Const != "" {
			kinds = []string{k.Const}
		}
		for _, kind := range kinds {
			ofLines[kind] = x.Then.Properties
		}
	}
	return ofLines, doc.Defs.Header.Properties
}

func keys(m map[string]any) []string {
	var all []string
	for k := range m {
		all = append(all, k)
	}
	return all
}

func jsonNames(t reflect.Type) []string {
	var all []string
	for f := range t.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			all = append(all, name)
		}
	}
	return all
}

func TestACutFileReadsUpToTheCut(t *testing.T) {
	t.Parallel()
	text := whole()
	first := len(header) + 1
	for n := range text {
		rec, err := recording.Read(strings.NewReader(text[:n]))
		if n < len(header) {
			assert.ErrorIs(t, err, recording.ErrNotRecording, n)
			continue
		}
		require.NoError(t, err, n)
		lines := 0
		if n >= first {
			lines = strings.Count(text[first:n], "\n")
		}
		require.Len(t, rec.Lines, lines, n)
		require.NotNil(t, rec.Tail)
		for i, l := range rec.Lines {
			require.Equal(t, i+2, l.Number)
		}
		if lines > 0 {
			assert.Equal(t, recording.Tail{Line: lines + 1, At: rec.Lines[lines-1].At, Bytes: int64(n - 1 - strings.LastIndexByte(text[:n], '\n'))}, *rec.Tail)
		}
	}
}

func TestACompressedFileReadsUpToTheCut(t *testing.T) {
	t.Parallel()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	for line := range strings.Lines(whole()) {
		_, err := io.WriteString(w, line)
		require.NoError(t, err)
		require.NoError(t, w.Flush())
	}
	require.NoError(t, w.Close())
	rec, err := recording.Read(bytes.NewReader(z.Bytes()))
	require.NoError(t, err)
	assert.Nil(t, rec.Tail)
	rec, err = recording.Read(bytes.NewReader(z.Bytes()[:z.Len()/2]))
	require.NoError(t, err)
	assert.NotEmpty(t, rec.Lines)
	assert.NotNil(t, rec.Tail)
}

// What comes before the damage is read, in the order of the times, and the rest is not passed
// over in silence.
func TestDamagedCompressionIsAnError(t *testing.T) {
	t.Parallel()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, err := io.WriteString(w, header+"\n"+allKinds[8]+"\n"+allKinds[0]+"\n")
	require.NoError(t, err)
	require.NoError(t, w.Flush())
	z.WriteString(strings.Repeat("\xff", 64)) // No block begins like this.
	rec, err := recording.Read(bytes.NewReader(z.Bytes()))
	require.ErrorAs(t, err, new(flate.CorruptInputError))
	require.Len(t, rec.Lines, 2)
	assert.Equal(t, recording.Micros(0), rec.Lines[0].At)
	assert.Equal(t, &recording.Tail{Line: 3, At: 8}, rec.Tail)

	z.Reset()
	w = gzip.NewWriter(&z)
	_, err = io.WriteString(w, whole())
	require.NoError(t, err)
	require.NoError(t, w.Close())
	z.Bytes()[z.Len()-8]++ // Of the checksum.
	rec, err = recording.Read(bytes.NewReader(z.Bytes()))
	require.ErrorIs(t, err, gzip.ErrChecksum)
	assert.Len(t, rec.Lines, len(allKinds))
	assert.Nil(t, rec.Tail, "the end is there")
}

func TestAGarbledLineIsAnErrorBehindWhichReadingGoesOn(t *testing.T) {
	t.Parallel()
	for name, garbled := range map[string]string{
		"no JSON":        "secret{",
		"no object":      `["secret"]`,
		"no time":        `{"k":"end","why":"secret","complete":true}`,
		"negative time":  `{"at":-1,"k":"note","text":"secret"}`,
		"no kind":        `{"at":1,"text":"secret"}`,
		"wrong type":     `{"at":1,"k":"in","bytes":"secret"}`,
		"empty":          "",
		"two data":       `{"at":1,"k":"audio","track":"made","pos":0,"len":0,"data":"","ref":{"off":0,"len":1}}`,
		"NUL bytes":      "\x00\x00\x00",
		"negative bytes": `{"at":1,"k":"in","bytes":-4}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := header + "\n" + allKinds[0] + "\n" + garbled + "\n" + strings.Join(allKinds[1:], "\n") + "\n"
			rec, err := recording.Read(strings.NewReader(text))
			bad, ok := errors.AsType[*recording.LineError](err)
			require.True(t, ok, "%v", err)
			assert.Equal(t, 3, bad.Line)
			assert.Equal(t, int64(len(header)+len(allKinds[0])+2), bad.Offset)
			assert.NotContains(t, err.Error(), "secret")
			assert.Len(t, rec.Lines, len(allKinds))
			assert.Len(t, rec.Bad, 1)
			assert.Nil(t, rec.Tail)
		})
	}
}

func TestLinesAreInTheOrderOfTheirTimes(t *testing.T) {
	t.Parallel()
	rec, err := recording.Read(strings.NewReader(header + "\n" +
		`{"at":9,"k":"note","text":"c"}` + "\n" + `{"at":2,"k":"note","text":"a"}` + "\n" + `{"at":9,"k":"note","text":"d"}` + "\n" + `{"at":3,"k":"note","text":"b"}` + "\n"))
	require.NoError(t, err)
	var got []string
	for _, l := range rec.Lines {
		note, ok := l.Body.(*recording.Note)
		require.True(t, ok)
		got = append(got, note.Text)
	}
	assert.Equal(t, []string{"a", "b", "c", "d"}, got)
}

// A request is written once its fate is known, which may be after its answer.
func TestAnswersOfTheSameTimeFollowTheirRequests(t *testing.T) {
	t.Parallel()
	frame := func(way, kind, more string) string {
		return `{"at":7,"k":"` + way + `","conn":1,"type":"` + kind + `","bytes":9,"event":{"type":"` + kind + `"` + more + `}}` + "\n"
	}
	rec, err := recording.Read(strings.NewReader(header + "\n" +
		frame("in", "response.function_call_arguments.done", "") +
		frame("in", "conversation.item.added", "") + frame("in", "conversation.item.done", "") +
		frame("in", "session.updated", "") +
		frame("in", "error", `,"error":{"event_id":"evt_2"}`) +
		frame("out", "session.update", `,"event_id":"evt_1"`) +
		frame("out", "session.update", `,"event_id":"evt_2"`) +
		frame("out", "conversation.item.create", `,"event_id":"evt_3"`) +
		frame("out", "input_audio_buffer.commit", `,"event_id":"evt_4"`)))
	require.NoError(t, err)
	var got []string
	for _, l := range rec.Lines {
		f, ok := l.Body.(*recording.Frame)
		require.True(t, ok)
		got = append(got, f.Type)
	}
	assert.Equal(t, []string{
		"response.function_call_arguments.done", "conversation.item.create", "conversation.item.added", "conversation.item.done",
		"session.update", "session.updated", "session.update", "error", "input_audio_buffer.commit",
	}, got)
	assert.IsIncreasing(t, []int{rec.Lines[4].Number, rec.Lines[6].Number}, "requests keep their order")
}

func TestHeadersThatAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                           "not the header",
		"\n":                         "not the header",
		"{}":                         "not the header",
		`{"realtime_recording":"1"}`: "not the header",
		`{"realtime_recording":2}`:   "version 2",
		`{"realtime_recording":1,"needs":["encryption"]}`: `"encryption"`,
		`{"realtime_recording":1,"began":"soon"}`:         "line 1",
	} {
		_, err := recording.Read(strings.NewReader(text + "\n"))
		assert.ErrorContains(t, err, want, text)
	}
	_, err := recording.Read(iotest.ErrReader(io.ErrClosedPipe))
	assert.ErrorIs(t, err, io.ErrClosedPipe)
}

func TestALineThatIsTooLongIsSkipped(t *testing.T) {
	t.Parallel()
	long := &repeated{n: recording.MaxLine + 1}
	rec, err := recording.Read(io.MultiReader(strings.NewReader(header+"\n"), long, strings.NewReader("\n"+allKinds[20]+"\n")))
	require.ErrorIs(t, err, recording.ErrTooLong)
	assert.Len(t, rec.Lines, 1)
}

// repeated reads n bytes of x.
type repeated struct{ n int }

func (r *repeated) Read(p []byte) (int, error) {
	if r.n == 0 {
		return 0, io.EOF
	}
	n := min(r.n, len(p))
	copy(p, slices.Repeat([]byte("x"), n))
	r.n -= n
	return n, nil
}

func TestMicros(t *testing.T) {
	t.Parallel()
	for m, want := range map[recording.Micros]string{
		0: "0:00.00", 41_300_000: "0:41.30", 64_304_999: "1:04.30", 64_305_000: "1:04.31", 59_999_999: "1:00.00", 3_600_000_000: "60:00.00", -1_500_000: "-0:01.50",
	} {
		assert.Equal(t, want, m.String())
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(whole()))
	f.Add([]byte(header + "\n{\n" + allKinds[3]))
	f.Add([]byte(`{"realtime_recording":1}` + "\n" + `{"at":0,"k":"audio","ref":{"off":-1,"len":9}}`))
	f.Add([]byte{0x1f, 0x8b, 8, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := recording.Read(bytes.NewReader(data))
		if rec == nil {
			require.Error(t, err)
			return
		}
		var out, second bytes.Buffer
		_, err = rec.WriteTo(&out)
		require.NoError(t, err)
		again, err := recording.Read(bytes.NewReader(out.Bytes()))
		require.NoError(t, err)
		require.Len(t, again.Lines, len(rec.Lines))
		_, err = again.WriteTo(&second)
		require.NoError(t, err)
		assert.Equal(t, out.String(), second.String())
	})
}

// A service in the same process may answer all of a conversation at one time.
func TestEachAnswerOfATimeFollowsItsOwnRequest(t *testing.T) {
	t.Parallel()
	in := func(kind, id string) string {
		return `{"at":7,"k":"in","conn":1,"type":"` + kind + `","bytes":9,"event":{"type":"` + kind + `","item":{"id":"` + id + `","type":"message","role":"user"}}}` + "\n"
	}
	out := func(kind string) string {
		return `{"at":7,"k":"out","conn":1,"type":"` + kind + `","bytes":9,"event":{"type":"` + kind + `"}}` + "\n"
	}
	const create, added, respond, begun, done = "conversation.item.create", "conversation.item.added", "response.create", "response.created", "response.done"
	rec, err := recording.Read(strings.NewReader(header + "\n" +
		in(added, "a") + out(create) + in(begun, "") + out(respond) + in(done, "") +
		out(create) + in(added, "b") + in(begun, "") + in(done, "") + out(respond)))
	require.NoError(t, err)
	var got []string
	for _, l := range rec.Lines {
		f, ok := l.Body.(*recording.Frame)
		require.True(t, ok)
		got = append(got, f.Type)
	}
	exchange := []string{create, added, respond, begun, done}
	assert.Equal(t, append(exchange, exchange...), got)
}
