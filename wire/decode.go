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

// Failed reports whether the document is known to be invalid JSON. It equals Err() !=
// nil, without the cost of making the error.
func (d *Decoder) Failed() bool { return d.reason != "" }

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

// UseStrings makes d take its strings from s, which the documents of a session share.
func (d *Decoder) UseStrings(s *Strings) { d.strings = s }

// keep returns d.data[start:end] as a string.
func (d *Decoder) keep(start, end int) string {
	if d.strings != nil || len(d.data) > smallFrame {
		return d.store(d.data[start:end])
	}
	if d.text == "" {
		d.text = string(d.data)
	}
	return d.text[start:end]
}

// store returns a copy of b.
func (d *Decoder) store(b []byte) string {
	if d.strings != nil {
		return d.strings.get(b, d.flags&flagNovel != 0)
	}
	size := laterChunk
	if d.arena.chunk.Cap() == 0 {
		size = firstChunk
	}
	return d.arena.add(b, size)
}

// open steps over the bracket that opens an array or object. Any other byte is a
// mismatch.
func (d *Decoder) open(bracket byte) bool {
	pos := space(d.data, d.pos)
	if pos >= len(d.data) || d.data[pos] != bracket {
		d.flags |= flagMismatch
		return false
	}
	if d.depth >= maxDepth {
		d.fail(reasonDepth, pos)
		return false
	}
	d.depth++
	d.pos = pos + 1
	return true
}
