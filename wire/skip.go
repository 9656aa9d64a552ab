package wire

import (
	"encoding/binary"
	"math/bits"
)

// maxDepth is how deep arrays and objects may nest, the limit of encoding/json.
const maxDepth = 10_000

// scanner steps over JSON values and checks their grammar. It decodes nothing
// and holds two bits of memory for each level, so hostile nesting costs little.
type scanner struct {
	data   []byte
	pos    int
	reason string // Why the text at pos is not JSON, or "".
	level  int
	// kinds has a bit for each open level, set when it is an object. The first
	// levels have their place in few.
	kinds []uint64
	few   [2]uint64
}

func (s *scanner) fail(reason string) {
	if s.pos >= len(s.data) {
		s.pos, reason = len(s.data), reasonEnd
	}
	if s.reason == "" {
		s.reason = reason
	}
}

func (s *scanner) inObject() bool {
	i := s.level - 1
	return s.kindWord(i)&(1<<(i%64)) != 0
}

func (s *scanner) kindWord(i int) uint64 {
	if i < 64*len(s.few) {
		return s.few[i/64]
	}
	return s.kinds[i/64-len(s.few)]
}

func (s *scanner) push(object bool) {
	i := s.level
	s.level++
	word := &s.few[0]
	switch {
	case i < 64*len(s.few):
		word = &s.few[i/64]
	default:
		i -= 64 * len(s.few)
		if i/64 == len(s.kinds) {
			s.kinds = append(s.kinds, 0)
		}
		word = &s.kinds[i/64]
	}
	*word &^= 1 << (i % 64)
	if object {
		*word |= 1 << (i % 64)
	}
}

// skip returns the offset behind the value at pos, which may have white space
// before it. If the text is not JSON, reason is set and the offset is that of
// the offending byte. depth is the number of levels already open.
func skip(data []byte, pos, depth int) (end int, reason string) {
	pos = space(data, pos)
	if pos < len(data) && data[pos] == '"' {
		end, _, reason = skipString(data, pos+1)
		return end, reason
	}
	s := scanner{data: data, pos: pos}
	for s.reason == "" {
		if s.value(depth) {
			continue
		}
		for s.reason == "" && s.level > 0 && !s.separator() {
			s.level--
		}
		if s.level == 0 {
			break
		}
	}
	return s.pos, s.reason
}

// value steps over a scalar or an empty container, or opens a container and
// reports true: its first value is next.
func (s *scanner) value(depth int) (opened bool) {
	s.pos = space(s.data, s.pos)
	if s.pos >= len(s.data) {
		s.fail(reasonEnd)
		return false
	}
	switch c := s.data[s.pos]; c {
	case '"':
		s.pos, _, s.reason = skipString(s.data, s.pos+1)
	case '{', '[':
		return s.open(depth, c == '{')
	case 't':
		s.literal("true")
	case 'f':
		s.literal("false")
	case 'n':
		s.literal("null")
	default:
		s.pos, s.reason = skipNumber(s.data, s.pos)
	}
	return false
}

func (s *scanner) literal(word string) {
	s.pos, s.reason = skipLiteral(s.data, s.pos, word)
}

func (s *scanner) open(depth int, object bool) bool {
	if depth+s.level >= maxDepth {
		s.fail(reasonDepth)
		return false
	}
	s.pos = space(s.data, s.pos+1)
	closing := byte(']')
	if object {
		closing = '}'
	}
	if s.pos < len(s.data) && s.data[s.pos] == closing {
		s.pos++
		return false
	}
	s.push(object)
	if object {
		s.name()
	}
	return s.reason == ""
}

// name steps over a member's name and colon.
func (s *scanner) name() {
	s.pos = space(s.data, s.pos)
	if s.pos >= len(s.data) || s.data[s.pos] != '"' {
		s.fail(reasonName)
		return
	}
	s.pos, _, s.reason = skipString(s.data, s.pos+1)
	if s.reason != "" {
		return
	}
	s.pos = space(s.data, s.pos)
	if s.pos >= len(s.data) || s.data[s.pos] != ':' {
		s.fail(reasonColon)
		return
	}
	s.pos++
}

// separator steps over the comma behind a value, and the name behind that, and
// reports true; or over the end of the container and reports false.
func (s *scanner) separator() bool {
	object := s.inObject()
	s.pos = space(s.data, s.pos)
	if s.pos >= len(s.data) {
		s.fail(reasonEnd)
		return false
	}
	switch c := s.data[s.pos]; {
	case c == ',':
		s.pos++
		if object {
			s.name()
		}
		return true
	case c == '}' && object, c == ']' && !object:
		s.pos++
		return false
	case object:
		s.fail(reasonMember)
	default:
		s.fail(reasonElement)
	}
	return false
}

// space returns the offset of the first byte from pos on that is not white
// space.
func space(data []byte, pos int) int {
	for pos < len(data) && data[pos] <= ' ' {
		switch data[pos] {
		case ' ', '\n', '\r', '\t':
			pos++
		default:
			return pos
		}
	}
	return pos
}

func skipLiteral(data []byte, pos int, word string) (int, string) {
	if len(data)-pos >= len(word) && string(data[pos:pos+len(word)]) == word {
		return pos + len(word), ""
	}
	for i := range len(word) {
		if pos+i >= len(data) {
			return len(data), reasonEnd
		}
		if data[pos+i] != word[i] {
			return pos + i, reasonLiteral
		}
	}
	return pos, reasonLiteral
}

func skipDigits(data []byte, pos int) (int, string) {
	start := pos
	for pos < len(data) && data[pos]-'0' <= 9 {
		pos++
	}
	switch {
	case pos > start:
		return pos, ""
	case pos >= len(data):
		return pos, reasonEnd
	default:
		return pos, reasonNumber
	}
}

// skipNumber returns the offset behind the number at pos. What follows the
// number is not looked at, so that "01" is a number followed by nonsense.
func skipNumber(data []byte, pos int) (end int, reason string) {
	start := pos
	if pos < len(data) && data[pos] == '-' {
		pos++
	}
	if pos < len(data) && data[pos] == '0' {
		pos++
	} else if pos, reason = skipDigits(data, pos); reason != "" {
		if reason == reasonNumber && pos == start {
			reason = reasonValue
		}
		return pos, reason
	}
	if pos < len(data) && data[pos] == '.' {
		if pos, reason = skipDigits(data, pos+1); reason != "" {
			return pos, reason
		}
	}
	if pos < len(data) && data[pos]|0x20 == 'e' {
		pos++
		if pos < len(data) && (data[pos] == '+' || data[pos] == '-') {
			pos++
		}
		return skipDigits(data, pos)
	}
	return pos, ""
}

// What skipString met between the quotes.
const (
	hasEscape   = 1 << iota // A backslash.
	hasNonASCII             // A byte of 0x80 or more, which may be invalid UTF-8.
)

// skipString returns the offset behind the string whose content starts at pos,
// one behind the opening quote.
func skipString(data []byte, pos int) (end, found int, reason string) {
	for {
		var other bool
		pos, other = plain(data, pos)
		if other {
			found |= hasNonASCII
		}
		if pos >= len(data) {
			return len(data), found, reasonEnd
		}
		switch data[pos] {
		case '"':
			return pos + 1, found, ""
		case '\\':
			found |= hasEscape
			if pos, reason = skipEscape(data, pos+1); reason != "" {
				return pos, found, reason
			}
		default:
			return pos, found, reasonString
		}
	}
}

func skipEscape(data []byte, pos int) (int, string) {
	if pos >= len(data) {
		return len(data), reasonEnd
	}
	switch data[pos] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return pos + 1, ""
	case 'u':
		for i := 1; i <= 4; i++ {
			if pos+i >= len(data) {
				return len(data), reasonEnd
			}
			if unhex(data[pos+i]) < 0 {
				return pos + i, reasonEscape
			}
		}
		return pos + 5, ""
	default:
		return pos, reasonEscape
	}
}

const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

// plain returns the offset of the first quote, backslash or control character
// from pos on, and whether bytes of 0x80 or more come before it. It looks at
// eight bytes at a time: in each word a byte's top bit is set if subtracting
// from it borrows. A borrow can spill into later bytes, so only the lowest bit
// is trusted.
func plain(data []byte, pos int) (end int, nonASCII bool) {
	var other uint64
	for len(data)-pos >= 8 {
		w := binary.LittleEndian.Uint64(data[pos:])
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		stop := ((w-ones*0x20)&^w | (quote-ones)&^quote | (slash-ones)&^slash) & tops
		if stop != 0 {
			other |= w & (stop&-stop - 1)
			return pos + bits.TrailingZeros64(stop)/8, other&tops != 0
		}
		other |= w
		pos += 8
	}
	for pos < len(data) {
		c := data[pos]
		if c < 0x20 || c == '"' || c == '\\' {
			break
		}
		other |= uint64(c)
		pos++
	}
	return pos, other&tops != 0
}
