package model

import (
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// initialisms are words with a fixed spelling in Go names, mostly in capitals.
var initialisms = map[string]string{
	"api": "API", "dtmf": "DTMF", "gpt": "GPT", "http": "HTTP", "id": "ID", "ids": "IDs",
	"json": "JSON", "mcp": "MCP", "pcm": "PCM", "pcma": "PCMA", "pcmu": "PCMU", "sdp": "SDP",
	"sip": "SIP", "ttl": "TTL", "uri": "URI", "url": "URL", "vad": "VAD", "rtp": "RTP",
	"srtp": "SRTP", "ms": "MS", "inf": "Inf",
}

// GoName returns the exported Go name that the generator gives to a wire name.
func GoName(wire string) string { return goName(wire) }

// goName turns a wire name into an exported Go name.
func goName(wire string) string {
	name := camel(wire)
	if first := []rune(name + " ")[0]; !unicode.IsUpper(first) {
		name = "V" + name
	}
	return name
}

// camel joins the words of a wire name, which are separated by anything but letters and
// digits. A separator between two digits becomes an underscore, so that 2.1 does not
// become 21.
func camel(wire string) string {
	words := strings.FieldsFunc(humps(wire), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var b strings.Builder
	for _, w := range words {
		if isDigit(lastByte(b.String())) && isDigit(w[0]) {
			b.WriteByte('_')
		}
		if known, ok := initialisms[strings.ToLower(w)]; ok {
			b.WriteString(known)
			continue
		}
		letters := []rune(w)
		b.WriteRune(unicode.ToUpper(letters[0]))
		b.WriteString(string(letters[1:]))
	}
	return b.String()
}

// humps separates the initialisms among words that begin with a capital from the others:
// callIdOf becomes call Id Of.
func humps(wire string) string {
	var out, hump strings.Builder
	flush := func() {
		if _, known := initialisms[strings.ToLower(hump.String())]; known {
			out.WriteString(" " + hump.String() + " ")
		} else {
			out.WriteString(hump.String())
		}
		hump.Reset()
	}
	before := ' '
	for _, r := range wire {
		inside := unicode.IsLetter(r) || unicode.IsDigit(r)
		if unicode.IsUpper(r) && unicode.IsLower(before) || !inside {
			flush()
		}
		if before = r; inside {
			hump.WriteRune(r)
		} else {
			out.WriteRune(r)
		}
	}
	flush()
	return out.String()
}

// paramName turns a wire name into an unexported Go name that is neither a keyword nor
// used in the printed function.
func paramName(wire string) string {
	name := goName(wire)
	known := ""
	for _, up := range initialisms {
		end := len(up)
		if strings.HasPrefix(name, up) && end > len(known) && (len(name) == end || unicode.IsUpper(rune(name[end]))) {
			known = up
		}
	}
	if known == "" {
		known = string([]rune(name)[:1])
	}
	name = strings.ToLower(known) + strings.TrimPrefix(name, known)
	if token.IsKeyword(name) || slices.Contains([]string{"json", "new", "wire"}, name) {
		name += "Value"
	}
	return name
}

// exported returns a component's name if it is an exported Go name, or else makes one
// of it.
func exported(name string) string {
	if token.IsIdentifier(name) && token.IsExported(name) && !strings.Contains(name, "_") {
		return name
	}
	return goName(name)
}

// unique returns name, or name with a number appended if it is taken, and marks the
// result as taken.
func unique(taken map[string]bool, name string) string {
	candidate := name
	for n := 2; taken[candidate]; n++ {
		candidate = name + strconv.Itoa(n)
	}
	taken[candidate] = true
	return candidate
}

// joined returns the name for a member of a union. A word that ends the union's name and
// begins the member's appears once.
func joined(union, member string) string {
	at := strings.LastIndexFunc(union, unicode.IsUpper)
	for at > 0 && unicode.IsUpper(rune(union[at-1])) {
		at-- // An initialism.
	}
	if at >= 0 {
		if rest, ok := strings.CutPrefix(member, union[at:]); ok && (rest == "" || unicode.IsUpper(rune(rest[0]))) {
			return union + rest
		}
	}
	return union + member
}

// snake turns a Go name into the first part of a file name.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			prev, next := rune(name[i-1]), 'A'
			if i+1 < len(name) {
				next = rune(name[i+1])
			}
			if unicode.IsLower(prev) || unicode.IsLower(next) {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func lastByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[len(s)-1]
}

// lowered returns a title in capitals, such as ACTION_ROW, in small letters.
func lowered(title string) string {
	if title == strings.ToUpper(title) {
		return strings.ToLower(title)
	}
	return title
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
