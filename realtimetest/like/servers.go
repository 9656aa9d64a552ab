package like

import (
	"encoding/json"
	"maps"
	"time"
)

// All returns the servers of this package by name.
func All() map[string]*Server {
	all := map[string]*Server{}
	for _, s := range []*Server{XAI(), LocalAI(), Speaches(), VLLM(), HuggingFace(), QwenOmni(), AzureVoiceLive(), Inworld()} {
		all[s.Name] = s
	}
	return all
}

// betaNames are the wire names of the beta of the API.
var betaNames = map[string]string{
	"conversation.item.added":                "conversation.item.created",
	"response.output_text.delta":             "response.text.delta",
	"response.output_text.done":              "response.text.done",
	"response.output_audio.delta":            "response.audio.delta",
	"response.output_audio.done":             "response.audio.done",
	"response.output_audio_transcript.delta": "response.audio_transcript.delta",
	"response.output_audio_transcript.done":  "response.audio_transcript.done",
}

// XAI is xAI's voice agent API (Grok): it greets with conversation.created, pings by
// events, and names no previous and no deleted item.
func XAI() *Server {
	return &Server{
		Name: "xAI", Greeting: "conversation.created", Ping: 10 * time.Second, NoPreviousItem: true, NoDeletedItem: true,
	}
}

// LocalAI sends events without ids and errors that name no event. An item is added and
// not done, there are no rate limits, and a needless response.cancel is no error. It did
// not repeat a response's metadata until 2026.
func LocalAI() *Server {
	return &Server{
		Name: "LocalAI", Keyless: true, NoEventIDs: true, AnonymousErrors: true, NoMetadata: true,
		Omitted: []string{"conversation.item.done", "rate_limits.updated"},
		Silent:  []string{"response_cancel_not_active"},
	}
}

// Speaches keeps the wire names of the beta. Errors name no event, metadata is an error
// beside the response, truncation is refused and retrieval not answered.
func Speaches() *Server {
	return &Server{
		Name: "speaches", Keyless: true, Renamed: maps.Clone(betaNames), AnonymousErrors: true, NoMetadata: true, MetadataErrors: true,
		Omitted: []string{"conversation.item.done", "rate_limits.updated"},
		Refused: []string{"conversation.item.truncate"},
		Ignored: []string{"conversation.item.retrieve"},
	}
}

// VLLM transcribes only. Its errors are texts.
func VLLM() *Server {
	return &Server{
		Name: "vLLM", Keyless: true, TextErrors: true,
		Omitted: []string{"rate_limits.updated"},
		Refused: []string{
			"response.create", "response.cancel", "conversation.item.create", "conversation.item.delete",
			"conversation.item.retrieve", "conversation.item.truncate",
		},
	}
}

// HuggingFace is speech-to-speech: function calls come as their arguments alone, items
// of the client are created and not added, and the conversation cannot be edited.
func HuggingFace() *Server {
	return &Server{
		Name: "Hugging Face speech-to-speech", Keyless: true,
		Renamed:          map[string]string{"conversation.item.added": "conversation.item.created"},
		CallsByArguments: true, NoOutput: true,
		Omitted: []string{"conversation.item.done", "rate_limits.updated", "response.content_part.added", "response.content_part.done"},
		Refused: []string{"conversation.item.delete", "conversation.item.retrieve"},
		Ignored: []string{"conversation.item.truncate"},
	}
}

// QwenOmni is Alibaba's Qwen-Omni-Realtime: the beta's wire names and flat session, and
// 16 kHz input.
func QwenOmni() *Server {
	return &Server{
		Name: "Qwen-Omni", Renamed: maps.Clone(betaNames), FlatSession: true, InputRate: 16_000,
		Omitted: []string{"conversation.item.done", "rate_limits.updated"},
	}
}

// AzureVoiceLive is Azure's Voice Live API: the beta's wire names and flat session, and
// visemes beside the audio.
func AzureVoiceLive() *Server {
	return &Server{
		Name: "Azure Voice Live", Renamed: maps.Clone(betaNames), FlatSession: true,
		Omitted: []string{"conversation.item.done"},
		Added: map[string][]json.RawMessage{
			"session.created":             {json.RawMessage(`{"type":"session.avatar.connecting","server_sdp":""}`)},
			"response.output_audio.delta": {json.RawMessage(`{"type":"response.animation_viseme.delta","viseme_id":4,"audio_offset_ms":0}`)},
			"response.output_audio.done":  {json.RawMessage(`{"type":"response.animation_viseme.done"}`)},
		},
	}
}

// Inworld takes Basic credentials.
func Inworld() *Server { return &Server{Name: "Inworld", Basic: true} }
