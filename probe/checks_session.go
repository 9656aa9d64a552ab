package probe

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

var updateChecks = []check{
	{name: "update/answered", about: "session.update is answered by session.updated", run: func(ctx context.Context, p *peer) error {
		_, err := p.update(ctx, object{"instructions": "Be brief."})
		return err
	}},
	{name: "update/instructions", about: "session.updated shows the new instructions", needs: "update/answered", run: func(ctx context.Context, p *peer) error {
		e, err := p.update(ctx, object{"instructions": "Be brief."})
		if err == nil && e.text("session", "instructions") != "Be brief." {
			err = errors.New("the session shows others, or none")
		}
		return err
	}},
	{name: "update/partial", about: "an update leaves alone what it does not name", needs: "update/instructions", run: func(ctx context.Context, p *peer) error {
		if _, err := p.update(ctx, object{"instructions": "Be brief."}); err != nil {
			return err
		}
		e, err := p.update(ctx, object{"output_modalities": []string{"text"}})
		if err == nil && e.text("session", "instructions") != "Be brief." {
			err = errors.New("the instructions are gone")
		}
		return err
	}},
	{name: "update/turn-detection-off", about: "turn detection can be switched off with null", needs: "update/answered", run: func(ctx context.Context, p *peer) error {
		e, err := p.update(ctx, object{"audio": object{"input": object{"turn_detection": nil}}})
		if err == nil && e.at("session", "audio", "input", "turn_detection") != nil {
			err = errors.New("the session still shows one")
		}
		return err
	}},
	{name: "update/tools", about: "function tools are accepted, and shown", needs: "update/answered", run: func(ctx context.Context, p *peer) error {
		e, err := p.update(ctx, object{"tools": []object{weather}})
		if tools, _ := e.at("session", "tools").([]any); err == nil && len(tools) != 1 {
			err = errors.New("the session shows no tool")
		}
		return err
	}},
	{name: "update/g711", about: "G.711 is accepted in both directions", needs: "update/answered", run: func(ctx context.Context, p *peer) error {
		pcmu := object{"format": object{"type": "audio/pcmu"}}
		e, err := p.update(ctx, object{"audio": object{"input": pcmu, "output": pcmu}})
		if err == nil && e.text("session", "audio", "output", "format", "type") != "audio/pcmu" {
			err = errors.New("the session shows another format")
		}
		return err
	}},
	{name: "update/refused", about: "a value that is not allowed is refused by session.update", needs: "update/answered", run: func(ctx context.Context, p *peer) error {
		return p.refused(ctx, "session.update", object{"session": object{"type": "realtime", "output_modalities": []string{"smell"}}}, "session.updated")
	}},
}

var itemChecks = []check{
	{name: "item/created", about: "an item is confirmed", run: func(ctx context.Context, p *peer) error {
		_, err := p.say(ctx, "Hello.")
		return err
	}},
	{name: "item/added", about: "the confirmation is conversation.item.added, then conversation.item.done", needs: "item/created", run: func(ctx context.Context, p *peer) error {
		e, err := p.say(ctx, "Hello.")
		if err == nil && e.name != "conversation.item.added" {
			return fmt.Errorf("the confirmation is %s", printable(e.name))
		}
		if err == nil {
			_, err = p.await(ctx, "conversation.item.done")
		}
		return err
	}},
	{name: "item/id", about: "an item keeps the id that the client gave", needs: "item/created", run: func(ctx context.Context, p *peer) error {
		e, err := p.item(ctx, named("probe_item_1"))
		if err == nil && e.text("item", "id") != "probe_item_1" {
			err = errors.New("the item has another id")
		}
		return err
	}},
	{name: "item/order", about: "previous_item_id places an item, and is told", needs: "item/id", run: func(ctx context.Context, p *peer) error {
		if _, err := p.item(ctx, named("probe_item_1")); err != nil {
			return err
		}
		e, err := p.request(ctx, "conversation.item.create", object{"previous_item_id": "probe_item_1", "item": named("probe_item_2")},
			confirmations...)
		if err == nil && e.text("previous_item_id") != "probe_item_1" {
			err = errors.New("the confirmation has another previous_item_id, or none")
		}
		return err
	}},
	{name: "item/retrieve", about: "an item can be retrieved", needs: "item/id", run: func(ctx context.Context, p *peer) error {
		if _, err := p.item(ctx, named("probe_item_1")); err != nil {
			return err
		}
		e, err := p.request(ctx, "conversation.item.retrieve", object{"item_id": "probe_item_1"}, "conversation.item.retrieved")
		if err == nil && e.text("item", "id") != "probe_item_1" {
			err = errors.New("another item was retrieved")
		}
		return err
	}},
	{name: "item/delete", about: "an item can be deleted, and the answer names it", needs: "item/id", run: func(ctx context.Context, p *peer) error {
		if _, err := p.item(ctx, named("probe_item_1")); err != nil {
			return err
		}
		e, err := p.request(ctx, "conversation.item.delete", object{"item_id": "probe_item_1"}, "conversation.item.deleted")
		if err == nil && e.text("item_id") != "probe_item_1" {
			err = errors.New("the answer names no item, or another")
		}
		return err
	}},
	{name: "item/long-id", about: "an id of more than 32 characters is refused", needs: "item/id", run: func(ctx context.Context, p *peer) error {
		return p.refused(ctx, "conversation.item.create", object{"item": named(strings.Repeat("x", 33))}, confirmations...)
	}},
	{name: "item/absent", about: "the deletion of an item that is not there is refused", run: func(ctx context.Context, p *peer) error {
		return p.refused(ctx, "conversation.item.delete", object{"item_id": "probe_absent"}, "conversation.item.deleted")
	}},
}

// named is a message of the user with an id.
func named(id string) object {
	return object{"id": id, "type": "message", "role": "user", "content": []object{{"type": "input_text", "text": "Hello."}}}
}
