// Package telnyx turns the calls of Telnyx numbers into lines.
//
// A [Handler] is an http.Handler for one address. Enter it at the carrier as the webhook of
// a TeXML application. It answers with a document that starts a media stream to the same
// address, and takes that stream. Webhooks prove themselves by the carrier's Ed25519
// signature, and streams by a token in the address that the document has given the carrier.
//
// Sound comes in the codec that the caller's network has, often A-law outside of America,
// and goes in that of [Config.Codec]: [telephony.Line.Formats] returns both. Pieces may come
// in any order; they are put in order, or declared lost after 100 ms.
package telnyx

// The files, from the bottom up: config.go; signature.go; answer.go; rest.go; stream.go;
// telnyx.go.
