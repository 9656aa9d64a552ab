// Command eventgen generates a Go package from an OpenAPI 3 or AsyncAPI 2 or 3 document.
// It is made for documents whose messages have their name in a member such as type, and
// takes others, too. The package has structs with a fast codec that keeps everything it
// decodes, sealed unions, open enumerations, functions that return the replies to an
// event, and a REST client. A client whose parameters are more than strings of a path and
// of headers imports github.com/oapi-codegen/runtime; run go mod tidy then.
//
//	eventgen -spec spec/asyncapi.yaml -out gen/api -package api
//	eventgen -spec spec/asyncapi.yaml -out gen/api -package api -check
//
// With -check it writes nothing, names each file of the folder that is changed, missing
// or extra, and fails if there is one. With -strict it takes warnings for errors; see
// Warnings below. The flag -h lists all flags.
//
// Two more commands follow the changes of an upstream document:
//
//	eventgen diff OLD NEW        reports changes on the wire, and which programs break
//	eventgen import UPSTREAM     merges additions into the spec
//
// # Protocols
//
// An AsyncAPI document either holds its schemas or refers to other files by relative
// names: ./openapi.yaml#/components/schemas/Item. The schemas of OpenAPI documents become
// components; one of these documents may describe REST operations. A file of any other
// form may hold channels, messages or schemas.
//
//   - Each direction of a channel becomes a union of messages. If one operation has all
//     of them, the union is named after its key without the action: receiveServerEvent
//     gives ServerEvent. Several operations that share a trait make a union that is named
//     after the trait; any others make one that is named after the channel:
//     ListenReceivedMessage. The description of the operation or of the trait is the Go
//     comment.
//   - In a document of version 2, what clients publish is sent, and what they subscribe
//     to is received: the package is the client's.
//   - A message is left out if it is binary, has no payload or one without a type, or if
//     its schema is not JSON Schema.
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
// The functions of a protocol are left out, with a warning, if a location has no target; if a request has a subject and one of its
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
//   - x-go-secret: true marks a member that no print of its struct shows: the struct has
//     the method Format, and LogValue, which each struct that may contain it has, too.
//     Encoding writes it.
//   - x-require-one-of lists optional members of which at least one must be present.
//
// # Unions
//
// A member with a constant value tells the objects of a union apart: the discriminator,
// type, or the one that most of them have. Its value is a string, a number or a boolean.
// An object may have several values of it. One object may lack it, or not require it:
// that is the variant of objects without the member. If a discriminator maps values to
// schemas that do not say them, or schemas extend (allOf) one with a discriminator, the
// mapping or the schema's name says the value. The extension x-fern-type: literal<"pong">
// is a constant, too.
//
// Values of other kinds are told apart by their kind. Objects or lists that nothing tells
// apart arrive as the union's unknown variant, which keeps the JSON text and has a method
// for each of them, such as AsDeleteEmoji. Any of them can be sent.
//
// # Values
//
// Whatever arrives is decoded and kept: bounds, patterns, known values and formats are
// never reasons to refuse it. Validate checks bounds and patterns before something is
// sent. The known values of an enumeration are constants. Validate refuses others if the
// document closes the list (enum of strings), and not if it is open: x-known-values, or
// a union of an enum and any string.
//
// A format changes the Go type of base64 and of int64. With -times, members of format
// date-time are a [time.Time] that keeps the text in which it arrived; a text that is not
// a time of RFC 3339 does not fit and is kept in Extra. Without it, and for date, time,
// duration, uuid, email, uri and all other formats, members are strings, and the format is
// not checked.
//
// # Warnings
//
// What a document says and the package cannot express is printed with file, line and JSON
// pointer, all at once, and does not keep the rest from being generated:
//
//   - keywords that only forbid values, such as multipleOf, not, if and prefixItems, which
//     are not enforced; patternProperties become a map, or are kept in Extra;
//   - unknown keywords, keywords whose value is malformed, and keywords that exclude each
//     other;
//   - a schema that cannot be read: its values are raw JSON, [json.RawMessage];
//   - messages that are left out, replies that cannot be matched, and arms that cannot be
//     told apart;
//   - references to other hosts, which are not followed;
//   - a REST client that cannot be made.
//
// The flag -strict makes them errors. A document that is kept together with the program
// that uses it should be generated strictly.
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
