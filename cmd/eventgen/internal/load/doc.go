// Package load reads an OpenAPI 3.1 document for the generator.
//
// It keeps what a generator needs and a plain OpenAPI model loses: the order in
// which members are written, and where each of them stands (file, line, JSON
// pointer). Schemas are parsed on demand, so that a keyword the generator does
// not handle is an error only where the generated package would reach it; there
// it always is one, since dropping a keyword silently changes the wire format.
package load
