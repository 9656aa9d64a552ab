package apitest

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// smallestEvent returns the smallest document that decodes to e.
func smallestEvent(t *testing.T, doc *document, e event) []byte {
	t.Helper()
	object := doc.smallestObject(e.schema)
	object["type"] = e.name
	data, err := json.Marshal(object)
	require.NoError(t, err)
	return data
}

// TestEveryEventHasItsType decodes the smallest instance of each event to the Go
// type that has the name of the component.
func TestEveryEventHasItsType(t *testing.T) {
	t.Parallel()
	doc := readSpec(t)
	counts := map[string]int{}
	for _, u := range unions() {
		for _, e := range doc.events(t, u.name) {
			t.Run(u.name+"/"+e.name, func(t *testing.T) {
				t.Parallel()
				u := unionOf(t, u.name)
				data := smallestEvent(t, doc, e)
				require.NoError(t, check(u, data))
				x, err := u.decode(data)
				require.NoError(t, err)
				assert.Equal(t, e.goType, goType(x))
				assert.Equal(t, e.name, x.EventType())
				assert.NoError(t, x.Validate())
				// A new value encodes with the current name.
				fresh, ok := reflect.TypeAssert[anyEvent](reflect.New(reflect.TypeOf(x).Elem()))
				require.True(t, ok)
				assert.Equal(t, e.schema.Properties["type"].Const, fresh.EventType())
			})
			if e.name == e.schema.Properties["type"].Const {
				counts[u.name]++
			}
		}
	}
	// The numbers of the first version, so that the test cannot pass on an empty list.
	// Removals show in spec/testdata/wire-paths.txt.
	for union, least := range map[string]int{
		"ClientEvent": 11, "ServerEvent": 46, "TranslationClientEvent": 3, "TranslationServerEvent": 7, "WebhookEvent": 1,
	} {
		assert.GreaterOrEqual(t, counts[union], least, union)
	}
}

// TestOlderNames decodes the six events that have aliases.
func TestOlderNames(t *testing.T) {
	t.Parallel()
	for older, want := range map[string]struct {
		name string
		of   any
	}{
		"response.audio.delta":            {"response.output_audio.delta", &api.ResponseOutputAudioDelta{}},
		"response.audio.done":             {"response.output_audio.done", &api.ResponseOutputAudioDone{}},
		"response.audio_transcript.delta": {"response.output_audio_transcript.delta", &api.ResponseOutputAudioTranscriptDelta{}},
		"response.audio_transcript.done":  {"response.output_audio_transcript.done", &api.ResponseOutputAudioTranscriptDone{}},
		"response.text.delta":             {"response.output_text.delta", &api.ResponseOutputTextDelta{}},
		"response.text.done":              {"response.output_text.done", &api.ResponseOutputTextDone{}},
	} {
		x := keeps(t, "ServerEvent", `{"type":"`+older+`","event_id":"event_1","response_id":"resp_1","item_id":"item_1","output_index":0,"content_index":0,"delta":"AAAA"}`)
		assert.IsType(t, want.of, x)
		assert.Equal(t, older, x.EventType())
		assert.Equal(t, want.name, api.CanonicalServerEventType(older))
		assert.Equal(t, want.name, api.CanonicalServerEventType(want.name))
		out, err := x.AppendJSON(nil)
		require.NoError(t, err)
		assert.Contains(t, string(out), `"type":"`+older+`"`)
	}
	assert.Equal(t, "response.surprise", api.CanonicalServerEventType("response.surprise"))
}

// TestUnknownEvents keeps events that are not in the specification.
func TestUnknownEvents(t *testing.T) {
	t.Parallel()
	for _, u := range unions() {
		data := `{"type":"surprise","event_id":"event_1","n":1e3}`
		require.NoError(t, check(u, []byte(data)))
		x, err := u.decode([]byte(data))
		require.NoError(t, err)
		assert.Equal(t, "Unknown"+u.name, goType(x))
		assert.Equal(t, "surprise", x.EventType())
		out, err := x.AppendJSON(nil)
		require.NoError(t, err)
		assert.Equal(t, data, string(out), "must be written as it came")
	}
	e, err := api.DecodeServerEvent([]byte(`{"type":"surprise","n":1}`))
	require.NoError(t, err)
	unknown, ok := e.(*api.UnknownServerEvent)
	require.True(t, ok)
	assert.Equal(t, "surprise", unknown.Type)
	assert.JSONEq(t, `{"type":"surprise","n":1}`, string(unknown.Raw))
}

// TestNoEvents rejects documents that are not events. The error must not quote them.
func TestNoEvents(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"nothing":         ``,
		"white space":     " \n",
		"null":            `null`,
		"array":           `[{"type":"error"}]`,
		"string":          `"session.created secret"`,
		"number":          `12`,
		"empty object":    `{}`,
		"no type":         `{"event_id":"secret"}`,
		"null type":       `{"type":null,"a":"secret"}`,
		"number type":     `{"type":7,"a":"secret"}`,
		"object type":     `{"type":{"type":"secret"}}`,
		"last type":       `{"type":"error","type":1}`,
		"Type":            `{"Type":"error"}`,
		"two values":      `{"type":"error"}{"type":"error"}`,
		"comma":           `{"type":"error",}`,
		"single quotes":   `{'type':'secret'}`,
		"control":         "{\"type\":\"sec\nret\"}",
		"bad escape":      `{"type":"error","secret name":"secret\x"}`,
		"leading zero":    `{"type":"error","error":{"n":01}}`,
		"comment":         `{"type":"error"} // secret`,
		"cut":             `{"type":"error","error":{"message":"secret`,
		"byte order mark": "\ufeff{\"type\":\"error\"}",
	} {
		for _, u := range unions() {
			require.NoError(t, check(u, []byte(data)), name)
			_, err := u.decode([]byte(data))
			require.Error(t, err, "%s: %s", u.name, name)
			assert.NotContains(t, err.Error(), "secret", "%s: %s", u.name, name)
			assert.NotContains(t, strings.ToLower(err.Error()), "panic")
		}
	}
}

// TestDecodeErrorTellsWhere checks the path and the offset in an error.
func TestDecodeErrorTellsWhere(t *testing.T) {
	t.Parallel()
	_, err := api.DecodeServerEvent([]byte(`{"type":"session.created","session":{"audio":{"input":{"format":{"rate":0x10}}}}}`))
	var failure *api.DecodeError
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, "session.created", failure.EventType)
	assert.Equal(t, "session.audio.input.format.rate", failure.Path)
	assert.EqualValues(t, 73, failure.Offset)
}

// TestNamesMatchExactly checks that names match with case, unlike encoding/json's.
func TestNamesMatchExactly(t *testing.T) {
	t.Parallel()
	x, ok := keeps(t, "ServerEvent", `{"type":"error","Event_ID":"no","event_id":"yes","Error":1}`).(*api.ErrorEvent)
	require.True(t, ok)
	assert.Equal(t, "yes", x.EventID)
	assert.Equal(t, 2, x.Extra.Len())
	assert.Zero(t, x.Error.Message)
}
