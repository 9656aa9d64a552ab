package specdoc

import (
	"fmt"
	"strings"
)

// Position is a place in a specification.
type Position struct {
	File    string
	Line    int
	Pointer string // A JSON pointer in the merged tree, such as #/components/schemas/Item.
	Written string // The pointer in the file, if it differs.
}

// Errorf returns an [*Error] at the position.
func (p Position) Errorf(format string, args ...any) error {
	return &Error{Position: p, Msg: fmt.Sprintf(format, args...)}
}

// Error is an error in the specification. Its text starts with file, line and pointer.
type Error struct {
	Position

	Msg string
}

func (e *Error) Error() string {
	pointer := e.Pointer
	if e.Written != "" {
		pointer = e.Written
	}
	return fmt.Sprintf("%s:%d: %s: %s", e.File, e.Line, pointer, e.Msg)
}

// A replacer builds tables at its first use, so that these are made once.
var (
	escaper   = strings.NewReplacer("~", "~0", "/", "~1")
	unescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

// Escape writes a name as a segment of a JSON pointer.
func Escape(name string) string {
	return escaper.Replace(name)
}

// Unescape is the inverse of [Escape].
func Unescape(segment string) string {
	return unescaper.Replace(segment)
}
