package probe

import (
	"context"
	"errors"
	"fmt"

	"github.com/voicelane/realtime-go/socket"
)

var connectionChecks = []check{
	{name: "connection/greeting", early: true, about: "the first event is session.created", run: func(ctx context.Context, p *peer) error {
		e, err := p.awaitThat(ctx, func(event) bool { return true }, "session.created")
		if err == nil && e.name != "session.created" {
			err = fmt.Errorf("the first event is %s", printable(e.name))
		}
		return err
	}},
	{name: "connection/session", early: true, about: "the greeting describes the session: id and model", needs: "connection/greeting", run: func(ctx context.Context, p *peer) error {
		e, err := p.await(ctx, "session.created")
		if err == nil && (e.text("session", "id") == "" || e.text("session", "model") == "") {
			err = errors.New("the session has no id or no model")
		}
		return err
	}},
	{name: "connection/close", about: "a close is answered with the same code", run: func(_ context.Context, p *peer) error {
		err := p.s.CloseWith(1000, "")
		if end, ok := errors.AsType[*socket.CloseError](err); ok {
			return fmt.Errorf("answered with code %d", end.Code)
		}
		return err
	}},
}

var errorChecks = []check{
	{name: "error/unknown-event", about: "an event of an unknown type is refused", run: func(ctx context.Context, p *peer) error {
		return p.refused(ctx, "probe.unknown", nil)
	}},
	{name: "error/event-id", about: "an error names the event that caused it", needs: "error/unknown-event", run: func(ctx context.Context, p *peer) error {
		id, err := p.send(ctx, "probe.unknown", nil)
		if err != nil {
			return err
		}
		e, err := p.await(ctx, "error")
		if err == nil && e.text("error", "event_id") != id {
			err = errors.New("error.event_id is not that of the event")
		}
		return err
	}},
	{name: "error/object", about: "an error is an object with type and message", needs: "error/unknown-event", run: func(ctx context.Context, p *peer) error {
		e, err := p.request(ctx, "probe.unknown", nil, "error")
		if err == nil && (e.text("error", "type") == "" || e.text("error", "message") == "") {
			err = fmt.Errorf("error is a %T without them", e.at("error"))
		}
		return err
	}},
	{name: "error/malformed", about: "a message that is no JSON is refused, and the session goes on", run: func(ctx context.Context, p *peer) error {
		if err := p.s.Send(ctx, []byte(`{"type": "session.update", `)); err != nil {
			return err
		}
		if _, err := p.await(ctx, "error"); err != nil {
			return err
		}
		_, err := p.say(ctx, "Hello.")
		return err
	}},
	{name: "error/recovered", about: "the session goes on after an error", needs: "error/unknown-event", run: func(ctx context.Context, p *peer) error {
		if err := p.refused(ctx, "probe.unknown", nil); err != nil {
			return err
		}
		_, err := p.say(ctx, "Hello.")
		return err
	}},
}
