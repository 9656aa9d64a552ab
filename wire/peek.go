package wire

// Peek returns the content of the string that is the first member called name
// of the object at the cursor, without moving. It returns nil if there is no
// such member or it is not a string, and may do so if the document is not JSON,
// which reading it will show. The result is valid as long as the document is.
//
// It is for union types: where a constant told a variant that it was chosen
// wrongly, see [Decoder.Redefined], the member came twice and
// [Decoder.PeekLast] tells the one that counts.
func (d *Decoder) Peek(name string) []byte {
	if value := d.first(name); value != nil {
		return value
	}
	return d.peek(name, false)
}

// first is Peek for the common case that the member is the very first and has
// neither white space nor anything unusual in it. Otherwise it returns nil.
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
		var text []byte // of the value, if it is a string
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

// pass returns the offset behind the value at pos, or a negative number, and the
// content of a string, which is not nil.
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

// Offset returns where the cursor is.
func (d *Decoder) Offset() int { return d.pos }

// Seek moves the cursor back to an offset at which it has been, at the same
// nesting, and forgets what did not fit since.
func (d *Decoder) Seek(offset int) {
	if d.reason != "" {
		return
	}
	d.pos = offset
	d.flags &^= flagMismatch | flagInexact
}

// Redefined reports whether, in the object that was decoded last, a constant
// was something else than its type says, even if a later member of that name
// set it right. It speaks of that object alone, not of those inside it.
func (d *Decoder) Redefined() bool { return d.flags&flagRedefined != 0 }

// Repeats reports whether an object of this document was [Decoder.Redefined]. From
// then on generated code looks for the last constant at once: unions within unions
// that are all read twice would take time that doubles with every level.
func (d *Decoder) Repeats() bool { return d.flags&flagRepeats != 0 }
