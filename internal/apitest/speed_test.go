package apitest

import (
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/cputime"
)

const deltaHead = `"event_id":"event_BoK3uUdYzGxqJ1mPq7aTs","response_id":"resp_BoK3uwzqXnWb2gxu3TzUd",` +
	`"item_id":"item_BoK3u2UMtrqbh8nFyv6LW","output_index":0,"content_index":0,"delta":"`

// speedFrames returns the events that servers send most often.
func speedFrames() map[string][]byte {
	return map[string][]byte{
		"audio": []byte(`{"type":"response.output_audio.delta",` + deltaHead + base64.StdEncoding.EncodeToString(make([]byte, 8192)) + `"}`),
		"text":  []byte(`{"type":"response.output_text.delta",` + deltaHead + ` certainly"}`),
		"session": []byte(`{"type":"session.created","event_id":"event_BoK3tnFuPQvLmGh8Yc1dE","session":{"type":"realtime","object":"realtime.session",` +
			`"id":"sess_BoK3tXw2KdRz9VbQn5uJm","model":"gpt-realtime","output_modalities":["audio"],"instructions":"You answer the phone of a small hotel.",` +
			`"tools":[{"type":"function","name":"find_room","description":"Finds free rooms.","parameters":{"type":"object","properties":{}}}],` +
			`"tool_choice":"auto","max_output_tokens":"inf","tracing":null,"truncation":"auto","prompt":null,"expires_at":1756310470,` +
			`"audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"transcription":{"model":"gpt-4o-mini-transcribe","language":"en","prompt":null},` +
			`"noise_reduction":{"type":"near_field"},"turn_detection":{"type":"server_vad","threshold":0.5,"prefix_padding_ms":300,` +
			`"silence_duration_ms":200,"idle_timeout_ms":null,"create_response":true,"interrupt_response":true}},` +
			`"output":{"format":{"type":"audio/pcm","rate":24000},"voice":"alloy","speed":1.0}},"include":null}}`),
		"done": []byte(`{"type":"response.done","event_id":"event_BoK4AQz7NfWc3sXe6Lp0R","response":{"object":"realtime.response",` +
			`"id":"resp_BoK3uwzqXnWb2gxu3TzUd","status":"completed","status_details":null,"output":[{"id":"item_BoK3u2UMtrqbh8nFyv6LW",` +
			`"type":"message","status":"completed","role":"assistant","content":[{"type":"output_audio","transcript":"We have a quiet room."}]}],` +
			`"conversation_id":"conv_BoK3tpVb5HsLr8WjYm4Nf","output_modalities":["audio"],"max_output_tokens":"inf",` +
			`"audio":{"output":{"format":{"type":"audio/pcm","rate":24000},"voice":"alloy"}},` +
			`"usage":{"total_tokens":253,"input_tokens":132,"output_tokens":121,"input_token_details":{"text_tokens":119,"audio_tokens":13,` +
			`"image_tokens":0,"cached_tokens":64,"cached_tokens_details":{"text_tokens":64,"audio_tokens":0,"image_tokens":0}},` +
			`"output_token_details":{"text_tokens":30,"audio_tokens":91}},"metadata":null}}`),
	}
}

// TestAllocations bounds the allocations of decoding and encoding. It is not parallel,
// because they are counted for the whole process.
func TestAllocations(t *testing.T) {
	if slow {
		t.Skip("the race detector allocates too")
	}
	frames := speedFrames()
	var event api.ServerEvent
	decode := func(data []byte, decode func([]byte) (api.ServerEvent, error)) float64 {
		return testing.AllocsPerRun(200, func() {
			var err error
			if event, err = decode(data); err != nil {
				t.Error(err)
			}
		})
	}
	again := &api.ServerEventDecoder{Reuse: true}
	assert.Zero(t, decode(frames["audio"], again.Decode), "audio, re-used")
	assert.Equal(t, 3.0, decode(frames["audio"], api.DecodeServerEvent), "audio: the event, the audio, the strings")
	assert.Equal(t, 2.0, decode(frames["text"], api.DecodeServerEvent), "text: the event, the strings")
	assert.Equal(t, 1.0, decode(frames["text"], new(api.ServerEventDecoder).Decode), "text in a session: the event")
	assert.Equal(t, 21.0, decode(frames["session"], api.DecodeServerEvent), "session.created")
	assert.Equal(t, 13.0, decode(frames["done"], api.DecodeServerEvent), "response.done")
	require.NotNil(t, event)

	id, buf := "event_1", make([]byte, 0, 8192)
	for _, size := range []int{160, 960, 4800} {
		x := &api.InputAudioBufferAppend{EventID: &id, Audio: make([]byte, size)}
		assert.Zero(t, testing.AllocsPerRun(200, func() {
			out, err := x.AppendJSON(buf[:0])
			if err != nil {
				t.Error(err)
			}
			buf = out
		}), "an append of %d bytes", size)
	}
}

// TestSpeed compares decoding with encoding/json, which decodes the type first and then
// the event. The bounds are wide and also hold without assembly, where audio takes five
// times as long; the log has the measured ratios.
func TestSpeed(t *testing.T) {
	if slow || testing.Short() {
		t.Skip("timings are not comparable with -short or the race detector")
	}
	for name, atLeast := range map[string]float64{"audio": 10, "text": 5, "session": 4, "done": 4} {
		data := speedFrames()[name]
		ratio := timesAsFast(atLeast, func() { _, _ = api.DecodeServerEvent(data) }, func() {
			var head struct {
				Type string `json:"type"`
			}
			_ = json.Unmarshal(data, &head)
			var x any
			if name == "audio" {
				x = new(plainAudio)
			}
			_ = json.Unmarshal(data, &x)
		})
		t.Logf("%s: %.1f times as fast as encoding/json in two passes", name, ratio)
		assert.GreaterOrEqual(t, ratio, atLeast, name)
	}
}

// timesAsFast returns how many times as fast f is as reference, measured until it is at
// least atLeast.
func timesAsFast(atLeast float64, f, reference func()) float64 {
	return 1 / cputime.Ratio(f, reference, 1/atLeast)
}

type plainAudio struct {
	EventID      string `json:"event_id"`
	ResponseID   string `json:"response_id"`
	ItemID       string `json:"item_id"`
	OutputIndex  int    `json:"output_index"`
	ContentIndex int    `json:"content_index"`
	Delta        []byte `json:"delta"`
}

// TestEncodeSpeed is TestSpeed for audio that is sent. encoding/json encodes the base64
// text twice: in the event's MarshalJSON method and in its caller.
func TestEncodeSpeed(t *testing.T) {
	if slow || testing.Short() {
		t.Skip("timings are not comparable with -short or the race detector")
	}
	const atLeast = 8
	for _, size := range []int{160, 960, 4800} {
		x := &api.InputAudioBufferAppend{EventID: new("event_1"), Audio: make([]byte, size)}
		var buf []byte
		ratio := timesAsFast(atLeast, func() { buf, _ = x.AppendJSON(buf[:0]) }, func() {
			_, _ = json.Marshal(plainAppend{
				EventID: "event_1", Type: "input_audio_buffer.append", Audio: base64.StdEncoding.EncodeToString(x.Audio),
			})
		})
		t.Logf("append of %d bytes: %.1f times as fast as encoding/json in two passes", size, ratio)
		assert.GreaterOrEqual(t, ratio, float64(atLeast), size)
	}
}

type plainAppend struct {
	EventID string `json:"event_id"`
	Type    string `json:"type"`
	Audio   string `json:"audio"`
}

func (x plainAppend) MarshalJSON() ([]byte, error) {
	type fields plainAppend
	return json.Marshal(fields(x))
}
