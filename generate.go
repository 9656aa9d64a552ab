// Package realtimego is the root of the module and holds no code of its own.
//
// A program imports [github.com/voicelane/realtime-go/realtime] to hold a
// session, and [github.com/voicelane/realtime-go/gen/api] for the types of its
// events. The directives below rebuild the latter from the spec, and from the
// documents of spec/carriers the messages of telephone carriers.
package realtimego

//go:generate go run ./cmd/eventgen -spec spec/asyncapi.yaml -out gen/api -package api -strict
//go:generate go run ./cmd/eventgen -spec spec/carriers/exotel.yaml -out gen/exotel -package exotel -strict
//go:generate go run ./cmd/eventgen -spec spec/carriers/plivo.yaml -out gen/plivo -package plivo -strict
//go:generate go run ./cmd/eventgen -spec spec/carriers/telnyx.yaml -out gen/telnyx -package telnyx -strict
//go:generate go run ./cmd/eventgen -spec spec/carriers/twilio.yaml -out gen/twilio -package twilio -strict
//go:generate go run ./cmd/eventgen -spec spec/carriers/vonage.yaml -out gen/vonage -package vonage -strict
