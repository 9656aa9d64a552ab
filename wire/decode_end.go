package wire

// Err returns the error that makes the document invalid JSON, a [*DecodeError], or nil
// if no error has been found so far.
func (d *Decoder) Err() error {
	if d.reason == "" {
		return nil
	}
	return d.newError(d.reason, d.failed)
}

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

// newError makes a DecodeError. It reads the document again to find the path, since
// tracking the path while decoding would slow down every valid document.
func (d *Decoder) newError(reason string, offset int) *DecodeError {
	first := Decoder{data: d.data}
	return &DecodeError{
		EventType: safeName(first.Peek("type")),
		Path:      pathAt(d.data, offset),
		Offset:    int64(offset),
		Reason:    reason,
	}
}
