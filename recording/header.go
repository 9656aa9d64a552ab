package recording

import (
	"encoding/json"
	"strings"
	"time"
)

// Version is the major version of the format that this package writes, and the only one
// that it reads.
const Version = 1

// Header is the first line of a recording.
type Header struct {
	// Version is the major version. A reader refuses a version that it does not know.
	Version int `json:"realtime_recording"`
	// Minor counts additions. A reader ignores what it does not know.
	Minor int `json:"minor"`
	// Needs names features without which the file would be misread. A reader refuses a
	// file that needs one that it does not know; this version knows none.
	Needs []string `json:"needs,omitempty"`
	// ID is random: neither the id of a call nor a number.
	ID string `json:"id,omitempty"`
	// Began is the wall clock at time 0, in UTC.
	Began time.Time `json:"began"`
	// By is the writer: the product, its version, and what it is ("tap", "proxy" or "test
	// server").
	By string `json:"by,omitempty"`
	// Protocol is "openai-realtime".
	Protocol string `json:"protocol,omitempty"`
	// Session is what the session was asked for, nil if unknown.
	Session *SessionInfo `json:"session,omitempty"`
	// Line is where the conversation was heard, nil without a line.
	Line *LineInfo `json:"line,omitempty"`
	// Keep lists the content that the file holds. Empty: none.
	Keep []Keep `json:"keep"`
	// Mask names the rules that were applied to the content.
	Mask []string `json:"mask,omitempty"`
	// Sound is "beside" if the sound lies in a file of its own, see [SoundFile].
	Sound string `json:"sound,omitempty"`
	// Clock is the unit and the kind of all times.
	Clock Clock `json:"clock"`

	// Extra holds the members that this version does not know.
	Extra map[string]json.RawMessage `json:"-"`
}

// SessionInfo is what a session was asked for.
type SessionInfo struct {
	// Kind is "conversation", "transcription", "translation" or "call".
	Kind  string `json:"kind,omitempty"`
	Model string `json:"model,omitempty"`
	// CallID is the id of a call, only with [KeepText]. An id that is not one of the service
	// and does not look like an id gets an alias.
	CallID string `json:"call_id,omitempty"`
}

// LineInfo is where a conversation was heard.
type LineInfo struct {
	// Kind is the carrier or the kind of device, such as "twilio".
	Kind string `json:"kind,omitempty"`
	// Codec is "pcm16", "pcmu" or "pcma", and Rate the samples per second.
	Codec string `json:"codec,omitempty"`
	Rate  int    `json:"rate,omitempty"`
}

// Clock describes the times of a recording.
type Clock struct {
	Unit string `json:"unit"`           // "us"
	Kind string `json:"kind,omitempty"` // "monotonic"
}

// Keep is a kind of content that a recording may hold.
type Keep string

// The kinds of content. Without any a recording holds structure alone: kinds, types,
// ids, sizes, times, states, usage, error codes, models, voices, names of tools, and
// lengths in place of texts.
const (
	// KeepText keeps transcripts, instructions, messages and the texts of errors.
	KeepText Keep = "text"
	// KeepTools keeps arguments and outputs of tools.
	KeepTools Keep = "tools"
	// KeepAudio keeps the sound of both sides.
	KeepAudio Keep = "audio"
	// KeepNumbers keeps long numbers in texts that are kept, which are masked otherwise: phone
	// numbers and the like.
	KeepNumbers Keep = "numbers"
	// KeepFrames keeps each message as it was on the wire, deltas and sound included,
	// without credentials: a recording that can be replayed exactly. It implies the
	// others.
	KeepFrames Keep = "frames"
)

// Keeps reports whether the recording holds a kind of content.
func (h *Header) Keeps(k Keep) bool {
	for _, kept := range h.Keep {
		if kept == k || kept == KeepFrames {
			return true
		}
	}
	return false
}

// SoundFile returns the name of the file beside a recording that holds its sound:
// NAME.audio for NAME.jsonl and NAME.jsonl.gz.
func SoundFile(name string) string { return baseName(name) + ".audio" }

// baseName returns a name without the endings of recordings.
func baseName(name string) string {
	return strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".jsonl")
}
