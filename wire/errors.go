package wire

import (
	"strconv"
	"strings"
)

// Reasons of a [DecodeError]. They are constants so that no content of a
// document can get into an error text.
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

// DecodeError reports a document that cannot be decoded. It says where and
// why, and never holds content of the document: names that do not look like
// member names of the protocol show as "?".
type DecodeError struct {
	// EventType is the document's top-level "type", or "" when it has none
	// that could be read.
	EventType string
	// Path leads to the value in which the error was found, such as
	// ".session.tools[2]". It is empty at the top level.
	Path string
	// Offset counts the bytes before the error.
	Offset int64
	// Reason says what is wrong.
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
		b.WriteString(strings.TrimPrefix(e.Path, "."))
	}
	b.WriteString(": ")
	b.WriteString(e.Reason)
	b.WriteString(" at byte ")
	b.WriteString(strconv.FormatInt(e.Offset, 10))
	return b.String()
}

// EncodeError reports a Go value that has no JSON form, such as a float that
// is not a number.
type EncodeError struct {
	// Path leads to the value, such as ".session.audio.output.speed".
	Path string
	// Reason says what is wrong.
	Reason string
}

// Error describes the error.
func (e *EncodeError) Error() string {
	if e.Path == "" {
		return "encode: " + e.Reason
	}
	return "encode " + strings.TrimPrefix(e.Path, ".") + ": " + e.Reason
}

// ValidationError reports a value outside the bounds that the API states.
type ValidationError struct {
	// Path leads to the value by its names on the wire, such as
	// ".session.audio.input.turn_detection.threshold".
	Path string
	// Reason says what the bounds are and, for numbers, what the value is.
	Reason string

	cause error
}

// Error names the value and the bound.
func (e *ValidationError) Error() string {
	if e.Path == "" {
		return e.Reason
	}
	return strings.TrimPrefix(e.Path, ".") + ": " + e.Reason
}

// Unwrap returns the error of another type that [In] was given, if any.
func (e *ValidationError) Unwrap() error { return e.cause }

// Invalid returns a [ValidationError] for the value at segment, which is
// written as in a path: ".threshold", "[3]", or "" for the value itself.
func Invalid(segment, reason string) error {
	return &ValidationError{Path: segment, Reason: reason}
}

// In puts segment before the path of err, which is what a struct does with the
// errors of its fields. A nil err stays nil.
func In(segment string, err error) error {
	switch err := err.(type) { //nolint:errorlint // Only an error that In or Invalid made carries a path to extend.
	case nil:
		return nil
	case *ValidationError:
		return &ValidationError{Path: segment + err.Path, Reason: err.Reason, cause: err.cause}
	default:
		return &ValidationError{Path: segment, Reason: err.Error(), cause: err}
	}
}

// At returns the path segment of an array index.
func At(index int) string { return "[" + strconv.Itoa(index) + "]" }
