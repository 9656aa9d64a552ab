package realtimetest

import (
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
)

// receive handles one text frame.
func (s *session) receive(data []byte) {
	d := protocol.Decode(data)
	s.took(d.Type, data)
	if d.Err == nil {
		d.Err = s.handle(d.Event)
	}
	if d.Err != nil {
		s.fail(d.Err, d.ID)
	}
}

// took records a frame of the client, and lets go wrong what goes wrong at it.
func (s *session) took(wireName string, data []byte) {
	s.conn.record(Received, wireName, data)
	if len(s.faults.list) > 0 {
		s.suffer(s.faults.at(Entry{Direction: Received, Type: wireName, Data: data}))
	}
}

// fail tells the client of an error. id is that of the event which caused it.
func (s *session) fail(e *api.Error, id string) {
	sent := *e
	if id != "" {
		sent.EventID = api.Value(id)
	}
	s.emit(&api.ErrorEvent{EventID: s.newID("event"), Error: sent})
}

// handle does what an event asks for, or returns why not. The cases are what the
// server plays; it answers any other event as the protocol declares.
func (s *session) handle(e api.ClientEvent) *api.Error {
	switch e := e.(type) {
	case *api.SessionUpdate:
		return s.update(e)
	case *api.ConversationItemCreate:
		return s.createItem(e)
	case *api.ConversationItemDelete:
		return s.deleteItem(e)
	case *api.ConversationItemRetrieve:
		return s.retrieveItem(e)
	case *api.ConversationItemTruncate:
		return s.truncateItem(e)
	case *api.InputAudioBufferAppend:
		return s.appendInput(e)
	case *api.InputAudioBufferClear:
		s.clearInput()
	case *api.InputAudioBufferCommit:
		return s.commitInput()
	case *api.OutputAudioBufferClear:
		return s.clearOutput()
	case *api.ResponseCreate:
		return s.createResponse(e)
	case *api.ResponseCancel:
		return s.cancelResponse(e)
	default:
		return s.echo(e, api.ClientEventReplies(e), func(data []byte) (event, error) { return api.DecodeServerEvent(data) })
	}
	return nil
}

func msDuration(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }
