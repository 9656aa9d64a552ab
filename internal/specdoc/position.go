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

// Fatalf returns an [*Error] at the position that is never a mere warning.
func (p Position) Fatalf(format string, args ...any) error {
	return &Error{Position: p, Msg: fmt.Sprintf(format, args...), Fatal: true}
}

// Error is an error in the specification. Its text starts with file, line and pointer.
type Error struct {
	Position

	Msg   string
	Fatal bool // It cannot be a warning: a mistake in the generator's own keywords.
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

// remote is the text of the warning for a reference that is not followed.
func remote(ref string) string {
	return fmt.Sprintf("reference %q leaves this host or folder and is not followed: its values are any JSON; "+
		"save the target beside the document and refer to it by a relative name", ref)
}
