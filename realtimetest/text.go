package realtimetest

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/voicelane/realtime-go/gen/api"
)

// words splits text after its spaces. The pieces joined are the text.
func words(text string) []string {
	if text == "" {
		return nil
	}
	return strings.SplitAfter(text, " ")
}

// pieces splits text into short deltas between characters.
func pieces(text string) []string {
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

// obfuscation returns the padding with which the API hides the length of a delta.
func obfuscation(delta string) string {
	const size, filler = 16, "aZ3kQ9mXw2Lr7Tb5"
	return filler[:size-len(delta)%size]
}

// speakingTime returns the approximate duration of text when spoken.
func speakingTime(text string) time.Duration {
	return 300*time.Millisecond + time.Duration(utf8.RuneCountInString(text))*60*time.Millisecond
}

// quoted returns text as a JSON string.
func quoted(text string) []byte {
	b, err := json.Marshal(text)
	if err != nil {
		return nil
	}
	return b
}

// nullable returns text as a member that is null if it is empty.
func nullable(text string) api.Nullable[string] {
	if text == "" {
		return api.NullOf[string]()
	}
	return api.Value(text)
}
