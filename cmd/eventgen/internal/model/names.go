package model

import (
	"strings"
	"unicode"
)

// initialisms are the words that Go writes in capitals.
var initialisms = map[string]string{
	"api": "API", "dtmf": "DTMF", "gpt": "GPT", "http": "HTTP", "id": "ID", "ids": "IDs",
	"json": "JSON", "mcp": "MCP", "pcm": "PCM", "pcma": "PCMA", "pcmu": "PCMU", "sdp": "SDP",
	"sip": "SIP", "ttl": "TTL", "uri": "URI", "url": "URL", "vad": "VAD", "rtp": "RTP",
	"srtp": "SRTP", "ms": "MS", "inf": "Inf",
}

// goName turns a wire name into an exported Go name: words are cut at
// everything that is no letter or digit; a separator between two digits is kept
// as an underscore, so that 2.1 does not read as 21.
func goName(wire string) string {
	words := strings.FieldsFunc(wire, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var b strings.Builder
	for _, w := range words {
		if isDigit(lastByte(b.String())) && isDigit(w[0]) {
			b.WriteByte('_')
		}
		if known, ok := initialisms[strings.ToLower(w)]; ok {
			b.WriteString(known)
			continue
		}
		b.WriteString(strings.ToUpper(w[:1]) + w[1:])
	}
	name := b.String()
	if name == "" || isDigit(name[0]) {
		name = "V" + name
	}
	return name
}

// paramName turns a wire name into an unexported Go name.
func paramName(wire string) string {
	name := goName(wire)
	for known := range initialisms {
		if up := initialisms[known]; strings.HasPrefix(name, up) && (len(name) == len(up) || unicode.IsUpper(rune(name[len(up)]))) {
			return strings.ToLower(up) + name[len(up):]
		}
	}
	return strings.ToLower(name[:1]) + name[1:]
}

func lastByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[len(s)-1]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// unique returns name, or name with a number behind it when it is taken.
func (b *builder) unique(name string) string {
	candidate := name
	for n := 2; b.taken[candidate]; n++ {
		candidate = name + string(rune('0'+n))
	}
	b.taken[candidate] = true
	return candidate
}
