package load

import "fmt"

// Position says where a value stands in a document.
type Position struct {
	File    string
	Line    int
	Pointer string // JSON pointer, such as #/components/schemas/Item
}

// Errorf returns an [*Error] at the position.
func (p Position) Errorf(format string, args ...any) error {
	return &Error{Position: p, Msg: fmt.Sprintf(format, args...)}
}

// Error is a fault in the document. Its text starts with file, line and pointer.
type Error struct {
	Position

	Msg string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, e.Pointer, e.Msg)
}
