package realtime

import "github.com/voicelane/realtime-go/gen/api"

// refusal is the error of an event that refuses another.
func refusal(e api.ServerEvent) error {
	if failure, ok := e.(*api.ErrorEvent); ok {
		return NewServerError(failure)
	}
	return &ServerError{Detail: api.Error{Type: e.EventType(), Message: "the server refused the event"}}
}
