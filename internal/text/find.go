package text

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// gramSize is the length of the pieces of a key that are found by themselves.
const gramSize = 8

// publicPrefixes are the beginnings of keys that everyone knows, the longest first.
var publicPrefixes = []string{"sk-svcacct-", "sk-admin-", "sk-proj-", "sk-None-", "sk-", "ek_"}

// Secret is a text that must not be shown.
type Secret struct {
	Text string
	// Key is set for a credential: pieces of it are secret too. Of other texts, such as
	// the value of a header, only the whole is.
	Key bool
}

// shortest is the length in bytes of the shortest secret that is removed: replacing
// shorter texts would only garble what a peer says.
const shortest = 4

// needle is a secret in the form that the search needs.
type needle struct {
	text  string
	part  string  // what is secret of a key, when that is long enough for pieces
	known int     // length of the public prefix of a key
	key   bool    // pieces count
	grams *filter // of part
}

func newNeedle(s Secret) needle {
	n := needle{text: s.Text, key: s.Key}
	if !s.Key {
		return n
	}
	for _, p := range publicPrefixes {
		if strings.HasPrefix(s.Text, p) {
			n.known = len(p)
			break
		}
	}
	if part := s.Text[n.known:]; len(part) >= gramSize {
		n.part, n.grams = part, newFilter(part)
	}
	return n
}

// filter tells quickly that a piece is not in a text: a Bloom filter of its pieces.
type filter [64]uint64

func newFilter(part string) *filter {
	var f filter
	for i := range len(part) - gramSize + 1 {
		h := hash(part[i : i+gramSize])
		f[h>>6] |= 1 << (h & 63)
	}
	return &f
}

func (f *filter) may(piece string) bool {
	h := hash(piece)
	return f[h>>6]&(1<<(h&63)) != 0
}

// hash returns 12 bits.
func hash(piece string) uint64 {
	_ = piece[gramSize-1]
	v := uint64(piece[0]) | uint64(piece[1])<<8 | uint64(piece[2])<<16 | uint64(piece[3])<<24 |
		uint64(piece[4])<<32 | uint64(piece[5])<<40 | uint64(piece[6])<<48 | uint64(piece[7])<<56
	return v * 0x9e3779b97f4a7c15 >> 52
}

const (
	// maxLayers bounds how often a text is unescaped.
	maxLayers = 6
	// chunkSize is how much of a text is searched at a time: a peer may send much.
	chunkSize = 64 << 10
	// maxEscape is the longest form of a character that is found: \\\\u0073 and the like.
	maxEscape = 16
)

// finder searches texts for secrets.
type finder struct {
	needles []needle
	overlap int // of the chunks of a long text
}

func newFinder(list []Secret) *finder {
	f := &finder{overlap: gramSize * maxEscape}
	for _, secret := range list {
		f.needles = append(f.needles, newNeedle(secret))
		if strings.Contains(secret.Text, " ") {
			// As in the query of a URL.
			secret.Text = strings.ReplaceAll(secret.Text, " ", "+")
			f.needles = append(f.needles, newNeedle(secret))
		}
		f.overlap = max(f.overlap, len(secret.Text)*maxEscape)
	}
	return f
}

// find returns the stretches of a text that hold secrets, in order.
func (f *finder) find(text string) []stretch {
	var found []stretch
	size := max(chunkSize, 2*f.overlap)
	for from := 0; ; from += size - f.overlap {
		to := min(from+size, len(text))
		for _, s := range search(text[from:to], f.needles, to == len(text)) {
			found = append(found, stretch{from + s.from, from + s.to})
		}
		if to == len(text) {
			return merged(found)
		}
	}
}

// search looks for needles in a text and in what it is unescaped. At the end of it a
// needle may be cut.
func search(text string, needles []needle, end bool) []stretch {
	var found []stretch
	var units []int32 // where characters of the text begin, of which some are escapes
	l := layer{text: text}
	for range maxLayers {
		for i := range needles {
			found = l.search(&needles[i], end, found)
		}
		next, changed := l.unescaped()
		if !changed {
			break
		}
		if units == nil {
			units = next.from
		}
		l = next
	}
	for i := range found {
		found[i] = aligned(found[i], units)
	}
	return found
}

// aligned extends a stretch so that it cuts no escape: a JSON text stays one.
func aligned(s stretch, units []int32) stretch {
	if len(units) == 0 {
		return s
	}
	i, exact := slices.BinarySearch(units, int32(s.from)) //nolint:gosec // A chunk is short.
	if !exact && i > 0 {
		i--
	}
	j, _ := slices.BinarySearch(units, int32(s.to)) //nolint:gosec // A chunk is short.
	return stretch{int(units[i]), int(units[min(j, len(units)-1)])}
}

func (l *layer) search(n *needle, end bool, found []stretch) []stretch {
	for at := 0; ; {
		i := strings.Index(l.text[at:], n.text)
		if i < 0 {
			break
		}
		found = append(found, l.at(at+i, at+i+len(n.text)))
		at += i + len(n.text)
	}
	if n.part != "" {
		for i := range max(len(l.text)-gramSize+1, 0) {
			piece := l.text[i : i+gramSize]
			if n.grams.may(piece) && strings.Contains(n.part, piece) {
				found = append(found, l.at(i, i+gramSize))
			}
		}
	}
	if end {
		found = l.searchEnd(n, found)
	}
	return found
}

// broken matches what may stand behind the place where a text was cut: a part of an
// escape, an ellipsis, quotes and brackets.
var broken = regexp.MustCompile(`(?:\\+(?:[ux][0-9a-fA-F]{0,3})?|%(?:25)*[0-9a-fA-F]?|&(?:#?x?[0-9a-zA-Z]{0,6}))?(?:\.\.\.|…|["'\x60)\]}>\s])*$`)

// searchEnd looks for the beginning of a needle at the end of the text.
func (l *layer) searchEnd(n *needle, found []stretch) []stretch {
	for _, end := range []int{len(l.text), broken.FindStringIndex(l.text)[0]} {
		least := max(n.known+1, shortest)
		if !n.key {
			least = gramSize
		}
		for size := min(len(n.text)-1, end); size >= least; size-- {
			if l.text[end-size:end] == n.text[:size] {
				return append(found, l.at(end-size, len(l.text)))
			}
		}
	}
	return found
}

// merged sorts stretches and joins those that touch.
func merged(list []stretch) []stretch {
	slices.SortFunc(list, func(a, b stretch) int { return cmp.Compare(a.from, b.from) })
	var out []stretch
	for _, s := range list {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}
