package realtimetest

import (
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest/internal/protocol"
	"github.com/voicelane/realtime-go/realtimetest/internal/settings"
	"github.com/voicelane/realtime-go/realtimetest/internal/usage"
)

// dialog is a realtime or transcription session. It passes each event to the part
// that handles it. It belongs to the session's goroutine.
type dialog struct {
	*core
	settings  *settings.Session
	items     *conversation
	mcp       *mcpTools
	responses *responder
	input     *turns
	call      bool // The server plays the audio.
}

// newDialog returns a session with the settings set. phone is not nil on a call.
func newDialog(c *core, set *settings.Session, script *scriptState, phone *PhoneCall) *dialog {
	items := &conversation{
		core: c, settings: set, script: script,
		byID: map[string]*entry{}, approvals: map[string]*api.MCPApprovalRequest{},
	}
	mcp := &mcpTools{core: c, settings: set, items: items}
	responses := &responder{
		core: c, settings: set, items: items, script: script, mcp: mcp, phone: phone,
		usage: usage.State{Limits: append([]api.RateLimit(nil), c.cfg.RateLimits...)},
	}
	input := &turns{
		core: c, settings: set, items: items, script: script, responses: responses,
		transcriber: &transcriber{core: c, settings: set},
	}
	responses.onIdle = input.timedOut
	input.buffer.Configure(set.Input())
	return &dialog{
		core: c, settings: set, items: items, mcp: mcp, responses: responses, input: input, call: phone != nil,
	}
}

// receive handles one event.
func (d *dialog) receive(decoded protocol.Decoded[api.ClientEvent]) {
	if decoded.Err == nil {
		decoded.Err = d.handle(decoded.Event)
	}
	if decoded.Err != nil {
		d.fail(decoded.Err, decoded.ID)
	}
}

// handle performs an event, or returns why it is refused. The server simulates the
// cases below; it answers any other event as the protocol declares.
func (d *dialog) handle(e api.ClientEvent) *api.Error {
	switch e := e.(type) {
	case *api.SessionUpdate:
		return d.update(e)
	case *api.ConversationItemCreate:
		return d.create(e)
	case *api.ConversationItemDelete:
		return d.items.remove(e)
	case *api.ConversationItemRetrieve:
		return d.items.retrieve(e)
	case *api.ConversationItemTruncate:
		return d.items.truncate(e)
	case *api.InputAudioBufferAppend:
		return d.input.append(e.Audio)
	case *api.InputAudioBufferClear:
		d.input.clear()
	case *api.InputAudioBufferCommit:
		return d.input.commitRequested()
	case *api.OutputAudioBufferClear:
		return d.responses.clearOutput(d.call)
	case *api.ResponseCreate:
		return d.responses.create(e)
	case *api.ResponseCancel:
		return d.responses.cancelRequested(e)
	default:
		return echoes{d.core}.answer(e, api.ClientEventReplies(e), func(data []byte) (event, error) { return api.DecodeServerEvent(data) })
	}
	return nil
}

// update handles session.update.
func (d *dialog) update(e *api.SessionUpdate) *api.Error {
	if err := d.settings.Update(e.Session); err != nil {
		return err
	}
	d.input.buffer.Configure(d.settings.Input())
	d.emit(&api.SessionUpdated{EventID: d.newID("event"), Session: d.settings.Object()})
	d.mcp.listNew()
	return nil
}

// create handles conversation.item.create.
func (d *dialog) create(e *api.ConversationItemCreate) *api.Error {
	item, err := d.items.create(e)
	if err != nil {
		return err
	}
	if answer, ok := item.(*api.MCPApprovalResponse); ok {
		d.mcp.answered(answer)
	}
	return nil
}
