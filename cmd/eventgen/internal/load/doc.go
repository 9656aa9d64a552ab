// Package load reads an OpenAPI 3 document for the generator.
//
// It keeps the information that a plain OpenAPI model loses: the order of members, and
// the file, line and JSON pointer of each value. Schemas are parsed on demand. A keyword
// that is not handled is therefore a warning only in a schema that the generated package
// uses. Faults of the generator's own keywords are errors.
package load

// The files form families, from the bottom up. A file uses files of its own family and of
// families listed before it; a test holds that.
//
//   - schema_*: Schema and its parts.
//   - document_*: Document, and the keywords of its info object.
//   - keyword_*: one reader for each keyword of a schema; structure has those that read
//     other schemas, settle what is done when all keywords are read.
//   - resolve_*: Document.Resolve, which parses the target of a reference.
