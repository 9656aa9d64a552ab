// Package specdoc reads a specification as one document, whichever files it is
// written in.
//
// A specification is an OpenAPI 3.1 document, or an AsyncAPI 3 document that
// holds its schemas itself or refers to those of OpenAPI documents beside it.
// [Read] turns both into the same thing: an OpenAPI tree in which each direction
// of a channel is a component, a union of events, and the protocols, which say
// what answers what. The generator, the comparison of documents and the tests of
// the spec all read it from here.
//
// What a protocol says comes from AsyncAPI itself: an operation is a message that
// is sent or received; its reply lists the messages that answer it, in the order
// in which they come, of which the last one ends the exchange; a correlationId in
// the payload names the event that a message refers to. One keyword is our own:
// x-subject, a location in the payload, names what a message is about.
package specdoc
