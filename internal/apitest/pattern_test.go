package apitest

import (
	"regexp/syntax"
	"strings"
)

// matching returns a text that matches a regular expression, the same one on each call.
func matching(pattern string) string {
	w := newWriter(seedOf(pattern), false)
	return w.matching(pattern)
}

// matching returns a random text that matches a regular expression.
func (w *writer) matching(pattern string) string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		panic(err) // The specification's own tests compile the pattern.
	}
	var b strings.Builder
	w.match(&b, re.Simplify())
	return b.String()
}

func (w *writer) match(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		// Pairs of elements are the bounds of ranges.
		i := w.IntN(len(re.Rune)/2) * 2
		b.WriteRune(re.Rune[i] + w.Int32N(min(re.Rune[i+1]-re.Rune[i], 50)+1))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('x')
	case syntax.OpAlternate:
		w.match(b, one(w, re.Sub...))
	case syntax.OpStar, syntax.OpQuest:
		if w.IntN(2) == 0 {
			w.match(b, re.Sub[0])
		}
	default: // A group, a sequence, a repetition, or an anchor, which matches the empty text.
		for _, sub := range re.Sub {
			w.match(b, sub)
		}
	}
}
