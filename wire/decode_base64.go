package wire

import (
	"bytes"
	"encoding/base64"

	simdbase64 "github.com/segmentio/asm/base64"
)

// Base64 reads a string of base64 text and returns its bytes. It uses the memory of dst
// if that is large enough. The result is nil only on a mismatch. Base64 accepts the
// same text as the StdEncoding of encoding/base64, including line breaks.
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
		d.quoted() // quoted records the error.
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

// UseBuffer sets the memory for the next call of [Decoder.Base64] whose dst has no
// capacity. It is used once.
func (d *Decoder) UseBuffer(buf []byte) { d.buffer = buf }

// room returns n bytes in the memory of dst, if that is large enough, or in new memory.
func room(dst []byte, n int) []byte {
	if cap(dst) >= n && dst != nil {
		return dst[:n]
	}
	return make([]byte, n)
}

// decodeFast decodes text without escapes and line breaks. It relies on the length of
// the result: a byte that the decoder skipped would be missing in it. It returns ok
// false if text is not of that form. The decoder's error is only compared with nil, so
// its text and offset do not matter.
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
	n, err := simdbase64.StdEncoding.Decode(out, text)
	return out, exact, err == nil && n == want
}

// sextet returns the six bits that a character of the base64 alphabet encodes.
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
	default: // '+', or a byte that the decoder rejects.
		return 62
	}
}

// base64Slow decodes any string, and decides whether text that decodeFast rejects is
// valid.
func (d *Decoder) base64Slow(dst []byte) []byte {
	offset := d.pos
	start, end, found := d.quoted()
	if start < 0 {
		return nil
	}
	text := resolve(d.data[start:end], found)
	out := room(dst, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(out, text)
	if err != nil {
		d.pos = offset
		d.flags |= flagMismatch
		return nil
	}
	out = out[:n]
	if string(base64.StdEncoding.AppendEncode(nil, out)) != string(text) {
		d.flags |= flagInexact
	}
	return out
}
