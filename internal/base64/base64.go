// Package base64 encodes base64 in the standard alphabet with padding, with vector
// instructions where the processor has them. Its output equals that of
// encoding/base64's StdEncoding.
package base64

import "encoding/base64"

// EncodedLen returns the length of the base64 text of n bytes.
func EncodedLen(n int) int { return base64.StdEncoding.EncodedLen(n) }

// Encode writes the base64 text of src to dst. It requires len(dst) ==
// EncodedLen(len(src)).
func Encode(dst, src []byte) {
	_ = dst[:EncodedLen(len(src))]
	encode(dst, src)
}
