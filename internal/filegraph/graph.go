// Package filegraph measures how the files of a package use each other: its circles of
// files, and the arrows that run up.
//
// [Load] makes one [Graph] for each package. A test at the root of the module holds the
// bounds.
package filegraph

import "fmt"

// Graph is the graph of one package's files, without tests and generated files.
type Graph struct {
	// Path is the package's import path.
	Path string
	// Files are the names of the files in alphabetical order.
	Files []string
	// Lines is the number of lines of all files.
	Lines int
	// Families is the order of the files, from the bottom up. The package's doc.go
	// declares it as a list of items such as "//   - call_*: …". The family call holds
	// call.go and call_*.go; the longest name that matches decides. It is empty if the
	// package declares no order.
	Families []string
	// Arrows are sorted by From, then by To.
	Arrows []Arrow
}

// Arrow leads from a file to another one whose declarations it uses.
type Arrow struct {
	From, To string
	// Names are the functions, types, variables, constants, methods and fields
	// that From uses, sorted.
	Names []string
}

// String returns the arrow in one line.
func (a Arrow) String() string { return fmt.Sprintf("%s -> %s: %v", a.From, a.To, a.Names) }
