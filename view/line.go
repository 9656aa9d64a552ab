package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/voicelane/realtime-go/recording"
)

// longest is the length in bytes up to which texts within an event are shown whole. It
// leaves out sound, which is played and not read.
const longest = 20_000

// shown returns the members of a line as they are in the file, the longest ones cut.
func shown(l *recording.Line) json.RawMessage {
	head := struct {
		At   recording.Micros `json:"at"`
		K    string           `json:"k"`
		Conn int              `json:"conn,omitempty"`
	}{l.At, l.Body.Kind(), l.Conn}
	text := members(nil, head)
	text = members(text, l.Body)
	if len(l.Extra) > 0 {
		text = members(text, l.Extra)
	}
	if len(text) > longest {
		return shorten(text, longest)
	}
	return text
}

// members adds the members of v to an object. What cannot be encoded is left out.
func members(object []byte, v any) []byte {
	more, err := json.Marshal(v)
	if err != nil || len(more) <= len("{}") {
		return object
	}
	if len(object) == 0 {
		return more
	}
	object[len(object)-1] = ','
	return append(object, more[1:]...)
}

// shorten cuts the strings of a JSON text that are longer than max bytes, and puts the
// number of bytes that are missing in their place.
func shorten(text []byte, most int) []byte {
	var out bytes.Buffer
	for len(text) > 0 {
		open := bytes.IndexByte(text, '"')
		if open < 0 {
			break
		}
		out.Write(text[:open+1])
		text = text[open+1:]
		end, cut := 0, -1
		for end < len(text) && text[end] != '"' {
			if end >= most && cut < 0 {
				cut = end
			}
			end += unit(text[end:])
		}
		end = min(end, len(text))
		if cut < 0 {
			cut = end
		}
		out.Write(text[:cut])
		if cut < end {
			fmt.Fprintf(&out, "… ‹%d more bytes›", end-cut)
		}
		text = text[end:]
		if len(text) > 0 {
			out.WriteByte('"')
			text = text[1:]
		}
	}
	out.Write(text)
	return out.Bytes()
}

// unit returns the length of the escape or the character at the beginning of a string.
func unit(text []byte) int {
	switch {
	case text[0] != '\\':
		_, n := utf8.DecodeRune(text)
		return n
	case len(text) > 1 && text[1] == 'u':
		return len(`\u0000`)
	default:
		return len(`\n`)
	}
}
