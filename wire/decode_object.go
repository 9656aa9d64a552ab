package wire

const (
	stateNew uint8 = iota
	stateOpen
	stateDone
)

// Object is the state of a loop that decodes the members of an object into a struct;
// see [Decoder.Next].
type Object struct {
	// Required has a bit for each required field: 1<<(Field-1).
	Required uint64
	// Field is the number of the field that the current member belongs to, counted from
	// 1. The loop's body sets it before it reads the value. If it stays 0, the member
	// is unknown.
	Field int

	seen  uint64
	name  int // Offset of the name's opening quote.
	value int // Offset of the value.
	depth int // Number of open levels outside the object.
	kept  bool
	// redefined is set if a constant member differs from the constant of its type.
	redefined bool
	state     uint8
}

// Again reports whether a member of the current field came earlier in the object. The
// field must then be cleared, since decoding a struct does not clear it.
func (o *Object) Again() bool { return o.seen&(1<<(uint(o.Field-1)%64)) != 0 }

// Next finishes the current member, goes to the next one and returns its name with
// escapes resolved. The first call opens the object. The name is valid until the
// member's value is read. Next returns nil after the last member, after an error, and
// if the value is not an object, which is a mismatch.
//
// Next stores in extra each member that the loop's body did not claim and each member
// whose value did not fit. If a name occurs twice, the last member counts. It also
// stores in extra which required fields were absent.
func (d *Decoder) Next(o *Object, extra *Extra) []byte {
	if o.state != stateOpen {
		return d.firstMember(o, extra)
	}
	if o.Field > 0 && d.flags&(flagMismatch|flagInexact) == 0 && d.pos > o.value && !o.kept {
		o.seen |= 1 << (uint(o.Field-1) % 64)
	} else {
		d.finish(o, extra)
	}
	// Fast path: no white space around the comma and the colon.
	data, pos := d.data, d.pos
	if pos+1 < len(data) && data[pos] == ',' && data[pos+1] == '"' {
		if end := plain(data, pos+2); endsName(data, end) {
			o.name, o.Field = pos+1, 0
			d.pos, o.value = end+2, end+2
			return data[pos+2 : end]
		}
	}
	return d.nextMember(o, extra)
}

// firstMember opens the object, unless the loop has ended, and goes to its first
// member.
func (d *Decoder) firstMember(o *Object, extra *Extra) []byte {
	if o.state != stateNew {
		return nil
	}
	// Fast path: no white space before the value, nor inside up to the first member's
	// value.
	data, pos := d.data, d.pos
	if pos+1 < len(data) && data[pos] == '{' && data[pos+1] == '"' && d.depth < maxDepth {
		if end := plain(data, pos+2); endsName(data, end) {
			if extra.p != nil {
				extra.p = nil
			}
			d.flags &^= flagRedefined
			o.name, o.depth, o.state = pos+1, d.depth, stateOpen
			d.depth++
			d.pos, o.value = end+2, end+2
			return data[pos+2 : end]
		}
	}
	if d.openObject(o, extra) {
		return d.member(o)
	}
	return nil
}

// nextMember goes to the next member, with or without white space, or closes the
// object.
func (d *Decoder) nextMember(o *Object, extra *Extra) []byte {
	if d.reason != "" {
		o.state = stateDone
		return nil
	}
	pos := d.pos
	if pos >= len(d.data) || d.data[pos] <= ' ' {
		pos = space(d.data, pos)
	}
	if pos >= len(d.data) || d.data[pos] != ',' {
		d.closeObject(o, extra, pos)
		return nil
	}
	d.pos = pos + 1
	return d.member(o)
}

// openObject steps over the opening brace. It returns false if the object is empty or
// cannot be opened.
func (d *Decoder) openObject(o *Object, extra *Extra) bool {
	if extra.p != nil {
		extra.p = nil
	}
	o.state = stateDone
	d.flags &^= flagRedefined
	if !d.open('{') {
		return false
	}
	o.depth = d.depth - 1
	if d.pos = space(d.data, d.pos); d.pos < len(d.data) && d.data[d.pos] == '}' {
		d.closeObject(o, extra, d.pos)
		return false
	}
	o.state = stateOpen
	return true
}

// closeObject steps over the closing brace, which must be at pos.
func (d *Decoder) closeObject(o *Object, extra *Extra, pos int) {
	o.state = stateDone
	switch {
	case pos >= len(d.data):
		d.fail(reasonEnd, pos)
		return
	case d.data[pos] != '}':
		d.fail(reasonMember, pos)
		return
	}
	d.pos = pos + 1
	d.depth--
	d.flags &^= flagRedefined
	if o.redefined {
		d.flags |= flagRedefined | flagRepeats
	}
	if absent := o.Required &^ o.seen; absent != 0 {
		extra.setAbsent(absent)
	}
	if extra.p != nil {
		extra.p.dropDuplicates()
	}
}

// member reads the next member's name and colon. It returns nil and fails the document
// if they are missing.
func (d *Decoder) member(o *Object) []byte {
	data, pos := d.data, d.pos
	if pos >= len(data) || data[pos] <= ' ' {
		pos = space(data, pos)
	}
	o.name, o.Field = pos, 0
	if pos >= len(data) || data[pos] != '"' {
		return d.failMember(o, reasonName, pos)
	}
	start := pos + 1
	var name []byte
	if pos = plain(data, start); pos < len(data) && data[pos] == '"' {
		name = data[start:pos]
		pos++
	} else {
		var found int
		var reason string
		if pos, found, reason = skipSpecial(data, pos); reason != "" {
			return d.failMember(o, reason, pos)
		}
		name = resolve(data[start:pos-1], found)
	}
	if pos+1 < len(data) && data[pos] == ':' && data[pos+1] > ' ' {
		pos++
	} else {
		var reason string
		if pos, reason = colon(data, pos); reason != "" {
			return d.failMember(o, reason, pos)
		}
	}
	d.pos, o.value = pos, pos
	return name
}

func (d *Decoder) failMember(o *Object, reason string, at int) []byte {
	d.fail(reason, at)
	o.state = stateDone
	return nil
}

// finish handles the members outside Next's fast path: unknown members, members that
// did not fit, and members that replace an earlier one that did not fit.
func (d *Decoder) finish(o *Object, extra *Extra) {
	if d.reason != "" {
		return
	}
	read := d.flags&flagMismatch == 0 && d.pos > o.value
	if !read && d.flags&flagRedefined != 0 {
		o.redefined = true
	}
	if o.Field > 0 && read && d.flags&flagInexact == 0 {
		o.seen |= 1 << uint(o.Field-1)
		extra.dropOverride(o.Field)
		return
	}
	if o.Field <= 0 || !read {
		// Reading may have stopped inside the value: go back to its start.
		d.pos, d.depth = o.value, o.depth+1
		if _, ok := d.skip(); !ok {
			return
		}
	}
	d.flags &^= flagMismatch | flagInexact
	raw := d.keep(o.value, d.pos)
	// The name that Next returned may have been overwritten while the value was read.
	end, found, _ := skipString(d.data, o.name+1)
	var name string
	if found == 0 {
		name = d.keep(o.name+1, end-1)
	} else {
		name = d.store(resolve(d.data[o.name+1:end-1], found))
	}
	if o.Field <= 0 {
		extra.addUnknown(name, raw)
		return
	}
	o.seen |= 1 << uint(o.Field-1)
	o.kept = true
	extra.setOverride(o.Field, name, raw)
}

// Array is the state of a loop over the elements of an array; see [Decoder.Elem].
type Array struct {
	depth int
	state uint8
}

// Elem goes to the next element of an array; the first call opens it. It returns false
// after the last element, after an error or a mismatch in an element, and if the value
// is not an array, which is a mismatch.
func (d *Decoder) Elem(a *Array) bool {
	switch a.state {
	case stateNew:
		a.depth, a.state = d.depth, stateDone
		if !d.open('[') {
			return false
		}
		if d.pos = space(d.data, d.pos); d.pos < len(d.data) && d.data[d.pos] == ']' {
			d.pos++
			d.depth--
			return false
		}
		a.state = stateOpen
		return true
	case stateOpen:
		more := d.another(']', reasonElement, a.depth)
		if !more {
			a.state = stateDone
		}
		return more
	default:
		return false
	}
}

// another steps over the comma between two elements and returns true, or over the
// closing bracket and returns false. The depth is the number of open levels outside.
func (d *Decoder) another(closing byte, reason string, depth int) bool {
	if d.reason != "" {
		return false
	}
	if d.flags&flagMismatch != 0 {
		d.depth = depth
		return false
	}
	pos := space(d.data, d.pos)
	switch {
	case pos >= len(d.data):
		d.fail(reasonEnd, pos)
	case d.data[pos] == ',':
		if d.pos = space(d.data, pos+1); d.pos < len(d.data) && d.data[d.pos] != ']' {
			return true
		}
		d.fail(reasonValue, d.pos)
	case d.data[pos] == closing:
		d.pos = pos + 1
		d.depth = depth
	default:
		d.fail(reason, pos)
	}
	return false
}

// Map is the state of a loop that decodes the members of an object into a map; see
// [Decoder.Entry].
type Map struct {
	key   string
	depth int
	state uint8
}

// Key returns the current member's name.
func (m *Map) Key() string { return m.key }

// Entry goes to the next member of an object that has no fixed names; the first call
// opens it. It returns false after the last member, after an error or a mismatch in a
// value, and if the value is not an object, which is a mismatch.
func (d *Decoder) Entry(m *Map) bool {
	switch m.state {
	case stateNew:
		m.depth, m.state = d.depth, stateDone
		if !d.open('{') {
			return false
		}
		if d.pos = space(d.data, d.pos); d.pos < len(d.data) && d.data[d.pos] == '}' {
			d.pos++
			d.depth--
			return false
		}
	case stateOpen:
		m.state = stateDone
		if !d.another('}', reasonMember, m.depth) {
			return false
		}
	default:
		return false
	}
	var o Object
	start := d.pos
	name := d.member(&o)
	if name == nil {
		return false
	}
	if end, found, _ := skipString(d.data, start+1); found == 0 {
		m.key = d.keep(start+1, end-1)
	} else {
		m.key = d.store(name)
	}
	m.state = stateOpen
	return true
}
