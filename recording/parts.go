package recording

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// kind is how messages of a type are recorded.
type kind uint8

const (
	single   kind = iota // a line each
	appended             // sound to the service
	spoken               // sound of the service
	pieces               // pieces of text
)

// kindOf returns the kind of a type of message.
func kindOf(eventType string) kind {
	switch eventType {
	case "input_audio_buffer.append", "session.input_audio_buffer.append":
		return appended
	case "response.output_audio.delta", "response.audio.delta", "session.output_audio.delta":
		return spoken
	default:
		if strings.HasSuffix(eventType, ".delta") {
			return pieces
		}
		return single
	}
}

// parts are the members of a message that a run needs, without their quotes. Sound is as it
// is on the wire.
type parts struct {
	typ, item, response, audio, delta []byte
	content                           int
}

// sound returns the base64 of a message.
func (p *parts) sound(k kind) []byte {
	switch k {
	case appended:
		return base64Of(p.audio)
	case spoken:
		return base64Of(p.delta)
	default:
		return nil
	}
}

// base64Of returns the base64 of a JSON string. Some encoders escape signs of it: a slash as
// that of PHP, or a plus as that of .NET. Line feeds do not count.
func base64Of(text []byte) []byte {
	if bytes.IndexByte(text, '\\') < 0 {
		return text
	}
	return bytes.Join(bytes.FieldsFunc(unescaped(text), func(c rune) bool { return c == '\r' || c == '\n' }), nil)
}

// unescaped returns the text of a JSON string without its quotes, as it is if it is not valid.
func unescaped(text []byte) []byte {
	if bytes.IndexByte(text, '\\') < 0 {
		return text
	}
	var s string
	if json.Unmarshal(slices.Concat([]byte{'"'}, text, []byte{'"'}), &s) != nil {
		return text
	}
	return []byte(s)
}

// partsOf reads the members at the top of a message. What is no JSON object has none. It
// takes no memory, but for names with escapes, and does not look into values, so that a message
// of much sound costs one search for a quote.
func partsOf(data []byte) (p parts) {
	i := skipSpace(data, 0)
	if i >= len(data) || data[i] != '{' {
		return p
	}
	for i++; ; {
		if i = skipSpace(data, i); i < len(data) && data[i] == ',' {
			i = skipSpace(data, i+1)
		}
		name, next, ok := quotedAt(data, i)
		if !ok {
			return p
		}
		if i = skipSpace(data, next); i >= len(data) || data[i] != ':' {
			return p
		}
		i = skipSpace(data, i+1)
		value, next, isText := quotedAt(data, i)
		if !isText {
			next = skipValue(data, i)
			value = data[i:next]
		}
		if next <= i {
			return p
		}
		if isText {
			p.set(name, value)
		} else if string(unescaped(name)) == "content_index" {
			p.content, _ = strconv.Atoi(string(value))
			p.content = max(p.content, 0)
		}
		i = next
	}
}

func (p *parts) set(name, value []byte) {
	switch string(unescaped(name)) {
	case "type":
		p.typ = unescaped(value)
	case "item_id":
		p.item = unescaped(value)
	case "response_id":
		p.response = unescaped(value)
	case "audio":
		p.audio = value
	case "delta":
		p.delta = value
	default:
	}
}

func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' || data[i] == '\r') {
		i++
	}
	return i
}

// quotedAt returns the string at i without its quotes, and where it ends.
func quotedAt(data []byte, i int) (text []byte, next int, ok bool) {
	if i >= len(data) || data[i] != '"' {
		return nil, i, false
	}
	begin := i + 1
	for at := begin; ; {
		n := bytes.IndexByte(data[at:], '"')
		if n < 0 {
			return nil, i, false
		}
		at += n
		slashes := 0
		for at-1-slashes >= begin && data[at-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return data[begin:at], at + 1, true
		}
		at++
	}
}

// skipValue returns where the value at i ends, i if there is none.
func skipValue(data []byte, i int) int {
	depth := 0
	for i < len(data) {
		switch data[i] {
		case '"':
			_, next, ok := quotedAt(data, i)
			if !ok {
				return len(data)
			}
			i = next
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return i
}

// typeOf returns the name of the event that a message holds.
//
//go:noinline
func typeOf(data []byte) string {
	p := partsOf(data)
	return typeName(p.typ)
}

// typeName returns the name of an event without taking memory for those with sound.
func typeName(raw []byte) string {
	for _, known := range [...]string{
		"input_audio_buffer.append", "response.output_audio.delta", "response.output_audio_transcript.delta",
		"session.input_audio_buffer.append", "session.output_audio.delta", "response.function_call_arguments.delta",
	} {
		if string(raw) == known {
			return known
		}
	}
	return string(raw)
}
