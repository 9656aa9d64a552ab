package replay

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtimetest/internal/golden"
)

// replayed returns what a player of lines sends to a client that sends frames.
func replayed(t *testing.T, lines []golden.Frame, frames ...golden.Frame) []string {
	t.Helper()
	var sent []string
	p := New(lines, func(_ string, data []byte) { sent = append(sent, string(data)) })
	p.Play()
	for _, f := range frames {
		_, ok := p.Receive(f)
		require.True(t, ok, "%s", f.Data)
		p.Play()
	}
	return sent
}

func ofClient(wireName, more string) golden.Frame {
	return golden.Frame{FromClient: true, Type: wireName, Data: []byte(`{"type":"` + wireName + `",` + more + `}`)}
}

func ofServer(wireName, more string) golden.Frame {
	return golden.Frame{Type: wireName, Data: []byte(`{"type":"` + wireName + `",` + more + `}`)}
}

// Numbered ids can be those of other items in the recording.
func TestIDsThatTheRecordingHasForOtherItems(t *testing.T) {
	t.Parallel()
	create := func(id string) golden.Frame { return ofClient("conversation.item.create", `"item":{"id":"`+id+`"}`) }
	added := func(id string) golden.Frame { return ofServer("conversation.item.added", `"item":{"id":"`+id+`"}`) }
	for name, now := range map[string][2]string{"shifted": {"item_2", "item_3"}, "swapped": {"item_2", "item_1"}} {
		lines := []golden.Frame{create("item_1"), create("item_2"), added("item_1"), added("item_2")}
		sent := replayed(t, lines, create(now[0]), create(now[1]))
		assert.Equal(t, []string{string(added(now[0]).Data), string(added(now[1]).Data)}, sent, name)
	}
}

// The metadata of now can hold a text that is an id of the recording.
func TestMetadataOfNowIsKept(t *testing.T) {
	t.Parallel()
	create := func(id string) golden.Frame {
		return ofClient("response.create", fmt.Sprintf(`"event_id":%q,"response":{"metadata":{"request":%q}}`, id, id))
	}
	lines := []golden.Frame{
		create("r1"), create("r2"),
		ofServer("response.created", `"response":{"id":"resp_1","metadata":{"request":"r1"}}`),
	}
	sent := replayed(t, lines, create("r2"), create("r3"))
	require.Len(t, sent, 1)
	assert.JSONEq(t, `{"type":"response.created","response":{"id":"resp_1","metadata":{"request":"r2"}}}`, sent[0])
}

// Ids are replaced where the service repeats them, and all else keeps its bytes.
func TestWhereIDsAreReplaced(t *testing.T) {
	t.Parallel()
	lines := []golden.Frame{ofClient("conversation.item.create", `"event_id":"e","item":{"id":"a","type":"function_call","call_id":"c"}`)}
	now := ofClient("conversation.item.create", `"event_id":"E","item":{"id":"<A>","type":"function_call","call_id":"C"}`)
	for recorded, want := range map[string]string{
		`"item_id": "a" , "n":1.50`:                                            `"item_id": "\u003cA\u003e" , "n":1.50`,
		`"previous_item_id":"a"`:                                               `"previous_item_id":"\u003cA\u003e"`,
		`"previous_item_id":null`:                                              `"previous_item_id":null`,
		`"item":{"id":"\u0061","call_id":"c"}`:                                 `"item":{"id":"\u003cA\u003e","call_id":"C"}`,
		`"response":{"id":"a","output":[{"id":"x"},{"id":"a","call_id":"c"}]}`: `"response":{"id":"a","output":[{"id":"x"},{"id":"\u003cA\u003e","call_id":"C"}]}`,
		`"error":{"event_id":"e","message":"e"}`:                               `"error":{"event_id":"E","message":"e"}`,
		// Texts, and ids of another kind.
		`"event_id":"e","transcript":"a","delta":"a"`: `"event_id":"e","transcript":"a","delta":"a"`,
		`"item_id":"e","call_id":"a"`:                 `"item_id":"e","call_id":"a"`,
		`"item":{"role":"a","content":[{"id":"a","text":"a"}],"output":[{"id":"a"}],"arguments":"{\"id\":\"a\"}"}`: `"item":{"role":"a","content":[{"id":"a","text":"a"}],"output":[{"id":"a"}],"arguments":"{\"id\":\"a\"}"}`,
		`"session":{"tools":[{"parameters":{"id":"a"}}],"prompt":{"id":"a"}}`:                                      `"session":{"tools":[{"parameters":{"id":"a"}}],"prompt":{"id":"a"}}`,
		`"item":"a","error":["e"],"response":null`:                                                                 `"item":"a","error":["e"],"response":null`,
		`"item_id":"a","broken":`: `"item_id":"a","broken":`,
	} {
		sent := replayed(t, append(lines, ofServer("x", recorded)), now)
		assert.Equal(t, []string{`{"type":"x",` + want + `}`}, sent)
	}
}
