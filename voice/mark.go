package voice

import (
	"strconv"
	"strings"
)

// Mark is a place in played sound. The sender of the sound makes marks; a line only
// transmits them. 0 is no mark.
//
// The upper 32 bits are a generation, from 1, that grows with every clear of the line; the
// lower 32 bits count the marks of the generation.
type Mark uint64

func newMark(generation, number uint32) Mark { return Mark(generation)<<32 | Mark(number) }

func (m Mark) generation() uint32 { return uint32(m >> 32) }
func (m Mark) number() uint32     { return uint32(m) } //nolint:gosec // The upper bits are the generation.

// markPrefix tells our marks from those that other programs put on the same stream.
const markPrefix = "m"

// String returns the mark's name on a transport: at most 24 letters, digits and "-".
func (m Mark) String() string {
	b := make([]byte, 0, 24)
	b = append(b, markPrefix...)
	b = strconv.AppendUint(b, uint64(m.generation()), 10)
	b = append(b, '-')
	return string(strconv.AppendUint(b, uint64(m.number()), 10))
}

// ParseMark returns the mark with that name. ok is false for any other text.
func ParseMark(s string) (m Mark, ok bool) {
	rest, ours := strings.CutPrefix(s, markPrefix)
	first, second, split := strings.Cut(rest, "-")
	generation, err1 := strconv.ParseUint(first, 10, 32)
	number, err2 := strconv.ParseUint(second, 10, 32)
	m = newMark(uint32(generation), uint32(number))
	// One mark has one name: no leading zeros.
	if !ours || !split || err1 != nil || err2 != nil || generation == 0 || m.String() != s {
		return 0, false
	}
	return m, true
}
