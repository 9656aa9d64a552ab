// Package frames has the frames that the clients decode, and audio.
package frames

import (
	"encoding/base64"
	"fmt"
)

// PCM returns n bytes with the statistics of audio.
func PCM(size int) []byte {
	out := make([]byte, size)
	for i := range out {
		out[i] = byte(i * 31) //nolint:gosec // A byte of a pattern.
	}
	return out
}

// AudioDelta returns an audio delta event with size bytes of audio.
func AudioDelta(size int) []byte {
	return fmt.Appendf(nil, `{"type":"response.output_audio.delta","event_id":"event_BoK3uUdYzGxqJ1mPq7aTs","response_id":"resp_BoK3uwzqXnWb2gxu3TzUd",`+
		`"item_id":"item_BoK3u2UMtrqbh8nFyv6LW","output_index":0,"content_index":0,"delta":"%s"}`, base64.StdEncoding.EncodeToString(PCM(size)))
}

// TextDelta is a text delta event with one word.
const TextDelta = `{"type":"response.output_text.delta","event_id":"event_BoK3uUdYzGxqJ1mPq7aTs","response_id":"resp_BoK3uwzqXnWb2gxu3TzUd",` +
	`"item_id":"item_BoK3u2UMtrqbh8nFyv6LW","output_index":0,"content_index":0,"delta":" certainly"}`

// SessionCreated is the first event of a session with two tools.
const SessionCreated = `{"type":"session.created","event_id":"event_BoK3tnFuPQvLmGh8Yc1dE","session":{"type":"realtime","object":"realtime.session",` +
	`"id":"sess_BoK3tXw2KdRz9VbQn5uJm","model":"gpt-realtime","output_modalities":["audio"],` +
	`"instructions":"You answer the phone of a small hotel. Be brief and friendly, speak the caller's language, and never make up a room or a price.",` +
	`"tools":[{"type":"function","name":"find_room","description":"Finds free rooms.","parameters":{"type":"object","properties":` +
	`{"from":{"type":"string","format":"date"},"nights":{"type":"integer","minimum":1}},"required":["from","nights"]}},` +
	`{"type":"function","name":"transfer","description":"Transfers the call to the desk.","parameters":{"type":"object","properties":{}}}],` +
	`"tool_choice":"auto","max_output_tokens":"inf","tracing":null,"truncation":"auto","prompt":null,"expires_at":1756310470,` +
	`"audio":{"input":{"format":{"type":"audio/pcm","rate":24000},"transcription":{"model":"gpt-4o-mini-transcribe","language":"en","prompt":null},` +
	`"noise_reduction":{"type":"near_field"},"turn_detection":{"type":"server_vad","threshold":0.5,"prefix_padding_ms":300,` +
	`"silence_duration_ms":200,"idle_timeout_ms":null,"create_response":true,"interrupt_response":true}},` +
	`"output":{"format":{"type":"audio/pcm","rate":24000},"voice":"alloy","speed":1.0}},"include":null}}`

// ResponseDone is the end of a response with a message and a function call.
const ResponseDone = `{"type":"response.done","event_id":"event_BoK4AQz7NfWc3sXe6Lp0R","response":{"object":"realtime.response",` +
	`"id":"resp_BoK3uwzqXnWb2gxu3TzUd","status":"completed","status_details":null,"output":[{"id":"item_BoK3u2UMtrqbh8nFyv6LW",` +
	`"type":"message","status":"completed","role":"assistant","content":[{"type":"output_audio",` +
	`"transcript":"We have a quiet room with a view of the lake for three nights. Shall I hold it for you?"}]},` +
	`{"id":"item_BoK41k8VtDyMwG2hCq9Zx","type":"function_call","status":"completed","name":"find_room",` +
	`"call_id":"call_u3TzUdBoK3uwzqXn","arguments":"{\"from\":\"2026-05-04\",\"nights\":3}"}],` +
	`"conversation_id":"conv_BoK3tpVb5HsLr8WjYm4Nf","output_modalities":["audio"],"max_output_tokens":"inf",` +
	`"audio":{"output":{"format":{"type":"audio/pcm","rate":24000},"voice":"alloy"}},` +
	`"usage":{"total_tokens":253,"input_tokens":132,"output_tokens":121,"input_token_details":{"text_tokens":119,"audio_tokens":13,` +
	`"image_tokens":0,"cached_tokens":64,"cached_tokens_details":{"text_tokens":64,"audio_tokens":0,"image_tokens":0}},` +
	`"output_token_details":{"text_tokens":30,"audio_tokens":91}},"metadata":{"topic":"booking"}}}`

// SessionUpdated answers an update of a session.
const SessionUpdated = `{"type":"session.updated","event_id":"event_BoK3tnFuPQvLmGh8Yc1dF","session":{"type":"realtime","object":"realtime.session",` +
	`"id":"sess_BoK3tXw2KdRz9VbQn5uJm","model":"gpt-realtime","output_modalities":["audio"]}}`

// ResponseCreated and ItemAdded begin the response that audio deltas belong to.
const (
	ResponseCreated = `{"type":"response.created","event_id":"event_BoK3uUdYzGxqJ1mPq7aTq","response":{"id":"resp_BoK3uwzqXnWb2gxu3TzUd",` +
		`"conversation_id":"conv_BoK3tpVb5HsLr8WjYm4Nf","status":"in_progress","output":[]}}`
	ItemAdded = `{"type":"response.output_item.added","event_id":"event_BoK3uUdYzGxqJ1mPq7aTr","response_id":"resp_BoK3uwzqXnWb2gxu3TzUd","output_index":0,` +
		`"item":{"id":"item_BoK3u2UMtrqbh8nFyv6LW","type":"message","role":"assistant","status":"in_progress","content":[]}}`
)
