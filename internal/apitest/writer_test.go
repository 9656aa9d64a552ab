package apitest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"
)

// writer writes JSON text in small pieces. A wild writer uses all notations that JSON
// allows.
type writer struct {
	*rand.Rand

	wild bool
	buf  []byte
}

func newWriter(seed uint64, wild bool) writer {
	return writer{Rand: rand.New(rand.NewPCG(seed, 7)), wild: wild}
}

// chance returns true with a probability of 1/n if the writer is wild.
func (w *writer) chance(n int) bool { return w.wild && w.IntN(n) == 0 }

// one returns one of the values.
func one[T any](w *writer, values ...T) T { return values[w.IntN(len(values))] }

// token writes s, sometimes with white space before it.
func (w *writer) token(s string) {
	for w.chance(25) {
		w.buf = append(w.buf, one(w, " ", "\t", "\n", "\r")...)
	}
	w.buf = append(w.buf, s...)
}

// string writes a string.
func (w *writer) string(s string) {
	w.token(`"`)
	escapes := w.chance(6)
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			w.buf = append(w.buf, '\\', byte(r))
		case r < ' ' || escapes && w.IntN(4) == 0:
			w.escape(r)
		default:
			w.buf = utf8.AppendRune(w.buf, r)
		}
		if w.chance(250) {
			w.trouble()
		}
	}
	w.buf = append(w.buf, '"')
}

// escape writes r as an escape, in one of the possible notations.
func (w *writer) escape(r rune) {
	if short := strings.IndexRune("\b\f\n\r\t/", r); short >= 0 && w.IntN(2) == 0 {
		w.buf = append(w.buf, '\\', "bfnrt/"[short])
		return
	}
	if r > 0xffff {
		r -= 0x10000
		w.buf = fmt.Appendf(w.buf, `\u%04x\u%04X`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		return
	}
	w.buf = fmt.Appendf(w.buf, one(w, `\u%04x`, `\u%04X`), r)
}

// trouble writes content that JSON allows in a string but that is not valid text.
func (w *writer) trouble() {
	w.buf = append(w.buf, one(w,
		`\ud800`, `\udfff`, `\ud83d\u0041`, `\ude00\ud83d`, `\ud83d\ud83d\ude00`, // Halves of a pair.
		"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", // Not UTF-8.
		`\u0000`, "\u2028", "\ufffd", `\/`, "\x7f", "<&>",
	)...)
}

// text returns a string of n characters.
func (w *writer) text(n int) string {
	var b strings.Builder
	for range n {
		switch w.IntN(12) {
		case 0:
			b.WriteRune(one(w, 'é', 'ß', '中', '😀', '\u00a0', '\u2029', '\uffff'))
		case 1:
			b.WriteRune(one(w, '"', '\\', '/', '\n', '\t', '<', '\'', 0, 0x1f, 0x7f))
		default:
			b.WriteRune(rune(' ' + w.IntN('~'-' ')))
		}
	}
	return b.String()
}

// oddNumber returns a number that few Go types can hold, or an unusual notation of a
// number.
func (w *writer) oddNumber() string {
	return one(w,
		"1.0", "1e3", "-0", "-0.0", "0e0", "1E+2", "100e-2", "0.1e1", "1e-1", "1.5",
		"1e400", "-1e400", "1e-400", "5e-324", "1e308", "0.1000000000000000055511151231257827",
		"9223372036854775807", "9223372036854775808", "-9223372036854775809", "9007199254740993",
		"123456789012345678901234567890", "1e18", "1e19", "0.30000000000000004", "0e99999999999",
		"1e99999999999", "12345678901234567890e-19", "3.0000000000000000000000001",
	)
}

// oddBase64 returns base64 that no encoder writes, or text that is not base64.
func (w *writer) oddBase64() string {
	return one(w,
		"AAAA\nAAAA", "AA\r\nAA", "AAA", "AA", "A", "AB==", "AAB=", "AA=A", "====", "=",
		"AA==AA==", "AAAA AAAA", "a-_b", "AA==\n", "\nAAAA", "AAA\u0100", "QUJD*", "AAAAA",
	)
}

// anything writes a value of any kind.
func (w *writer) anything(depth int) {
	kind := w.IntN(8)
	if depth <= 0 && kind > 5 {
		kind -= 4
	}
	switch kind {
	case 0:
		w.token("null")
	case 1:
		w.token(one(w, "true", "false"))
	case 2, 3:
		w.token(one(w, "0", "1", "-7", "24000", w.oddNumber()))
	case 4, 5:
		w.string(one(w, "", "auto", "text", w.text(w.IntN(9)), w.oddBase64()))
	case 6:
		w.token("[")
		for i := range w.IntN(4) {
			if i > 0 {
				w.token(",")
			}
			w.anything(depth - 1)
		}
		w.token("]")
	case 7:
		w.token("{")
		for i := range w.IntN(4) {
			if i > 0 {
				w.token(",")
			}
			w.string(one(w, "type", "id", "a", "", w.text(3)))
			w.token(":")
			w.anything(depth - 1)
		}
		w.token("}")
	}
}

// deep writes a value that is nested n levels deep.
func (w *writer) deep(n int) {
	open := one(w, "[", `{"type":`, `{"a":1,"a":`)
	w.buf = append(w.buf, strings.Repeat(open, n)...)
	w.buf = append(w.buf, "1"...)
	end := "]"
	if open != "[" {
		end = "}"
	}
	w.buf = append(w.buf, strings.Repeat(end, n)...)
}

// damage returns data with a small change somewhere.
func (w *writer) damage(data []byte) []byte {
	at := w.IntN(len(data) + 1)
	end := min(at+w.IntN(12), len(data))
	switch w.IntN(4) {
	case 0: // Remove something.
		return slices.Concat(data[:at], data[end:])
	case 1: // Repeat something.
		return slices.Concat(data[:end], data[at:])
	case 2: // Insert something.
		token := one(w, `"`, `\`, "{", "}", "[", "]", ",", ":", "null", "0", "-", ".", "e9", `\u`, "\x00", "\xff", "\n", `"type":`, `,"type":"error"`)
		return slices.Concat(data[:at], []byte(token), data[at:])
	default: // Copy a part to another position.
		to := w.IntN(len(data) + 1)
		return slices.Concat(data[:to], data[at:end], data[to:])
	}
}
