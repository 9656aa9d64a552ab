// Package transcript finds the place in the words of speech that a length of its sound
// has reached.
package transcript

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// fastestSpeech is the number of characters that a voice says in a second at most.
const fastestSpeech = 20

// Split splits the transcript of sound at what was heard of it, before the word at
// that place. The words are taken to be spoken evenly. While the sound is not complete,
// its transcript may run ahead of it, so that the speed of speech bounds what was said.
func Split(text string, heard, received time.Duration, complete bool) (said, unsaid string) {
	if heard <= 0 || received <= 0 || text == "" {
		return "", text
	}
	total := utf8.RuneCountInString(text)
	n := int(int64(total) * heard.Milliseconds() / max(received.Milliseconds(), 1))
	if !complete {
		n = min(n, int(fastestSpeech*heard/time.Second))
	}
	if n >= total {
		return text, ""
	}
	end := len(text)
	for i := range text {
		if n == 0 {
			end = i
			break
		}
		n--
	}
	next, _ := utf8.DecodeRuneInString(text[end:])
	if !unicode.IsSpace(next) {
		// Languages without spaces are cut anywhere.
		if space := strings.LastIndexFunc(text[:end], unicode.IsSpace); space >= 0 || strings.ContainsFunc(text, unicode.IsSpace) {
			end = max(space, 0)
		}
	}
	return text[:end], text[end:]
}
