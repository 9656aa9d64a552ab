package redact

import (
	"slices"
	"strings"
)

// class is how a member is kept.
type class int

const (
	dropped    class = iota
	structure        // objects whose members are looked up; strings are texts
	id               // of the server or of the program
	word             // a state, a code, a model, a voice, the name of a tool
	number           // a number; a string is a word
	text             // what people wrote or said
	tool             // arguments and outputs
	sound            // base64
	link             // an address, or a picture as one
	credential       // never kept
	free             // of the program itself, in JSON of any form: kept, and masked
)

// place is a member within its parent, for names that mean different things.
type place struct{ parent, name string }

// special has the members whose class depends on their parent.
var special = map[place]class{
	{"item", "reason"}:         text, // Why a call of an MCP server is refused, by people.
	{"output", "reason"}:       text,
	{"item", "output"}:         tool,
	{"output", "output"}:       tool,
	{"client_secret", "value"}: credential,
}

// members is the allow-list: what is kept of a message, by the name of the member. What is
// not here is dropped. A test compares it with the specification, so that each of its
// members is either here or in the test's list of those that are never kept.
var members = func() map[string]class {
	all := map[string]class{}
	for c, names := range map[class][]string{
		structure: {
			"session", "item", "response", "tools", "output", "content", "part", "error", "usage", "turn_detection", "transcription",
			"input", "noise_reduction", "status_details", "token_limits", "rate_limits",
			"input_token_details", "output_token_details", "cached_tokens_details", "input_audio_transcription",
			"input_audio_noise_reduction", "expires_after", "always", "never",
		},
		id: {
			"id", "event_id", "item_id", "response_id", "call_id", "previous_item_id", "conversation_id", "approval_request_id",
			"custom_voice_id", "file_id",
		},
		word: {
			"type", "object", "status", "reason", "code", "param", "name", "model", "voice", "role", "mode", "language", "languages",
			"detail", "include", "modalities", "output_modalities", "tool_choice", "strength", "eagerness", "effort", "anchor",
			"input_audio_format", "output_audio_format", "version", "conversation", "tool_names", "tracing", "event", "delay",
			"format", "truncation", "reasoning", "require_approval", "allowed_tools", "max_output_tokens", "max_response_output_tokens",
		},
		number: {
			"output_index", "content_index", "audio_start_ms", "audio_end_ms", "elapsed_ms", "start", "end", "threshold",
			"prefix_padding_ms", "silence_duration_ms", "idle_timeout_ms", "create_response", "interrupt_response",
			"retention_ratio", "post_instructions", "speed", "rate", "temperature", "parallel_tool_calls", "seconds",
			"limit", "remaining", "reset_seconds", "expires_at", "created_at", "status_code", "channels", "sample_rate",
			"total_tokens", "input_tokens", "output_tokens", "text_tokens", "audio_tokens", "image_tokens", "cached_tokens",
			"approve", "defer_loading", "ttl", "read_only",
		},
		text: {
			"instructions", "transcript", "text", "delta", "description", "message", "server_label", "server_description", "refusal",
			"keywords", "filename", "prompt", "speaker",
		},
		tool:       {"arguments"},
		sound:      {"audio"},
		link:       {"image_url", "file_url", "server_url"},
		credential: {"authorization", "headers", "client_secret"},
	} {
		for _, name := range names {
			all[name] = c
		}
	}
	return all
}()

// Known reports whether a member is in the table.
func Known(name string) bool {
	_, ok := members[name]
	return ok
}

// credentialHeaders are further names of credentials, in headers that a program notes.
var credentialHeaders = []string{"api-key", "x-api-key", "proxy-authorization", "cookie", "set-cookie"}

// isCredential reports whether a member holds a credential. Names of headers have no case:
// Go writes Authorization.
func isCredential(name string) bool {
	name = strings.ToLower(name)
	return members[name] == credential || slices.Contains(credentialHeaders, name)
}

// namesCredential reports whether a text has the name of a credential.
func namesCredential(text string) bool {
	text = strings.ToLower(text)
	for name, c := range members {
		if c == credential && strings.Contains(text, name) {
			return true
		}
	}
	return slices.ContainsFunc(credentialHeaders, func(name string) bool { return strings.Contains(text, name) })
}
