package codec

import (
	"encoding/base64"
	stdjson "encoding/json"

	"github.com/go-faster/jx"
	v2 "github.com/go-json-experiment/json"
	goccy "github.com/goccy/go-json"

	"github.com/voicelane/realtime-go/bench/internal/community"
	"github.com/voicelane/realtime-go/bench/internal/stat"
	"github.com/voicelane/realtime-go/gen/api"
)

// encodePeers returns the peers that encode an append of audio.
func encodePeers(audio []byte) []stat.Peer {
	id := "event_1"
	event := &api.InputAudioBufferAppend{EventID: &id, Audio: audio}
	plain := &plainAppend{EventID: id, Type: "input_audio_buffer.append", Audio: audio}
	var buf []byte
	marshal := func(f func(any) ([]byte, error)) func() error {
		return func() error {
			out, err := f(plain)
			sink = out
			return err
		}
	}
	return []stat.Peer{
		{Name: ours, Run: func() (err error) {
			buf, err = event.AppendJSON(buf[:0])
			return err
		}},
		{Name: jxName, Run: encodeJX(plain)},
		{Name: client, Run: func() error {
			out, err := stdjson.Marshal(community.AudioAppend{EventID: id, Audio: base64.StdEncoding.EncodeToString(audio)})
			sink = out
			return err
		}},
		{Name: "encoding/json, once", Run: marshal(stdjson.Marshal)},
		{Name: "goccy/go-json, once", Run: marshal(goccy.Marshal)},
		{Name: "go-json-experiment, once", Run: marshal(func(x any) ([]byte, error) { return v2.Marshal(x) })},
	}
}

func encodeJX(x *plainAppend) func() error {
	var e jx.Encoder
	return func() error {
		e.Reset()
		e.ObjStart()
		e.FieldStart("event_id")
		e.Str(x.EventID)
		e.FieldStart("type")
		e.Str(x.Type)
		e.FieldStart("audio")
		e.Base64(x.Audio)
		e.ObjEnd()
		return nil
	}
}
