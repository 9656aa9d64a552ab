package wire

import (
	"bytes"
	"encoding/json"
)

// Kind is the kind of a JSON value.
type Kind uint8

// The kinds of JSON values. KindInvalid stands for text that starts no value,
// and for the end of the document.
const (
	KindInvalid Kind = iota
	KindNull
	KindBool
	KindNumber
	KindString
	KindArray
	KindObject
)

// Flags that a reader leaves for the object that is being decoded.
// Decoder.finish consumes the first two after each member, Decoder.closeObject
// sets or clears flagRedefined. flagRepeats stays set until the end of the document.
const (
	flagMismatch  uint8 = 1 << iota // The value does not fit the field.
	flagInexact                     // The value fits, but encoding it would give other text.
	flagRedefined                   // A constant member differs from the constant of its type.

	flagRepeats // flagRedefined was set earlier in the document.
	flagNovel   // The string is not expected to repeat; do not intern it.
)

// Decoder is a cursor over one JSON document. Make it with [NewDecoder] and keep it on
// the stack. The package documentation shows its use. A Decoder must not be used by
// several goroutines at the same time.
type Decoder struct {
	data    []byte
	pos     int
	depth   int // Number of open arrays and objects.
	flags   uint8
	reason  string // Why the document is not valid JSON, or "".
	failed  int    // Offset of the byte at fault.
	text    string // A copy of a small document, made for its first string.
	strings *Strings
	arena   arena
	buffer  []byte
	// optional is the memory for the strings of optional members of a small document;
	// it is allocated for several at a time.
	optional []string
}

// NewDecoder returns a cursor at the start of data. The Decoder does not change data,
// and no decoded value refers to it.
func NewDecoder(data []byte) Decoder { return Decoder{data: data} }

// Err returns the error that makes the document invalid JSON, a [*DecodeError], or nil
// if no error has been found so far.
func (d *Decoder) Err() error {
	if d.reason == "" {
		return nil
	}
	return d.newError(d.reason, d.failed)
}

// Failed reports whether the document is known to be invalid JSON. It equals Err() !=
// nil, without the cost of making the error.
func (d *Decoder) Failed() bool { return d.reason != "" }

// End returns nil if the document is one JSON value that fits the Go type. Otherwise it
// returns a [*DecodeError]: the first error, or an error if the top-level value is of
// the wrong kind or is followed by anything but white space.
func (d *Decoder) End() error {
	if d.reason == "" && d.flags&flagMismatch != 0 {
		start := space(d.data, d.pos)
		end, reason := skip(d.data, start, d.depth)
		if reason == "" {
			return d.newError(reasonNotObject, start)
		}
		d.fail(reason, end)
	}
	if d.reason == "" {
		if pos := space(d.data, d.pos); pos < len(d.data) {
			d.fail(reasonTrailing, pos)
		}
	}
	return d.Err()
}

// fail marks the document as invalid and moves the cursor to the end, so that no later
// read finds a value. The first error is kept.
func (d *Decoder) fail(reason string, at int) {
	if d.reason == "" {
		d.reason, d.failed = reason, at
		if at >= len(d.data) {
			d.reason, d.failed = reasonEnd, len(d.data)
		}
	}
	d.pos = len(d.data)
}

// Mismatch records that the value at the cursor does not fit the field. The readers
// call it themselves; generated code calls it where no variant of a union has the
// value's kind.
func (d *Decoder) Mismatch() { d.flags |= flagMismatch }

// Kind returns the kind of the next value without reading it.
func (d *Decoder) Kind() Kind {
	d.pos = space(d.data, d.pos)
	if d.pos >= len(d.data) {
		return KindInvalid
	}
	switch c := d.data[d.pos]; c {
	case '"':
		return KindString
	case '{':
		return KindObject
	case '[':
		return KindArray
	case 't', 'f':
		return KindBool
	case 'n':
		return KindNull
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return KindNumber
	default:
		return KindInvalid
	}
}

// Null steps over the next value if it is null, and reports whether it was.
func (d *Decoder) Null() bool { return d.Kind() == KindNull && d.literal("null") }

// Bool reads true or false.
func (d *Decoder) Bool() bool {
	if d.Kind() != KindBool {
		d.flags |= flagMismatch
		return false
	}
	if d.data[d.pos] == 't' {
		return d.literal("true")
	}
	d.literal("false")
	return false
}

func (d *Decoder) literal(word string) bool {
	end, reason := skipLiteral(d.data, d.pos, word)
	if reason != "" {
		d.fail(reason, end)
		return false
	}
	d.pos = end
	return true
}

// Raw reads a value of any kind and returns a copy of its text.
func (d *Decoder) Raw() json.RawMessage {
	start, ok := d.skip()
	if !ok {
		return nil
	}
	return bytes.Clone(d.data[start:d.pos])
}

// Skip steps over a value of any kind.
func (d *Decoder) Skip() { d.skip() }

// skip steps over a value and returns where it starts.
func (d *Decoder) skip() (start int, ok bool) {
	start = space(d.data, d.pos)
	end, reason := skip(d.data, start, d.depth)
	if reason != "" || d.reason != "" {
		d.fail(reason, end)
		return start, false
	}
	d.pos = end
	return start, true
}

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
