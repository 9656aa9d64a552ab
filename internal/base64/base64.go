// Package base64 encodes in the standard alphabet, padded, as fast as the
// processor can. What it writes is what encoding/base64's StdEncoding writes.
package base64

import "encoding/base64"

// EncodedLen returns the length of the text of n bytes.
func EncodedLen(n int) int { return base64.StdEncoding.EncodedLen(n) }

// Encode writes the text of src to dst, whose length must be that of the text.
func Encode(dst, src []byte) {
	_ = dst[:EncodedLen(len(src))]
	encode(dst, src)
}
