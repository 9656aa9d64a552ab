// Command eventgen generates a Go package from an AsyncAPI 3 or OpenAPI 3.1 document
// whose messages have their name in a type member. The package has structs with a fast
// codec, sealed unions, open enumerations, functions that return the replies to an
// event, and a REST client.
//
//	eventgen -spec spec/asyncapi.yaml -out gen/api -package api
//
// Two more commands follow the changes of an upstream document:
//
//	eventgen diff OLD NEW        reports changes on the wire, and which programs break
//	eventgen import UPSTREAM     merges additions into the spec
//
// # Protocols
//
// An AsyncAPI document either holds its schemas or refers to those of OpenAPI documents
// by relative names: ./openapi.yaml#/components/schemas/Item. One of these may describe
// REST operations.
//
//   - Each operation becomes a union of events, named after its key without the
//     action: receiveServerEvent gives ServerEvent. Operations of one direction of a
//     channel that share a trait become one union, named after the trait. The
//     description of the operation or of the trait is the Go comment.
//   - reply.messages lists the events that answer an operation's messages, in the
//     order in which they come; the last one ends the exchange. The generated function
//     is ServerEventReplies or the like.
//   - correlationId is the member of a sent message that holds its own id, and the
//     member of a received message that holds the id of the message that it refuses:
//     $message.payload#/error/event_id. A reply with a correlationId is a refusal and
//     has no place in the order. The generated functions are HasClientEventID and
//     ServerEventCause.
//   - x-subject is the member that holds the id of a message's subject:
//     $message.payload#/item/id. A reply answers the request with the same subject;
//     requests without one are answered in order. The location leads through required
//     objects to a string, or to a string that all variants of a union have. The
//     generated functions are ClientEventSubject and, for a string of a union,
//     WithItemID.
//   - readOnly in a schema marks a member or a variant that only the server writes. The
//     generated function is WritableItem, for a union with a subject's id.
//
// It is an error if a location has no target; if a request has a subject and one of its
// replies has none; if a request has replies, requires a member whose name ends in _id,
// and has no subject; if the messages of a union have their correlationId at different
// locations; and if a reply is of another channel, is listed twice, or is in no
// operation that receives.
//
// # Keywords
//
// The document's own keywords for the generator:
//
//   - x-event-union: true marks a union of events. An AsyncAPI document needs neither
//     this keyword nor the next one.
//   - x-event-direction is send or receive, from the view of the program that uses the
//     package; diff reads it.
//   - x-event-aliases lists older wire names of an event.
//   - x-known-values lists the known values of an open string.
//   - x-go-name and x-go-prefix rename a type or member, and the constants of
//     a type.
//   - x-go-constructors holds example values with parameters, which become functions.
//   - x-go-package-doc, in info, is added to the comment of the package.
//   - x-go-unshared, in info, lists the members whose string differs in every message,
//     such as an event's id: decoders do not intern it.
//   - x-require-one-of lists optional members of which at least one must be present.
//
// A constant member tells the objects of a union apart. In an anyOf one schema may lack
// it; objects without the member are decoded as that variant.
//
// Every other JSON Schema keyword that shapes values is either handled or an
// error with file, line and JSON pointer.
package main

// The files form families, from the bottom up. A file uses files of its own family and of
// families listed before it; a test holds that.
//
//   - generate_*: Generate, the four steps.
//   - overlay_*: templates that replace those of the generator.
//   - files_*: Write and Check.
//   - flags_*: what the commands share.
//   - source_*: documents from files and URLs.
//   - diff_*: eventgen diff.
//   - import_*: eventgen import.
//   - main_*: eventgen.
