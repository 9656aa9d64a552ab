// Package like describes servers that speak the protocol of the Realtime API with
// deviations, for [realtimetest.Config.Like]: what they leave out, name otherwise, or
// answer otherwise, as data.
//
//	srv := realtimetest.NewServer(&realtimetest.Config{Like: like.LocalAI()})
//
// A server of one's own is a [Server] with other members. The values here hold what was
// seen of a server at one time; servers change.
//
// [realtimetest.Config.Like]: https://pkg.go.dev/github.com/voicelane/realtime-go/realtimetest#Config
package like

import (
	"encoding/json"
	"slices"
	"time"
)

// Server is how a server deviates from the service. The zero value and nil do not. It
// must not be changed while it is used.
type Server struct {
	// Name is the server's name.
	Name string

	// Greeting is the wire name of the first event. Empty is session.created.
	Greeting string
	// Renamed are other wire names of events.
	Renamed map[string]string
	// Omitted are the wire names of events that are not sent.
	Omitted []string
	// Added are events that follow an event of a wire name. They get its response_id and
	// item_id, and an event_id.
	Added map[string][]json.RawMessage
	// Ping is the time between events of the type "ping"; 0 is none.
	Ping time.Duration
	// FlatSession sends sessions with the members of the beta, such as modalities and
	// input_audio_format.
	FlatSession bool

	// NoEventIDs leaves event_id out of events.
	NoEventIDs bool
	// NoPreviousItem makes previous_item_id null.
	NoPreviousItem bool
	// NoDeletedItem makes the item_id of conversation.item.deleted empty.
	NoDeletedItem bool
	// NoMetadata leaves metadata out of responses.
	NoMetadata bool
	// NoOutput makes the output of response.done null.
	NoOutput bool
	// CallsByArguments announces function calls by
	// response.function_call_arguments.done alone, and not as items.
	CallsByArguments bool

	// AnonymousErrors makes error.event_id null.
	AnonymousErrors bool
	// TextErrors makes error a text, with the code beside it.
	TextErrors bool
	// Silent are the codes of errors that are not sent.
	Silent []string
	// MetadataErrors sends an error for the metadata of a response.create, and the
	// response nevertheless.
	MetadataErrors bool
	// Refused are the client's events that are answered by an error, and Ignored those
	// that are not answered.
	Refused, Ignored []string

	// InputRate is the rate of audio/pcm input in Hz; 0 is 24000.
	InputRate int
	// Basic takes HTTP Basic credentials instead of bearer tokens.
	Basic bool
	// Keyless takes connections and requests without a key, too.
	Keyless bool
}

// TakesNoKey reports whether a connection or request needs no key.
func (s *Server) TakesNoKey() bool { return s != nil && s.Keyless }

// Refuses reports whether the client's events of that wire name are answered by an
// error.
func (s *Server) Refuses(wireName string) bool {
	return s != nil && slices.Contains(s.Refused, wireName)
}

// Ignores reports whether the client's events of that wire name are not answered.
func (s *Server) Ignores(wireName string) bool {
	return s != nil && slices.Contains(s.Ignored, wireName)
}
