package wire

// Const reads a string that can only be want; any other value is a mismatch.
func (d *Decoder) Const(want string) {
	if offset := d.pos; !d.is(want) {
		d.redefined(offset)
	}
}

// ConstInt reads a number that can only be want.
func (d *Decoder) ConstInt(want int64) {
	if offset := d.pos; d.Int64() != want || d.flags&flagMismatch != 0 {
		d.redefined(offset)
	}
}

// ConstBool reads a truth value that can only be want.
func (d *Decoder) ConstBool(want bool) {
	if offset := d.pos; d.Bool() != want || d.flags&flagMismatch != 0 {
		d.redefined(offset)
	}
}

// Type reads the string that names an event: canonical or one of aliases. An alias is
// stored in extra, so that it is written back. Any other value is a mismatch.
func (d *Decoder) Type(extra *Extra, canonical string, aliases ...string) {
	start := d.pos
	if d.is(canonical) {
		extra.setWireType("")
		return
	}
	for _, alias := range aliases {
		if d.reason != "" {
			return
		}
		d.pos = start
		if d.is(alias) {
			extra.setWireType(alias)
			return
		}
	}
	d.redefined(start)
}

// redefined records that the value at offset is not the expected constant.
func (d *Decoder) redefined(offset int) {
	if d.reason == "" {
		d.pos = offset
	}
	d.flags |= flagMismatch | flagRedefined
}

// is reports whether the next value is the string want. If it is, the cursor steps over
// it; otherwise the cursor is undefined and the caller resets it.
func (d *Decoder) is(want string) bool {
	pos := space(d.data, d.pos)
	if end := pos + 1 + len(want); end < len(d.data) && d.data[pos] == '"' && d.data[end] == '"' &&
		string(d.data[pos+1:end]) == want {
		d.pos = end + 1
		return true
	}
	start, end, found := d.quoted()
	if start < 0 || found&hasEscape == 0 || string(unquoteBytes(d.data[start:end])) != want {
		return false
	}
	return true
}
