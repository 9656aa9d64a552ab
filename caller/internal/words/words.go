// Package words compares texts by their words, without case and punctuation.
package words

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Of returns the words of a text in lower case, without punctuation.
func Of(text string) []string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\'' || r == '’':
			return -1
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			return unicode.ToLower(r)
		}
		return ' '
	}, text)
	return strings.Fields(text)
}

// Errors returns the least number of words of got to change, add and remove so that it is
// want.
func Errors(want, got []string) int { return distance(want, got, false) }

// Missing is [Errors] with the part of text that is most like want.
func Missing(want, text []string) int { return distance(want, text, true) }

// distance is the edit distance in words. With part set, what stands in front of and behind
// the best part of got costs nothing.
func distance(want, got []string, part bool) int {
	// row[j] is the distance of the first i words of want from those of got that end at j.
	row := make([]int, len(got)+1)
	if !part {
		for j := range row {
			row[j] = j
		}
	}
	for i, w := range want {
		diagonal := row[0]
		row[0] = i + 1
		for j, g := range got {
			change := diagonal
			if w != g {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	best := row[len(got)]
	if part {
		for _, d := range row {
			best = min(best, d)
		}
	}
	return best
}

// Part returns the beginning of a text of which the share was heard, to the last whole
// word.
func Part(text string, share float64) string {
	if share >= 1 {
		return text
	}
	n := int(share * float64(utf8.RuneCountInString(text)))
	heard, last := 0, 0
	for i, r := range text {
		if heard == n {
			if unicode.IsSpace(r) {
				last = i
			}
			break
		}
		if unicode.IsSpace(r) {
			last = i
		}
		heard++
	}
	return text[:last]
}
