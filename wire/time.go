package wire

import "time"

// Time is a point in time of RFC 3339, such as 2026-11-27T01:02:03.5Z, for packages that
// are generated with -times. A time that was decoded is encoded with the text that it
// arrived in, unless it has been changed.
//
// Compare times with Equal, since two texts can name one point in time.
type Time struct {
	time.Time

	text string // The text that it arrived in, if it was decoded.
}

// TimeOf returns t for a member.
func TimeOf(t time.Time) Time { return Time{Time: t} }

// wire returns the text to encode. ok is false for a year that RFC 3339 cannot express.
func (t Time) wire() (text string, ok bool) {
	if t.text != "" {
		if arrived, err := time.Parse(time.RFC3339, t.text); err == nil && arrived.Equal(t.Time) {
			return t.text, true
		}
	}
	return t.Format(time.RFC3339Nano), t.Year() >= 0 && t.Year() <= 9999
}

// MarshalJSON implements [encoding/json.Marshaler].
func (t Time) MarshalJSON() ([]byte, error) {
	e := NewEncoder(nil)
	e.Time(t)
	return e.Bytes()
}

// UnmarshalJSON implements [encoding/json.Unmarshaler]. It returns a [*DecodeError] for
// anything but null and a time of RFC 3339. Null changes nothing.
func (t *Time) UnmarshalJSON(data []byte) error {
	d := NewDecoder(data)
	if d.Null() {
		return d.End()
	}
	v := d.Time()
	if d.reason == "" && d.flags&flagMismatch != 0 {
		return d.newError(reasonTime, space(data, 0))
	}
	if err := d.End(); err != nil {
		return err
	}
	*t = v
	return nil
}

// reasonTime is the error of a value that is no time.
const reasonTime = "value is not a time of RFC 3339"

// Time reads a time of RFC 3339. Any other text is a mismatch, so that the member is kept
// as it is.
func (d *Decoder) Time() Time {
	start := d.pos
	text := d.String()
	if d.reason != "" || d.flags&flagMismatch != 0 {
		return Time{}
	}
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		d.pos = start
		d.flags |= flagMismatch
		return Time{}
	}
	return Time{Time: v, text: text}
}

// Time writes a time. A year before 0 or after 9999 is an error.
func (e *Encoder) Time(t Time) {
	text, ok := t.wire()
	if !ok {
		e.Fail("year of a time is not between 0 and 9999")
		return
	}
	e.String(text)
}
