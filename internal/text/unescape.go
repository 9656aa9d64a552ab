package text

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// stretch is a part of a text, in bytes.
type stretch struct{ from, to int }

// layer is a text, unescaped a number of times, and where each of its bytes comes from.
type layer struct {
	text string
	from []int32 // for each byte, and one more for the end; nil is the text itself
}

func (l *layer) at(from, to int) stretch {
	if l.from == nil {
		return stretch{from, to}
	}
	return stretch{int(l.from[from]), int(l.from[to])}
}

// unescaped returns the layer with one level of escapes removed: those of JSON and Go
// strings, of URLs, and of HTML. It reports whether there were any.
func (l *layer) unescaped() (layer, bool) {
	if !strings.ContainsAny(l.text, `\%&`) {
		return layer{}, false
	}
	out := make([]byte, 0, len(l.text))
	from := make([]int32, 0, len(l.text)+1)
	changed := false
	for i := 0; i < len(l.text); {
		origin := int32(l.at(i, i).from) //nolint:gosec // A chunk is short.
		r, size := unescape(l.text[i:])
		if size == 0 {
			out, from = append(out, l.text[i]), append(from, origin)
			i++
			continue
		}
		changed = true
		if r < utf8.RuneSelf || l.text[i] == '%' || l.text[i:i+2] == `\x` {
			out, from = append(out, byte(r)), append(from, origin) //nolint:gosec // One byte was read.
		} else {
			out = utf8.AppendRune(out, r)
			for len(from) < len(out) {
				from = append(from, origin)
			}
		}
		i += size
	}
	from = append(from, int32(l.at(len(l.text), len(l.text)).from)) //nolint:gosec // A chunk is short.
	return layer{text: string(out), from: from}, changed
}

// entities are the named ones that stand for a character of keys.
var entities = map[string]rune{
	"&amp;": '&', "&lt;": '<', "&gt;": '>', "&quot;": '"', "&apos;": '\'', "&plus;": '+', "&sol;": '/', "&equals;": '=',
	"&lowbar;": '_', "&hyphen;": '-', "&period;": '.', "&colon;": ':', "&commat;": '@', "&num;": '#',
}

// unescape returns the character of the escape at the start of a text, and the escape's
// length, which is 0 when there is none.
func unescape(s string) (r rune, size int) {
	switch s[0] {
	case '%':
		return hex(s, 1, 2)
	case '\\':
		return unescapeString(s)
	case '&':
		end := strings.IndexByte(s[:min(len(s), 12)], ';')
		if end < 0 {
			return 0, 0
		}
		if r, ok := entities[s[:end+1]]; ok {
			return r, end + 1
		}
		return entity(s[:end+1])
	}
	return 0, 0
}

func unescapeString(s string) (r rune, size int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch s[1] {
	case 'u':
		return hex(s, 2, 4)
	case 'U':
		return hex(s, 2, 8)
	case 'x':
		return hex(s, 2, 2)
	case '"', '\\', '/', '\'':
		return rune(s[1]), 2
	}
	if at := strings.IndexByte("abfnrtv", s[1]); at >= 0 {
		return rune("\a\b\f\n\r\t\v"[at]), 2
	}
	return 0, 0
}

// hex reads a number of so many digits at a place.
func hex(s string, at, digits int) (r rune, size int) {
	if len(s) < at+digits {
		return 0, 0
	}
	n, err := strconv.ParseUint(s[at:at+digits], 16, 32)
	if err != nil || n > utf8.MaxRune {
		return 0, 0
	}
	return rune(n), at + digits
}

// entity reads a numeric one, such as &#45; or &#x2d;.
func entity(s string) (r rune, size int) {
	digits, ok := strings.CutPrefix(s[:len(s)-1], "&#")
	if !ok {
		return 0, 0
	}
	base := 10
	if rest, isHex := strings.CutPrefix(strings.ToLower(digits), "x"); isHex {
		digits, base = rest, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune {
		return 0, 0
	}
	return rune(n), len(s)
}
