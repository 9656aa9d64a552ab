package wire

import (
	"encoding/base64"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Fit returns v, which d has just read, or the zero value if reading failed or the
// value did not fit. It is [Opt] for types whose zero value means absent:
//
//	x.Tools = wire.Fit(d, decodeToolSlice(d))
func Fit[T any](d *Decoder, v T) T {
	if d.flags&flagMismatch != 0 || d.reason != "" {
		var zero T
		return zero
	}
	return v
}

// Find is [Decoder.Peek], or [Decoder.PeekLast] if last is set. Generated code calls it
// for the members that tell the variants of a union apart.
func (d *Decoder) Find(name string, last bool) []byte {
	if last {
		return d.PeekLast(name)
	}
	return d.Peek(name)
}

// FindLiteral is [Decoder.Find] for a member whose value is a number or a boolean. It
// returns the value's text, or nil if there is no such member or value.
func (d *Decoder) FindLiteral(name string, last bool) (text []byte) {
	look := Decoder{data: d.data, pos: d.pos, depth: d.depth}
	// An Object, since a Map would keep the names.
	var o Object
	var extra Extra
	for member := look.Next(&o, &extra); member != nil; member = look.Next(&o, &extra) {
		o.Field = 1 // Nothing is kept.
		found := string(member) == name
		kind, start := look.Kind(), space(look.data, look.pos)
		look.Skip()
		if !found {
			continue
		}
		text = nil
		if kind == KindNumber || kind == KindBool {
			text = d.data[start:look.pos]
		}
		if !last {
			return text
		}
	}
	return text
}

// CheckLength returns a [ValidationError] for segment if n is not between lo and hi, or
// nil. The unit names what n counts, such as "characters". A negative hi means no
// bound.
func CheckLength(segment string, n, lo, hi int, unit string) error {
	switch {
	case n < lo && n == 0 && lo == 1:
		return Invalid(segment, "must not be empty")
	case n < lo:
		return Invalid(segment, fmt.Sprintf("must have at least %d %s, has %d", lo, unit, n))
	case hi >= 0 && n > hi:
		return Invalid(segment, fmt.Sprintf("must have at most %d %s, has %d", hi, unit, n))
	}
	return nil
}

// CheckRange returns a [ValidationError] for segment unless lo ≤ v ≤ hi. An infinite
// bound is no bound. NaN is always an error.
func CheckRange(segment string, v, lo, hi float64) error {
	if v >= lo && v <= hi {
		return nil
	}
	text := func(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
	switch {
	case math.IsInf(hi, 1):
		return Invalid(segment, "must be at least "+text(lo)+", is "+text(v))
	case math.IsInf(lo, -1):
		return Invalid(segment, "must be at most "+text(hi)+", is "+text(v))
	}
	return Invalid(segment, "must be between "+text(lo)+" and "+text(hi)+", is "+text(v))
}

// CheckKnown returns a [ValidationError] for segment unless v is one of the known values,
// or "", which stands for a member that has not been set.
func CheckKnown(segment, v string, known ...string) error {
	if v == "" || slices.Contains(known, v) {
		return nil
	}
	return Invalid(segment, "must be one of "+strings.Join(known, ", "))
}

// CheckPattern returns a [ValidationError] for segment if v does not match the regular
// expression pattern or pattern is not valid.
func CheckPattern(segment, v, pattern string) error {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return In(segment, err)
	}
	if !re.MatchString(v) {
		return Invalid(segment, "must match "+pattern)
	}
	return nil
}

// DataURI returns data as a data URI, as the API takes images: DataURI("image/png",
// png).
func DataURI(mediaType string, data []byte) string {
	return "data:" + mediaType + ";base64," + base64.StdEncoding.EncodeToString(data)
}
