// Package wirepaths flattens an OpenAPI document to the paths of the values on the
// wire.
//
// Two documents may describe the same protocol with different schema names, unions and
// references. Their wire paths are equal:
//
//	client session.update  .session<realtime>.audio.input.turn_detection<server_vad>.threshold
//
// The first part is the root: a protocol's direction and an event, an operation's body,
// or a webhook. A label in angle brackets names the arm of a union by its constant type
// (and role, where it has one); [] stands for the items of an array, {} for the values
// of a map.
package wirepaths

// The files form families, from the bottom up. A file uses files of its own family and of
// families listed before it; a test holds that.
//
//   - document_*: Document, its objects and references.
//   - node_*: Set and Node.
//   - schema_*: the keywords of one schema.
//   - compose_*: composition joins the schemas of an allOf.
//   - walk_*: walker collects the paths of a root; walk_label.go names the arms of unions.
//   - collect_*: Collect and Flatten, which select the roots.
//   - list_*: sets as text.
