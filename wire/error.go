package wire

import (
	"strconv"
	"strings"
)

// Reasons of a [DecodeError]. They are constants, so that an error text never holds
// content of a document.
const (
	reasonEnd       = "unexpected end of input"
	reasonValue     = "invalid character where a value was expected"
	reasonLiteral   = "invalid character in literal"
	reasonNumber    = "invalid character in number"
	reasonString    = "invalid character in string"
	reasonEscape    = "invalid escape in string"
	reasonName      = "invalid character where a member name was expected"
	reasonColon     = "invalid character after member name"
	reasonMember    = "invalid character after object member"
	reasonElement   = "invalid character after array element"
	reasonDepth     = "nested too deep"
	reasonTrailing  = "invalid character after top-level value"
	reasonNotObject = "value is not of the expected kind"
)

// DecodeError describes why and where a document cannot be decoded. It never holds
// content of the document: a name that does not look like a member name of the protocol
// appears as "?".
type DecodeError struct {
	// EventType is the document's top-level "type", or "" if it has none or none could
	// be read.
	EventType string
	// Path is the path of the value in which the error was found, such as
	// "session.tools[2]". It is empty at the top level.
	Path string
	// Offset is the number of bytes before the error.
	Offset int64
	// Reason describes the error in a few words.
	Reason string
}

// Error describes the error without quoting the document.
func (e *DecodeError) Error() string {
	var b strings.Builder
	b.WriteString("decode ")
	if e.EventType != "" {
		b.WriteString(e.EventType)
	} else {
		b.WriteString("JSON")
	}
	if e.Path != "" {
		b.WriteString(": ")
		b.WriteString(e.Path)
	}
	b.WriteString(": ")
	b.WriteString(e.Reason)
	b.WriteString(" at byte ")
	b.WriteString(strconv.FormatInt(e.Offset, 10))
	return b.String()
}

// EncodeError is returned when a Go value has no JSON form, such as a float that is
// NaN.
type EncodeError struct {
	// Path is the path of the value, such as "session.audio.output.speed".
	Path string
	// Reason describes the error in a few words.
	Reason string
}

// Error describes the error.
func (e *EncodeError) Error() string {
	if e.Path == "" {
		return "encode: " + e.Reason
	}
	return "encode " + e.Path + ": " + e.Reason
}

// ValidationError is returned when a value is outside the bounds that the API states.
type ValidationError struct {
	// Path is the path of the value by its names on the wire, such as
	// "session.audio.input.turn_detection.threshold".
	Path string
	// Reason states the bounds and, for numbers, the value.
	Reason string

	cause error
}

// Error names the value and the bound.
func (e *ValidationError) Error() string {
	if e.Path == "" {
		return e.Reason
	}
	return e.Path + ": " + e.Reason
}

// Unwrap returns the error that was passed to [In], if that is not a ValidationError.
func (e *ValidationError) Unwrap() error { return e.cause }

// Invalid returns a [ValidationError] for the value at segment: a member's name, such as
// "threshold", the result of [At], or "" for the value itself.
func Invalid(segment, reason string) error {
	return &ValidationError{Path: segment, Reason: reason}
}

// In puts segment before the path of err; a struct calls it for the errors of its
// fields. It returns nil if err is nil. It wraps an err that is not a [ValidationError]
// in one.
func In(segment string, err error) error {
	switch err := err.(type) { //nolint:errorlint // Only an error that In or Invalid made carries a path to extend.
	case nil:
		return nil
	case *ValidationError:
		return &ValidationError{Path: join(segment, err.Path), Reason: err.Reason, cause: err.cause}
	default:
		return &ValidationError{Path: segment, Reason: err.Error(), cause: err}
	}
}

// join returns the path of a value inside the value at segment.
func join(segment, path string) string {
	if segment == "" || path == "" || path[0] == '[' {
		return segment + path
	}
	return segment + "." + path
}

// At returns the path segment of an array index.
func At(index int) string { return "[" + strconv.Itoa(index) + "]" }
