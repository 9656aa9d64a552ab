// Package delta cuts text into the deltas of a response.
package delta

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Words splits text after its spaces. The pieces joined are the text.
func Words(text string) []string {
	if text == "" {
		return nil
	}
	return strings.SplitAfter(text, " ")
}

// Pieces splits text into short deltas between characters.
func Pieces(text string) []string {
	const size = 12
	var out []string
	for len(text) > size {
		n := size
		for !utf8.RuneStart(text[n]) {
			n--
		}
		out = append(out, text[:n])
		text = text[n:]
	}
	return append(out, text)
}

// Obfuscation returns the padding with which the API hides the length of a delta.
func Obfuscation(delta string) string {
	const size, filler = 16, "aZ3kQ9mXw2Lr7Tb5"
	return filler[:size-len(delta)%size]
}

// SpeakingTime returns the approximate duration of text when spoken.
func SpeakingTime(text string) time.Duration {
	return 300*time.Millisecond + time.Duration(utf8.RuneCountInString(text))*60*time.Millisecond
}
