package wire

// Peek returns the content of the first member called name of the object at the cursor,
// without moving the cursor. It returns nil if there is no such member or its value is
// not a string. It may also return nil if the document is not JSON; reading the value
// finds that error. The result is valid as long as the document is.
//
// Peek serves union types. If [Decoder.Redefined] reports that a variant was chosen by
// the first of several constants, [Decoder.PeekLast] returns the one that counts.
func (d *Decoder) Peek(name string) []byte {
	if value := d.first(name); value != nil {
		return value
	}
	return d.peek(name, false)
}

// first is Peek for the common case: the member is the first one, and there is no white
// space or escape up to the end of its value. Otherwise it returns nil.
func (d *Decoder) first(name string) []byte {
	data, start := d.data[d.pos:], len(`{"":"`)+len(name)
	if len(data) <= start || string(data[:2]) != `{"` || string(data[2:2+len(name)]) != name || string(data[2+len(name):start]) != `":"` {
		return nil
	}
	if end := plain(data, start); end < len(data) && data[end] == '"' {
		return data[start:end]
	}
	return nil
}

// PeekLast is [Decoder.Peek] for the last member of that name.
func (d *Decoder) PeekLast(name string) []byte { return d.peek(name, true) }

func (d *Decoder) peek(name string, last bool) (value []byte) {
	data := d.data
	pos := space(data, d.pos)
	if pos >= len(data) || data[pos] != '{' {
		return nil
	}
	for {
		if pos++; pos >= len(data) || data[pos] != '"' {
			if pos = space(data, pos); pos >= len(data) || data[pos] != '"' {
				return value
			}
		}
		var match bool
		start := pos + 1
		if end := plain(data, start); endsName(data, end) {
			match, pos = string(data[start:end]) == name, end+2
		} else {
			end, found, reason := skipString(data, start)
			if reason != "" {
				return value
			}
			match = string(resolve(data[start:end-1], found)) == name
			if pos, reason = colon(data, end); reason != "" {
				return value
			}
		}
		var text []byte // content of the value, if it is a string
		if text, pos = d.pass(pos); pos < 0 {
			return value
		}
		if match {
			if value = text; !last {
				return value
			}
		}
		if pos >= len(data) || data[pos] <= ' ' {
			pos = space(data, pos)
		}
		if pos >= len(data) || data[pos] != ',' {
			return value
		}
	}
}

// pass returns the offset after the value at pos, or a negative number on error. If the
// value is a string, text is its content, which is not nil.
func (d *Decoder) pass(pos int) (text []byte, end int) {
	if d.data[pos] == '"' {
		start := pos + 1
		if end = plain(d.data, start); end < len(d.data) && d.data[end] == '"' {
			return d.data[start:end], end + 1
		}
		end, found, reason := skipSpecial(d.data, end)
		if reason != "" {
			return nil, -1
		}
		return resolve(d.data[start:end-1], found), end
	}
	end, reason := skip(d.data, pos, d.depth+1)
	if reason != "" {
		return nil, -1
	}
	return nil, end
}

// Offset returns the cursor's offset in the document, in bytes.
func (d *Decoder) Offset() int { return d.pos }

// Seek moves the cursor back to an offset that it has had before, at the same nesting
// level, and clears mismatches since then.
func (d *Decoder) Seek(offset int) {
	if d.reason != "" {
		return
	}
	d.pos = offset
	d.flags &^= flagMismatch | flagInexact
}

// Redefined reports whether the object that was decoded last had a constant member that
// differs from its type's constant, even if a later member of the same name corrected
// it. Objects nested inside it do not count.
func (d *Decoder) Redefined() bool { return d.flags&flagRedefined != 0 }

// Repeats reports whether [Decoder.Redefined] was true for any object of this document
// so far. If it is, generated code looks for the last constant at once: otherwise
// nested unions would be read twice on each level, which takes exponential time.
func (d *Decoder) Repeats() bool { return d.flags&flagRepeats != 0 }
