package apitest

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// seedSize is the target size of a seed in bytes.
const seedSize = 700

// seed returns a small wild instance of e that is a valid event.
func seed(doc *document, u union, e event) []byte {
	g := newInstances(doc, seedOf("seed"+u.name+e.name), true)
	for size := seedSize; ; size++ {
		data := g.event(e)
		want, _ := judge(data)
		if name, ok := typeOf(want); ok && name == e.name && len(data) <= size {
			return data
		}
	}
}

// fuzz compares a decoding function with encoding/json. It starts from an instance of
// each event and from the findings of earlier runs in testdata/fuzz.
func fuzz(f *testing.F, name string) {
	f.Helper()
	doc, u := readSpec(f), unionOf(f, name)
	for _, e := range doc.events(f, name) {
		f.Add(seed(doc, u, e))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := check(u, data); err != nil {
			t.Fatalf("%v\n%q", err, data)
		}
	})
}

func FuzzDecodeClientEvent(f *testing.F)            { fuzz(f, "ClientEvent") }
func FuzzDecodeServerEvent(f *testing.F)            { fuzz(f, "ServerEvent") }
func FuzzDecodeTranslationClientEvent(f *testing.F) { fuzz(f, "TranslationClientEvent") }
func FuzzDecodeTranslationServerEvent(f *testing.F) { fuzz(f, "TranslationServerEvent") }
func FuzzDecodeWebhookEvent(f *testing.F)           { fuzz(f, "WebhookEvent") }

// FuzzAudio encodes audio into buffers of various capacities. It then decodes it, with
// text inserted, in sessions that reuse memory.
func FuzzAudio(f *testing.F) {
	f.Add([]byte{}, []byte{}, 0, 0)
	f.Add([]byte("\x00\x01\x02"), []byte(`\n`), 2, 9)
	f.Add(make([]byte, 100), []byte("\x80"), 64, 200)
	u := unionOf(f, "ClientEvent")
	f.Fuzz(func(t *testing.T, audio, put []byte, at, room int) {
		const before = "before"
		dst := append(make([]byte, 0, len(before)+max(room, 0)%4096), before...)
		out, err := (&api.InputAudioBufferAppend{Audio: audio}).AppendJSON(dst)
		require.NoError(t, err)
		require.Equal(t, before, string(out[:len(before)]))
		data := out[len(before):]
		require.NoError(t, check(u, data), "%q", data)
		var text struct {
			Audio []byte `json:"audio"`
		}
		require.NoError(t, json.Unmarshal(data, &text))
		require.Equal(t, string(audio), string(text.Audio))
		changed := slices.Insert(slices.Clone(data), max(at, 0)%(len(data)+1), put...)
		require.NoError(t, check(u, changed), "%q", changed)
	})
}
