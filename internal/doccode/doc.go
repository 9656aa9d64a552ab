// Package doccode checks what the documents of this repository say: their Go code compiles
// and is formatted, their links lead somewhere, and the commands that they name exist. It
// is used by tests only.
package doccode
