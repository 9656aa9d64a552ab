package failure

import (
	"encoding/json"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/text"
)

// Of returns the error that an event holds, in whichever form a server has written it.
func Of(e *api.ErrorEvent) api.Error {
	d := e.Error
	odd := Detail{Message: d.Message, Kind: d.Type}
	for _, extra := range []*api.Extra{&e.Error.Extra, &e.Extra} {
		if extra.Len() > 0 {
			odd.Fill(Members(func(name string) json.RawMessage {
				raw, _ := extra.Get(name)
				return raw
			}))
		}
	}
	d.Message, d.Type = odd.Message, odd.Kind
	for _, m := range [...]struct {
		to   *api.Nullable[string]
		from string
	}{{&d.Code, odd.Code}, {&d.Param, odd.Param}, {&d.EventID, odd.EventID}} {
		if had, _ := m.to.Get(); had == "" && m.from != "" {
			*m.to = api.Value(m.from)
		}
	}
	return d
}

// Clean returns the message of an event that Reports without secrets, and whether the peer
// has repeated one in it: the texts of a failure end up in errors and logs, where the type of
// the event no longer shows that a peer wrote them.
func Clean(message []byte, secrets *text.Secrets) (clean []byte, repeated bool) {
	clean = secrets.ScrubJSON(message)
	return clean, &clean[0] != &message[0]
}

// Reports reports whether the texts of an event are those of an error.
func Reports(e any) bool {
	switch e := e.(type) {
	case *api.ErrorEvent, *api.ConversationItemInputAudioTranscriptionFailed:
		return true
	case *api.ResponseDone:
		return e.Response.Status != api.ResponseStatusCompleted
	default:
		return false
	}
}
