package wire

import (
	"bytes"
	stdbase64 "encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// longest is the greatest length that the tests try. It covers the vector lengths of
// all processors.
const longest = 300

// guard lies before and after the memory that a function may write to.
var guard = bytes.Repeat([]byte{'#'}, 64)

// fenced returns an empty slice with capacity for n bytes between two guards, and a
// func that reports whether both guards are unchanged.
func fenced(n int) (dst []byte, whole func() bool) {
	all := bytes.Clone(bytes.Join([][]byte{guard, make([]byte, n), guard}, nil))
	start, end := len(guard), len(guard)+n
	return all[start:start:end], func() bool {
		return bytes.Equal(all[:start], guard) && bytes.Equal(all[end:], guard)
	}
}

// noise returns n bytes with few repetitions.
func noise(n int) []byte {
	out := make([]byte, n)
	x := uint32(n) + 1
	for i := range out {
		x = x*1664525 + 1013904223
		out[i] = byte(x >> 24)
	}
	return out
}

// judged reads a JSON string of base64 with the standard library. The text is nil if
// quoted is not JSON, and data is nil if the text is not base64.
func judged(quoted []byte) (text *string, data []byte) {
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return nil, nil
	}
	data, err := stdbase64.StdEncoding.DecodeString(s)
	if err != nil {
		return &s, nil
	}
	return &s, data
}

// checkQuotedBase64 compares the decoding of one JSON string of base64 with the
// standard library's, for each capacity of the destination that takes another path.
func checkQuotedBase64(t *testing.T, quoted []byte) {
	t.Helper()
	text, want := judged(quoted)
	for _, room := range []int{0, len(want), len(want) + 1, len(want) + 7, len(quoted)} {
		dst, whole := fenced(room)
		input := bytes.Clone(quoted)
		d := NewDecoder(input)
		got := d.Base64(dst)
		inexact := d.flags&flagInexact != 0
		err := d.End()
		if string(input) != string(quoted) || !whole() {
			require.FailNow(t, "wrote outside the buffer", "%q, room for %d", quoted, room)
		}
		// The Decoder may return data before it finds that the document is not JSON.
		if (err == nil) != (want != nil) || text != nil && (!bytes.Equal(got, want) || (got == nil) != (want == nil)) {
			require.FailNow(t, "differs from the standard library", "%q: %x, %v, want %x", quoted, got, err, want)
		}
		if want != nil && inexact != (stdbase64.StdEncoding.EncodeToString(want) != *text) {
			require.FailNow(t, "wrong flagInexact", "%q", quoted)
		}
	}
}

func quote(text string) []byte { return []byte(`"` + text + `"`) }

// TestBase64AtEveryLength decodes and encodes bytes of every length: with padding,
// without, with too much, and with line breaks.
func TestBase64AtEveryLength(t *testing.T) {
	t.Parallel()
	for n := range longest + 1 {
		data := noise(n)
		text := stdbase64.StdEncoding.EncodeToString(data)
		bare := strings.TrimRight(text, "=")
		for _, s := range []string{
			text, bare, bare + "=", bare + "==", text + "=", text + "====", text + "A", text + "AAAA", text[:len(text)/2],
			text + `\n`, text + `\r\n`, `\n` + text, bare + `\n` + text[len(bare):], text[:len(text)/2] + `\n` + text[len(text)/2:],
			text[:len(text)/3] + `\r\n\r\n` + text[len(text)/3:], strings.ReplaceAll(text, "/", `\/`), strings.ReplaceAll(text, "A", `\u0041`),
		} {
			checkQuotedBase64(t, quote(s))
		}
		checkAppend(t, data, text)
	}
}

// checkAppend appends base64 text to a non-empty buffer of exact, larger and smaller
// capacity.
func checkAppend(t *testing.T, data []byte, text string) {
	t.Helper()
	for _, room := range []int{1, len(text), len(text) + 2, len(text) + 3, len(text) + 40} {
		dst, whole := fenced(room)
		out := appendBase64(append(dst, '>'), data)
		require.Equal(t, `>"`+text+`"`, string(out))
		require.True(t, whole(), "wrote outside the buffer: %d bytes, room for %d", len(data), room)
	}
}

// TestBase64WithABadByte puts each byte value at each position of a text that fills
// several vectors. It also puts byte values that faulty decoders have accepted at each
// position of texts of every length.
func TestBase64WithABadByte(t *testing.T) {
	t.Parallel()
	text := stdbase64.StdEncoding.EncodeToString(noise(132))
	for at := range text {
		for c := range 256 {
			changed := quote(text)
			changed[at+1] = byte(c)
			checkQuotedBase64(t, changed)
		}
	}
	step := 1
	if testing.Short() || raceEnabled {
		step = 7
	}
	bad := []byte("\x80\xff\xc1=-_ *\x00\n`{@[.:")
	for n := 4; n <= longest; n++ {
		text := strings.Repeat(text, 2)[:n]
		for at := n % step; at < n; at += step {
			changed := quote(text)
			changed[at+1] = bad[(at+n)%len(bad)]
			checkQuotedBase64(t, changed)
		}
	}
}

// TestStringsAtEveryPlace puts escapes and special bytes at each position of strings of
// every length.
func TestStringsAtEveryPlace(t *testing.T) {
	t.Parallel()
	pieces := []string{
		``, `\n`, `\"`, `\\`, `\/`, `\u0041`, `\u00e9`, `\ud83d\ude00`, `\ud800`, `\udc00`, `\ud83d\u0041`, `\ud800\ud83d\ude00`, `\u0000`,
		"é", "€", "😀", "\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\u2028", "\x7f",
		"\x00", "\x01", "\n", "\x1f", `"`, `\`, `\x`, `\u`, `\u12`, `\u12g4`, `\U0041`, `\'`, `\ud83d\u`,
	}
	plain := strings.Repeat("abcdefghijklmnopqrstuvwxyz,:{}[]", longest/32+1)
	for n := range longest {
		for at := 0; at <= n; at += 1 + n/40 {
			for i, piece := range pieces {
				if n > 40 && i%5 != (n+at)%5 {
					continue // Each length is tested with every piece, at several positions.
				}
				checkString(t, quote(plain[:at]+piece+plain[at:n]))
			}
		}
	}
}

// checkString compares the decoding of one string with encoding/json, as a document, as
// a member's value and as a name.
func checkString(t *testing.T, quoted []byte) {
	t.Helper()
	var want string
	valid := json.Unmarshal(quoted, &want) == nil
	d := NewDecoder(quoted)
	got := d.String()
	if err := d.End(); (err == nil) != valid || valid && got != want {
		require.FailNow(t, "differs from encoding/json", "%q: %q, %v, want %q", quoted, got, err, want)
	}
	for _, text := range [][]byte{
		bytes.Join([][]byte{[]byte(`{"id":`), quoted, []byte(`}`)}, nil),
		bytes.Join([][]byte{[]byte(`{`), quoted, []byte(`:1,"id":"x"}`)}, nil),
	} {
		if _, err := decodeSample(text); (err == nil) != json.Valid(text) {
			require.FailNow(t, "differs from encoding/json", "%q: %v", text, err)
		}
	}
}
