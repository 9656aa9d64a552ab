package wire

// maxDepth is the deepest nesting of arrays and objects, as in encoding/json.
const maxDepth = 10_000

// skip returns the offset after the value at pos; white space may precede the value. If
// the text is not JSON, reason is set and end is the offset of the offending byte. The
// depth is the number of levels already open.
func skip(data []byte, pos, depth int) (end int, reason string) {
	pos = space(data, pos)
	if pos >= len(data) {
		return pos, reasonEnd
	}
	if c := data[pos]; c != '{' && c != '[' {
		return skipScalar(data, pos)
	}
	return skipNested(data, pos, depth)
}

// levelsAtOnce is the number of open containers that one call of skipNested tracks, one
// bit for each. It calls itself for deeper ones, so that hostile nesting uses little
// memory.
const levelsAtOnce = 64

// skipNested is skip for an array or object that begins at pos. It has fast paths for
// text without white space and leaves the rest to the functions that it calls.
func skipNested(data []byte, pos, depth int) (end int, reason string) {
	var (
		objects uint64 // One bit for each open container, the innermost lowest: set if it is an object.
		level   int
		closing byte // The bracket that closes the innermost container.
	)
	for {
		if pos >= len(data) || data[pos] <= ' ' {
			if pos = space(data, pos); pos >= len(data) {
				return pos, reasonEnd
			}
		}
		switch c := data[pos]; {
		case c == '"':
			if end = plain(data, pos+1); end < len(data) && data[end] == '"' {
				pos = end + 1
			} else if pos, _, reason = skipSpecial(data, end); reason != "" {
				return pos, reason
			}
		case c != '{' && c != '[':
			if pos, reason = skipScalar(data, pos); reason != "" {
				return pos, reason
			}
		case depth+level >= maxDepth:
			return pos, reasonDepth
		case level == levelsAtOnce:
			if pos, reason = skipNested(data, pos, depth+level); reason != "" {
				return pos, reason
			}
		default:
			// '{'+2 == '}' and '['+2 == ']'.
			objects, closing = objects<<1, c+2
			if c == '{' {
				objects |= 1
			}
			level++
			if pos++; pos >= len(data) || data[pos] <= ' ' {
				pos = space(data, pos)
			}
			if pos >= len(data) || data[pos] != closing {
				if closing == '}' {
					if pos, reason = skipName(data, pos); reason != "" {
						return pos, reason
					}
				}
				continue
			}
		}
		// After a value: close the containers that end here; a comma must follow.
		for {
			if level == 0 {
				return pos, ""
			}
			if pos >= len(data) || data[pos] <= ' ' {
				if pos = space(data, pos); pos >= len(data) {
					return pos, reasonEnd
				}
			}
			if data[pos] != closing {
				break
			}
			pos++
			level--
			objects >>= 1
			closing = ']' + byte(objects&1)*('}'-']')
		}
		switch {
		case data[pos] != ',' && closing == '}':
			return pos, reasonMember
		case data[pos] != ',':
			return pos, reasonElement
		case closing == '}':
			if pos, reason = skipName(data, pos+1); reason != "" {
				return pos, reason
			}
		default:
			pos++
		}
	}
}

// skipName steps over a member's name and colon, and the white space around.
func skipName(data []byte, pos int) (next int, reason string) {
	if pos < len(data) && data[pos] == '"' {
		if end := plain(data, pos+1); endsName(data, end) {
			return end + 2, ""
		}
	}
	if pos = space(data, pos); pos >= len(data) {
		return pos, reasonEnd
	}
	if data[pos] != '"' {
		return pos, reasonName
	}
	if pos, _, reason = skipString(data, pos+1); reason != "" {
		return pos, reason
	}
	return colon(data, pos)
}

// skipScalar steps over a value that is neither an array nor an object.
func skipScalar(data []byte, pos int) (end int, reason string) {
	switch data[pos] {
	case '"':
		end, _, reason = skipString(data, pos+1)
		return end, reason
	case 't':
		return skipLiteral(data, pos, "true")
	case 'f':
		return skipLiteral(data, pos, "false")
	case 'n':
		return skipLiteral(data, pos, "null")
	default:
		return skipNumber(data, pos)
	}
}

// space returns the offset of the first byte at or after pos that is not white space.
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

// skipNumber returns the offset after the number at pos. It does not check what
// follows: "01" is the number 0, followed by a stray 1.
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

// endsName reports whether a member's name ends at end and no white space surrounds its
// colon, so that the value starts at end+2.
func endsName(data []byte, end int) bool {
	return end+2 < len(data) && data[end] == '"' && data[end+1] == ':' && data[end+2] > ' '
}

// colon steps over the colon after a name and the white space around it. It checks that
// a value follows, but not which.
func colon(data []byte, pos int) (int, string) {
	if pos = space(data, pos); pos >= len(data) {
		return pos, reasonEnd
	}
	if data[pos] != ':' {
		return pos, reasonColon
	}
	if pos = space(data, pos+1); pos >= len(data) {
		return pos, reasonEnd
	}
	return pos, ""
}
