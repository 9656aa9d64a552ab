// Package golden tests how the packages in the folders below behave.
package golden

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/cmd/eventgen/testdata/golden/allof"
	"github.com/voicelane/realtime-go/cmd/eventgen/testdata/golden/bounds"
	"github.com/voicelane/realtime-go/cmd/eventgen/testdata/golden/constants"
	"github.com/voicelane/realtime-go/cmd/eventgen/testdata/golden/constructors"
	"github.com/voicelane/realtime-go/cmd/eventgen/testdata/golden/enums"
	"github.com/voicelane/realtime-go/cmd/eventgen/testdata/golden/events"
	"github.com/voicelane/realtime-go/cmd/eventgen/testdata/golden/inline"
	"github.com/voicelane/realtime-go/cmd/eventgen/testdata/golden/names"
	"github.com/voicelane/realtime-go/cmd/eventgen/testdata/golden/nullable"
	"github.com/voicelane/realtime-go/cmd/eventgen/testdata/golden/oddities"
	"github.com/voicelane/realtime-go/cmd/eventgen/testdata/golden/otherkey"
	"github.com/voicelane/realtime-go/cmd/eventgen/testdata/golden/recursion"
	"github.com/voicelane/realtime-go/cmd/eventgen/testdata/golden/rest"
	"github.com/voicelane/realtime-go/cmd/eventgen/testdata/golden/twokeys"
	"github.com/voicelane/realtime-go/cmd/eventgen/testdata/golden/unions"
	"github.com/voicelane/realtime-go/cmd/eventgen/testdata/golden/values"
)

// codec is what every generated struct has.
type codec interface {
	json.Unmarshaler
	json.Marshaler
}

// TestRoundTrip decodes into a fresh struct. Fits tells that every member found
// its field, so that nothing stayed as text in Extra.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	const allNull = `{"text":null,"count":null,"big":null,"ratio":null,"flag":null,"audio":null,"free":null,
		"level":null,"colour":null,"point":null,"list":null,"table":null,"shape":null,"old":null,
		"behind":null,"wrapped":null,"constant":null,"open":null}`
	const allSet = `{"text":"a","count":1,"big":9007199254740993,"ratio":0.5,"flag":false,"audio":"AAE=","free":{"a":[1]},
		"level":"low","colour":"blue","point":{"x":1},"list":["a"],"table":{"a":1},"shape":"round","old":"b",
		"behind":{"a":"b"},"wrapped":{},"constant":"fixed","open":"c"}`
	for name, c := range map[string]struct {
		into codec
		text string
	}{
		"union of two keys":      {new(twokeys.UserMessage), `{"type":"message","role":"user","status":"done","audio":"AAE="}`},
		"optional absent":        {new(nullable.Optional), `{}`},
		"optional null":          {new(nullable.Optional), allNull},
		"optional set":           {new(nullable.Optional), allSet},
		"required absent":        {new(nullable.Required), `{}`},
		"required null":          {new(nullable.Required), allNull},
		"required set":           {new(nullable.Required), allSet},
		"null elements":          {new(nullable.Elements), `{"texts":["a",null],"points":[null,{"x":1}],"lists":[[1],null],"colours":{"a":null,"b":"red"},"labels":{"a":null,"b":{"c":"d"}}}`},
		"known values":           {new(enums.Use), `{"status":"gpt-4.1","voice":"alloy","rate":8000,"scale":0.5,"switch":true,"effort":"","lower":"a","many":["x"],"number":1}`},
		"unknown values":         {new(enums.Use), `{"status":"new","voice":"new","rate":1,"scale":3,"switch":false,"many":["new"],"number":7,"inline":"new","inline_open":"new"}`},
		"constants":              {new(constants.Fixed), `{"type":"fixed","one":"single","preset":"chosen","rate":24000,"hex":16,"live":true,"quoted":"say \"é\" <b> ` + "`x`" + `"}`},
		"loose constants":        {new(constants.Loose), `{"kind":"loose","object":"other","version":2,"live":false,"ratio":1.5}`},
		"null constant":          {new(constants.Loose), `{"kind":null}`},
		"values":                 {new(values.Everything), `{"data":"AAE=","chunk":"","chunks":["AA=="],"free":{"a":1},"any":null,"bag":{},"values":{"a":[null]},"list":[1,"a"],"items":[{}],"name":"a","names":["a"],"grid":[[1.5],[]],"deep":[[[[[true]]]]],"tree":{"a":{"b":[{"x":1,"y":2}]}},"meta":{"a":"b"},"same":{"x":1,"y":2},"point":{"x":0,"y":0},"at":1,"kindless":["a"],"old":"a"}`},
		"inline":                 {new(inline.Session), `{"audio":{"input":{"format":{"rate":1},"mode":"near"}},"tools":[{"name":"a"}],"limits":{"a":{"top":1}},"again":"far","first":{"rate":2}}`},
		"all of":                 {new(allof.Item), `{"id":"a","status":"open","name":"b","own":true}`},
		"recursion":              {new(recursion.Node), `{"next":{"next":null,"children":[]},"children":[{"next":null,"children":[]}],"parent":{"next":null,"children":[]},"by_name":{"a":{"next":null,"children":[]}},"value":{"next":null,"children":[]}}`},
		"recursion of two":       {new(recursion.Left), `{"right":{"left":{"right":{"left":null}}}}`},
		"names":                  {new(names.Members), `{"type":"a","func":"b","2nd":"c","gpt-4.1":"d","user-id":"e","user_id":"f","userId":"g","extra":"h","validate":"i","marshal_json":"j","event_type":"k","$ref-like":"l","_":"m","":"n","größe":"o","日本":"p","quote\"back` + "`" + `slash\\":"q","renamed":"r","link":{"a":"s"},"null_kind":{"a":"t"}}`},
		"unions":                 {new(unions.Holder), `{"limit":"inf","choice":{"name":"a"},"any":[1,"a",true,null,{"a":[]}],"animals":[{"type":"cat"},{"type":"dog","friend":{"type":"wild","teeth":2}},null],"by_name":{"a":{"type":"dog"}},"inline":[{"x":1}]}`},
		"scalar arms":            {new(unions.Holder), `{"limit":7,"choice":"auto","any":1.5,"inline":true}`},
		"null arms":              {new(unions.Holder), `{"limit":1,"choice":null,"any":null}`},
		"arms that no one knows": {new(unions.Holder), `{"limit":{"of":1},"choice":1,"animals":[{"type":"fish"},{}],"inline":"a"}`},
		"open arms":              {new(unions.Holder), `{"limit":1,"choice":null,"shape":{"corners":3,"new":1},"signal":{"level":2}}`},
		"open arms passed by":    {new(unions.Holder), `{"limit":1,"choice":null,"shape":{"type":"star","corners":3},"signal":{"type":"star","new":1}}`},
		"oddities":               {new(oddities.Speech), `{"type":"speech","format":{"type":"audio/pcm","rate":24000},"voice":{"id":"a"},"modalities":["text"],"conversation":"conv_1","tracing":null,"turn":null,"usage":{"type":"tokens","n":1},"prompt":{"id":"a","variables":{"b":"c","d":{"type":"duration","seconds":1}}},"include":["logprobs"],"filter":{"names":["a"]},"choice":{"kind":"only"},"params":{"a":null,"b":"c"}}`},
		"webhook":                {new(rest.Changed), `{"type":"thing.changed","data":{"name":"a","size":null}}`},
		"members of no schema":   {new(twokeys.Call), `{"type":"call","name":1,"new":{"a":[1]}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, c.into.UnmarshalJSON([]byte(c.text)))
			out, err := c.into.MarshalJSON()
			require.NoError(t, err)
			assert.JSONEq(t, c.text, string(out))
		})
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	e, err := events.DecodeIncoming([]byte(`{"type":"uttered","event_id":"a","words":["b"]}`))
	require.NoError(t, err)
	said, ok := e.(*events.Said)
	require.True(t, ok)
	assert.Equal(t, []string{"b"}, said.Words)
	assert.Equal(t, "uttered", e.EventType())
	assert.Equal(t, "said", events.CanonicalIncomingType(e.EventType()))
	assert.Equal(t, "a", events.IncomingID(e))

	w, err := events.DecodeWatched([]byte(`{"type":"failed","error":{"message":"a","code":null}}`))
	require.NoError(t, err)
	failed, ok := w.(*events.Failed)
	require.True(t, ok)
	assert.True(t, failed.Error.Code.IsNull())

	o, err := events.DecodeOutgoing([]byte(`{"type":"new","event_id":"b"}`))
	require.NoError(t, err)
	assert.IsType(t, &events.UnknownOutgoing{}, o)
	assert.Equal(t, "b", events.OutgoingID(o))

	out, err := (&events.Say{Text: "a", Speed: new(1.5)}).MarshalJSON()
	require.NoError(t, err)
	assert.JSONEq(t, `{"type":"say","text":"a","speed":1.5}`, string(out))
}

// TestUnknownVariants decodes by encoding/json into the variant that keeps what no
// other variant describes.
func TestUnknownVariants(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		into any
		text string
		want any
	}{
		"event":       {new(events.UnknownIncoming), `{"type":"new","a":[1]}`, &events.UnknownIncoming{Type: "new", Raw: json.RawMessage(`{"type":"new","a":[1]}`)}},
		"other key":   {new(otherkey.UnknownNotice), `{"type":"a","kind":"b"}`, &otherkey.UnknownNotice{Type: "b", Raw: json.RawMessage(`{"type":"a","kind":"b"}`)}},
		"union":       {new(unions.UnknownAnimal), `{"type":"fish","fins":2}`, &unions.UnknownAnimal{Type: "fish", Raw: json.RawMessage(`{"type":"fish","fins":2}`)}},
		"no object":   {new(unions.UnknownAnimal), `[1]`, &unions.UnknownAnimal{Raw: json.RawMessage(`[1]`)}},
		"without key": {new(unions.UnknownLimit), `{"of":1}`, &unions.UnknownLimit{Raw: json.RawMessage(`{"of":1}`)}},
		"null":        {&unions.UnknownAnimal{Type: "fish"}, `null`, &unions.UnknownAnimal{Type: "fish"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, json.Unmarshal([]byte(c.text), c.into))
			assert.Equal(t, c.want, c.into)
		})
	}
	x := unions.UnknownAnimal{Type: "fish"}
	require.Error(t, x.UnmarshalJSON([]byte(`{"type":`)))
}

// TestNilVariants encodes typed nils: an error, and no panic.
func TestNilVariants(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]json.Marshaler{
		"variant":         &unions.Holder{Animals: []unions.Animal{(*unions.Cat)(nil)}},
		"unknown variant": &unions.Holder{Animals: []unions.Animal{(*unions.UnknownAnimal)(nil)}},
	} {
		_, err := x.MarshalJSON()
		failure, ok := errors.AsType[*unions.EncodeError](err)
		require.True(t, ok, name)
		assert.Equal(t, "animals[0]", failure.Path, name)
	}
	_, err := (*events.UnknownOutgoing)(nil).AppendJSON(nil)
	require.ErrorContains(t, err, "nil *UnknownOutgoing")
	assert.Empty(t, (*events.UnknownOutgoing)(nil).EventType())
	assert.Equal(t, "said", (*events.Said)(nil).EventType())
}

// TestPathParameters refuses a parameter that would make the path another one's.
func TestPathParameters(t *testing.T) {
	t.Parallel()
	for id, path := range map[string]string{"a": "/things/a", "a/../b": "/things/a%2F..%2Fb", "a?b": "/things/a%3Fb", "%2e%2e": "/things/%252e%252e"} {
		r, err := rest.NewChangeThingRequest("https://h.example/v1/", id, rest.ChangeThingJSONRequestBody{})
		require.NoError(t, err, id)
		assert.Equal(t, "/v1"+path, r.URL.EscapedPath())
	}
	for _, id := range []string{"", ".", ".."} {
		_, err := rest.NewChangeThingRequest("https://h.example/v1/", id, rest.ChangeThingJSONRequestBody{})
		_, ok := errors.AsType[*rest.ValidationError](err)
		assert.True(t, ok, "%q: %v", id, err)
	}
}

func TestOtherKey(t *testing.T) {
	t.Parallel()
	n, err := otherkey.DecodeNotice([]byte(`{"kind":"closed","door":{"width":80}}`))
	require.NoError(t, err)
	require.IsType(t, &otherkey.Closed{}, n)
	out, err := (&otherkey.Closed{}).MarshalJSON()
	require.NoError(t, err)
	assert.JSONEq(t, `{"kind":"closed"}`, string(out), "a key is written although the schema does not require it")
	out, err = (&otherkey.UnknownNotice{Type: "new"}).MarshalJSON()
	require.NoError(t, err)
	assert.JSONEq(t, `{"kind":"new"}`, string(out))
	assert.Equal(t, "a", otherkey.NoticeID(&otherkey.Opened{Number: new("a")}))
	_, err = otherkey.DecodeNotice([]byte(`{"type":"closed"}`))
	decode, ok := errors.AsType[*otherkey.DecodeError](err)
	require.True(t, ok)
	assert.Equal(t, "kind", decode.Path)
}

func TestUnions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]unions.Animal{
		`{"type":"cat"}`:            &unions.Cat{},
		`{"type":"wild","teeth":3}`: &unions.AnimalWild{Teeth: new(3)},
		`null`:                      unions.Null{},
	} {
		got, err := unions.DecodeAnimal([]byte(text))
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	limit, err := unions.DecodeLimit([]byte(`"inf"`))
	require.NoError(t, err)
	assert.Equal(t, unions.EndlessInf, limit)
	item, err := twokeys.DecodeItem([]byte(`{"role":"system","type":"message"}`))
	require.NoError(t, err)
	assert.IsType(t, &twokeys.SystemMessage{}, item)
	item, err = twokeys.DecodeItem([]byte(`{"role":"critic","type":"message"}`))
	require.NoError(t, err)
	assert.IsType(t, &twokeys.UnknownItem{}, item)
}

// TestOpenArm decodes unions of which one arm lacks the member that tells the
// others apart.
func TestOpenArm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]unions.Shape{
		`{"type":"disc","radius":2}`:    &unions.Disc{Radius: new(2)},
		`{"corners":3}`:                 &unions.OldShape{Corners: new(3)},
		`{}`:                            &unions.OldShape{},
		`{"type":"star"}`:               &unions.UnknownShape{Type: "star", Raw: []byte(`{"type":"star"}`)},
		`{"type":""}`:                   &unions.UnknownShape{Raw: []byte(`{"type":""}`)},
		`{"type":"disc","type":"star"}`: &unions.UnknownShape{Type: "star", Raw: []byte(`{"type":"disc","type":"star"}`)},
	} {
		got, err := unions.DecodeShape([]byte(text))
		require.NoError(t, err)
		assert.Equal(t, want, got, text)
	}
	last, err := unions.DecodeShape([]byte(`{"type":1,"type":"disc"}`))
	require.NoError(t, err)
	assert.IsType(t, &unions.Disc{}, last, "the last type decides")
	for text, want := range map[string]unions.Signal{
		`{"type":"disc"}`:           &unions.Disc{},
		`{"type":"star","level":1}`: &unions.OtherSignal{Type: new("star"), Level: new(1)},
		`{"level":1}`:               &unions.OtherSignal{Level: new(1)},
		`null`:                      unions.Null{},
		`[]`:                        &unions.UnknownSignal{Raw: []byte(`[]`)},
	} {
		got, err := unions.DecodeSignal([]byte(text))
		require.NoError(t, err)
		assert.Equal(t, want, got, text)
	}
	out, err := (&unions.OldShape{Corners: new(3)}).MarshalJSON()
	require.NoError(t, err)
	assert.JSONEq(t, `{"corners":3}`, string(out), "no type is made up")
}

func TestConstructors(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]*constructors.Message{
		`{"type":"message","content":[{"type":"text","text":"a"}]}`: constructors.Text("a"),
		`{"type":"message","id":"a","content":[{"type":"image","image_url":"data:image/png;base64,AAE="},{"type":"sound","audio":"Ag=="}]}`: constructors.
			Picture("image/png", []byte{0, 1}, []byte{2}, "a"),
		`{"type":"message","id":"a","weight":1,"tries":3,"urgent":true,"tags":["b"],"content":[]}`: constructors.Tagged([]string{"b"}, "a"),
	} {
		out, err := m.MarshalJSON()
		require.NoError(t, err)
		assert.JSONEq(t, want, string(out))
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	const fine = `"text":"abc","inside":1,"choice":"a","part":{"size":1}`
	for text, path := range map[string]string{
		`{` + fine + `,"word":"abc","data":"AAECAwQF","ratio":0.5,"count":null,"list":["a"],"grid":[[9]],"code":{"abc":"abcd"},"perhaps":null}`: "",
		`{"inside":1,"choice":"a","part":{"size":1}}`:    "",
		`{"text":"abc","inside":1,"part":{"size":1}}`:    "choice",
		`{"text":"abc","inside":1,"choice":{"size":11}}`: "choice.size",
		`{"text":"abc","inside":1,"choice":"abcd"}`:      "choice",
		`{"text":"a"}`:                                             "text",
		`{"text":"äöüß","inside":2}`:                               "inside",
		`{` + fine + `,"word":"ABC"}`:                              "word",
		`{` + fine + `,"data":"AAECAwQFBg=="}`:                     "data",
		`{` + fine + `,"ratio":1}`:                                 "ratio",
		`{` + fine + `,"ratio":0}`:                                 "ratio",
		`{` + fine + `,"count":-1}`:                                "count",
		`{` + fine + `,"list":[]}`:                                 "list",
		`{` + fine + `,"list":["a",""]}`:                           "list[1]",
		`{` + fine + `,"grid":[[],[1,10]]}`:                        "grid[1][1]",
		`{` + fine + `,"table":{}}`:                                "table",
		`{` + fine + `,"table":{"a":{"size":0}}}`:                  "table.a.size",
		`{` + fine + `,"code":{"a":"a","b":"b","c":"c"}}`:          "code",
		`{` + fine + `,"code":{"abcd":"a"}}`:                       "code",
		`{` + fine + `,"code":{"a":"abcde"}}`:                      "code.a",
		`{` + fine + `,"spare":{"size":0}}`:                        "spare.size",
		`{` + fine + `,"perhaps":{"size":0}}`:                      "perhaps.size",
		`{"text":"abc","inside":1,"choice":"a","part":{"size":0}}`: "part.size",
	} {
		var x bounds.Bounded
		require.NoError(t, json.Unmarshal([]byte(text), &x))
		err := x.Validate()
		if path == "" && strings.Contains(text, `"text"`) {
			assert.NoError(t, err, text)
			continue
		}
		invalid, ok := errors.AsType[*bounds.ValidationError](err)
		require.True(t, ok, text)
		assert.Equal(t, path, invalid.Path, text)
	}
	var x nullable.Elements
	require.NoError(t, json.Unmarshal([]byte(`{"texts":[null,"abcd"]}`), &x))
	assert.ErrorContains(t, x.Validate(), "texts[1]")
}
