// Package diff compares two descriptions of a protocol by what they put on the wire.
//
// Schema names, references and the notation of unions, constants and nulls do not
// matter: both documents are flattened to wire paths (see
// [github.com/voicelane/realtime-go/internal/wirepaths]), and the paths are compared. A
// change at several places that share a schema is reported once. If both documents are
// AsyncAPI, the replies to each message and the subjects of messages are compared too.
package diff

// The files form families, from the bottom up. A file uses files of its own family and of
// families listed before it; a test holds that.
//
//   - change_*: Change, Kind and Class; parts of paths.
//   - node_*: functions over the nodes of wire paths; form has the shape of their Go
//     types.
//   - override_*: Overrides, the differences that are intended.
//   - document_*: Document, one side of a comparison.
//   - scope_*: Options and scope, the compared part of the documents.
//   - compare_*: comparison, which collects changes: of roots, paths, nodes and
//     protocols. class decides what a change breaks.
//   - name_*: namer finds the Go identifiers of places.
//   - report_*: Report, as text, Markdown, JSON and changelog.
//   - diff_*: Compare.
