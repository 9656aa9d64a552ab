package wire

import (
	"bytes"
	stdbase64 "encoding/base64"
	"slices"

	decbase64 "github.com/segmentio/asm/base64"

	"github.com/voicelane/realtime-go/internal/base64"
)

// Base64 reads a string of base64 text and returns its bytes, in the memory of
// dst if that is large enough. The result is never nil unless there is a
// mismatch. What encoding/base64's StdEncoding accepts is accepted, line breaks
// included.
func (d *Decoder) Base64(dst []byte) []byte {
	if cap(dst) == 0 && d.buffer != nil {
		dst, d.buffer = d.buffer, nil
	}
	pos := space(d.data, d.pos)
	if pos >= len(d.data) || d.data[pos] != '"' {
		d.flags |= flagMismatch
		return nil
	}
	text := d.data[pos+1:]
	n := bytes.IndexByte(text, '"')
	if n < 0 {
		d.quoted() // It finds what is wrong and where.
		return nil
	}
	if out, exact, ok := decodeFast(dst, text[:n]); ok {
		d.pos = pos + n + 2
		if !exact {
			d.flags |= flagInexact
		}
		return out
	}
	return d.base64Slow(dst)
}

// UseBuffer gives the memory that the next [Decoder.Base64] without memory of
// its own may use.
func (d *Decoder) UseBuffer(buf []byte) { d.buffer = buf }

// room returns n bytes, in the memory of dst if that is large enough.
func room(dst []byte, n int) []byte {
	if cap(dst) >= n && dst != nil {
		return dst[:n]
	}
	return make([]byte, n)
}

// decodeFast decodes text that has no escapes or line breaks, which the length
// of the result proves: a byte that the decoder left out would be missing in
// it. It reports false in ok if text is not of that form. Whether the error of
// the decoder is right does not matter, nor where it saw it.
func decodeFast(dst, text []byte) (out []byte, exact, ok bool) {
	size := len(text)
	if size%4 != 0 {
		return nil, false, false
	}
	want, exact := size/4*3, true
	if size > 0 && text[size-1] == '=' {
		want--
		last, unused := text[size-2], byte(0x3)
		if last == '=' {
			want--
			last, unused = text[size-3], 0xf
		}
		exact = sextet(last)&unused == 0
	}
	out = room(dst, want)
	n, err := decbase64.StdEncoding.Decode(out, text)
	return out, exact, err == nil && n == want
}

// sextet returns the six bits that a character of the base64 alphabet stands
// for.
func sextet(c byte) byte {
	switch {
	case 'A' <= c && c <= 'Z':
		return c - 'A'
	case 'a' <= c && c <= 'z':
		return c - 'a' + 26
	case '0' <= c && c <= '9':
		return c - '0' + 52
	case c == '/':
		return 63
	default: // A plus, or the decoder refuses the text.
		return 62
	}
}

// base64Slow decodes any string, and is the judge of those that decodeFast
// refuses.
func (d *Decoder) base64Slow(dst []byte) []byte {
	offset := d.pos
	start, end, found := d.quoted()
	if start < 0 {
		return nil
	}
	text := resolve(d.data[start:end], found)
	out := room(dst, stdbase64.StdEncoding.DecodedLen(len(text)))
	n, err := stdbase64.StdEncoding.Decode(out, text)
	if err != nil {
		d.pos = offset
		d.flags |= flagMismatch
		return nil
	}
	out = out[:n]
	if string(stdbase64.StdEncoding.AppendEncode(nil, out)) != string(text) {
		d.flags |= flagInexact
	}
	return out
}

// appendBase64 appends the base64 text of src as a JSON string.
func appendBase64(dst, src []byte) []byte {
	start, size := len(dst)+1, base64.EncodedLen(len(src))
	end := start + size
	dst = slices.Grow(dst, size+2)[:end+1]
	dst[start-1], dst[end] = '"', '"'
	base64.Encode(dst[start:end], src)
	return dst
}
