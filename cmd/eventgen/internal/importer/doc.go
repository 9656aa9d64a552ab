// Package importer merges the structural changes of an upstream document into our
// specification.
//
// It edits the lines of the file that holds each part, so prose, order, names and
// comments stay. A new part gets a marker instead of a description, which the lint
// refuses until the description is written; prose of the upstream document is never
// copied. Each change is applied alone, and the documents are compared again. A change
// is reverted and reported if the difference remains, or if another difference appears
// because several places share a schema.
package importer

// The files form families, from the bottom up. A file uses files of its own family and of
// families listed before it; a test holds that.
//
//   - marker_*: the markers in place of descriptions.
//   - text_*: text edits a YAML document by lines.
//   - emit_*: emitter writes upstream schemas as ours; shape has a schema without its
//     notation.
//   - spec_*: importer, the files of our specification.
//   - edit_*: one function for each kind of change; message adds events to AsyncAPI
//     documents.
//   - run_*: Run applies the changes one by one.
