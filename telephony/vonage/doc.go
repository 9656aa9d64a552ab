// Package vonage turns the calls of Vonage numbers into lines.
//
// A [Handler] is an http.Handler for one address. Enter it at the carrier as the answer URL
// of a voice application with signed webhooks. It answers with a document (NCCO) that
// connects the call to a WebSocket at the same address, and takes that. Both prove
// themselves by a token (JWT) that is signed with the signature secret of the account.
//
// At 24 kHz, the default, sound is passed through to the Realtime API. The carrier takes
// frames of exactly 20 ms.
package vonage

// The files, from the bottom up: config.go; token.go; answer.go; rest.go; stream.go;
// vonage.go.
