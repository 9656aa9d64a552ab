// Package templates holds the Go templates of the event generator.
//
// They print and loop; what they print is decided in the generator's model.
package templates

import "embed"

// FS holds the *.tmpl files.
//
//go:embed *.tmpl
var FS embed.FS
