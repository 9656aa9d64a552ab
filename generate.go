// Package realtimego is the root of the module and holds no code of its own.
//
// A program imports [github.com/voicelane/realtime-go/realtime] to hold a
// session, and [github.com/voicelane/realtime-go/gen/api] for the types of its
// events. The directive below rebuilds the latter from the spec.
package realtimego

//go:generate go run ./cmd/eventgen -spec spec/asyncapi.yaml -out gen/api -package api -strict
