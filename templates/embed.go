// Package templates holds the Go templates of the event generator.
//
// They only print and loop. The generator's model makes all decisions.
package templates

import "embed"

// FS holds the *.tmpl files.
//
//go:embed *.tmpl
var FS embed.FS
