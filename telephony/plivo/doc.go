// Package plivo turns the calls of Plivo numbers into lines.
//
// A [Handler] is an http.Handler for one address. Enter it at the carrier as the answer URL
// of an application, by POST. It answers with a document that starts an audio stream to the
// same address, and takes that stream. Webhooks prove themselves by the carrier's signature
// (V3), and streams by a token in the address that the document has given the carrier.
package plivo

// The files, from the bottom up: config.go; signature.go; answer.go; rest.go; stream.go;
// plivo.go.
