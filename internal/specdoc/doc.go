// Package specdoc reads a specification as one document, whichever files it is
// written in.
//
// A specification is an OpenAPI 3 document, or an AsyncAPI 2 or 3 document that either
// holds its schemas or refers to those of documents beside it. [Read] returns
// the same form for both: an OpenAPI tree in which each direction of a channel is a
// component, a union of events; and the protocols, which list the replies to each
// message. The generator, the comparison of documents and the tests of the spec read
// the specification through this package.
//
// The protocols are read from AsyncAPI's own keywords. An operation sends or receives
// messages. Its reply lists the messages that answer it in the order in which they
// come; the last one ends the exchange. A correlationId in the payload names the event
// that a message refers to. One keyword is an extension: x-subject, a location in the
// payload, names what a message is about.
//
// The schemas of an OpenAPI document that an AsyncAPI document refers to become
// components. Any other file is in the tree as a whole, below x-files. Faults that leave
// the rest of a document usable are in its Warnings.
package specdoc

// The files form families, from the bottom up. A file uses files of its own family and of
// families listed before it; a test holds that.
//
//   - position_*: Position, Error, JSON pointers.
//   - node_*: functions over YAML nodes.
//   - document_*: Document, the result, and the protocols in it.
//   - merge_*: loader merges an AsyncAPI document with other documents. file reads these,
//     upgrade rewrites version 2, union makes unions of operations, message reads
//     messages, reply connects them with their replies.
//   - read_*: Read and Parse.
