package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

var responseChecks = []check{
	{name: "response/text", about: "a response in writing is streamed and completed", run: func(ctx context.Context, p *peer) error {
		if _, err := p.say(ctx, "Say hello."); err != nil {
			return err
		}
		if _, err := p.answer(ctx); err != nil {
			return err
		}
		return p.saw("response.output_text.delta")
	}},
	{name: "response/audio", about: "a spoken response is streamed, with its transcript", run: func(ctx context.Context, p *peer) error {
		if _, err := p.say(ctx, "Say hello."); err != nil {
			return err
		}
		done, err := p.respond(ctx, object{"output_modalities": []string{"audio"}})
		if err = errors.Join(err, completed(done, err)); err != nil {
			return err
		}
		return p.saw("response.output_audio.delta", "response.output_audio_transcript.delta")
	}},
	{name: "response/usage", about: "the end of a response reports its tokens", needs: "response/text", run: func(ctx context.Context, p *peer) error {
		if _, err := p.say(ctx, "Say hello."); err != nil {
			return err
		}
		e, err := p.answer(ctx)
		if n, _ := e.at("response", "usage", "total_tokens").(float64); err == nil && n <= 0 {
			err = errors.New("the usage is missing or 0")
		}
		return err
	}},
	{name: "response/rate-limits", about: "rate limits are told after a response", needs: "response/text", run: func(ctx context.Context, p *peer) error {
		if _, err := p.say(ctx, "Say hello."); err != nil {
			return err
		}
		if _, err := p.answer(ctx); err != nil || p.saw("rate_limits.updated") == nil {
			return err
		}
		_, err := p.await(ctx, "rate_limits.updated")
		return err
	}},
	{name: "response/metadata", about: "metadata of a request comes back in its response", run: func(ctx context.Context, p *peer) error {
		e, err := p.request(ctx, "response.create", object{"response": object{
			"output_modalities": []string{"text"}, "metadata": object{"probe": "1"},
		}}, "response.created")
		if err == nil && e.text("response", "metadata", "probe") != "1" {
			err = errors.New("response.created is without it")
		}
		return err
	}},
	{name: "response/out-of-band", about: "a response outside of the conversation", needs: "response/text", run: func(ctx context.Context, p *peer) error {
		done, err := p.respond(ctx, object{"conversation": "none", "output_modalities": []string{"text"}, "instructions": "Say hello."})
		if err == nil {
			err = completed(done, err)
		}
		if err == nil && slices.ContainsFunc(p.seen, func(e event) bool {
			return e.name == "conversation.item.added" || e.name == "conversation.item.created"
		}) {
			err = errors.New("its output was added to the conversation")
		}
		return err
	}},
	{name: "response/cancel-idle", about: "a cancellation is refused when no response is active", run: func(ctx context.Context, p *peer) error {
		return p.refused(ctx, "response.cancel", nil, "response.done")
	}},
	{name: "response/cancel", about: "a running response can be cancelled", needs: "response/text", run: func(ctx context.Context, p *peer) error {
		if err := p.begin(ctx); err != nil {
			return err
		}
		e, err := p.request(ctx, "response.cancel", nil, "response.done")
		if status := e.text("response", "status"); err == nil && status != "cancelled" {
			return skipped("the response had ended as " + printable(status))
		}
		if _, ok := errors.AsType[refusal](err); ok && p.saw("response.done") == nil {
			return skipped("the response had ended")
		}
		return err
	}},
	{name: "response/active", about: "a second response is refused while one is active", needs: "response/text", run: func(ctx context.Context, p *peer) error {
		if err := p.begin(ctx); err != nil {
			return err
		}
		id, err := p.send(ctx, "response.create", object{"response": object{"output_modalities": []string{"text"}}})
		if err != nil {
			return err
		}
		e, err := p.await(ctx, "error", "response.done", "response.created")
		switch {
		case err != nil:
			return err
		case e.name == "response.done":
			return skipped("the first response had ended")
		case e.name == "response.created":
			return errors.New("accepted")
		}
		return refusedAs(e, id)
	}},
}

// refusedAs requires that an error names the event, or none.
func refusedAs(e event, id string) error {
	if named := e.text("error", "event_id"); named != "" && named != id {
		return errors.New("the refusal names another event")
	}
	return nil
}

// begin begins a response that takes a while.
func (p *peer) begin(ctx context.Context) error {
	if _, err := p.say(ctx, "Count from 1 to 500, each number in words."); err != nil {
		return err
	}
	_, err := p.request(ctx, "response.create", object{"response": object{"output_modalities": []string{"text"}}}, "response.created")
	return err
}

// saw requires that events of all names have arrived.
func (p *peer) saw(names ...string) error {
	for _, name := range names {
		if !slices.ContainsFunc(p.seen, func(e event) bool { return e.name == name }) {
			return fmt.Errorf("no %s%s", name, p.instead(0))
		}
	}
	return nil
}

// weather is a function of which every model finds out what it is for.
var weather = object{
	"type": "function", "name": "get_weather", "description": "Returns the weather of a city.",
	"parameters": object{"type": "object", "properties": object{"city": object{"type": "string"}}, "required": []string{"city"}},
}

var toolChecks = []check{
	{name: "tool/call", about: "the model calls a function, and the end of the response lists the call", needs: "update/tools", run: func(ctx context.Context, p *peer) error {
		_, err := p.call(ctx)
		return err
	}},
	{name: "tool/arguments", about: "the arguments of a call are complete in response.function_call_arguments.done", needs: "tool/call", run: func(ctx context.Context, p *peer) error {
		if _, err := p.call(ctx); err != nil {
			return err
		}
		return p.saw("response.function_call_arguments.done")
	}},
	{name: "tool/item", about: "response.output_item.done brings the call", needs: "tool/call", run: func(ctx context.Context, p *peer) error {
		if _, err := p.call(ctx); err != nil {
			return err
		}
		if !slices.ContainsFunc(p.seen, func(e event) bool {
			return e.name == "response.output_item.done" && e.text("item", "type") == "function_call"
		}) {
			return errors.New("no response.output_item.done with a function_call")
		}
		return nil
	}},
	{name: "tool/output", about: "the output of a call is confirmed, and the model goes on", needs: "tool/call", run: func(ctx context.Context, p *peer) error {
		id, err := p.call(ctx)
		if err != nil {
			return err
		}
		if _, err := p.item(ctx, object{"type": "function_call_output", "call_id": id, "output": `{"weather":"sunny"}`}); err != nil {
			return err
		}
		_, err = p.answer(ctx)
		return err
	}},
}

// call makes the model call the function, and returns the id of the call.
func (p *peer) call(ctx context.Context) (id string, err error) {
	if _, err := p.update(ctx, object{"tools": []object{weather}}); err != nil {
		return "", err
	}
	if _, err := p.say(ctx, "What is the weather in Lisbon? Call the function."); err != nil {
		return "", err
	}
	done, err := p.respond(ctx, object{"output_modalities": []string{"text"}, "tool_choice": "required"})
	if err != nil {
		return "", err
	}
	output, _ := done.at("response", "output").([]any)
	for _, item := range output {
		call := event{members: object{"item": item}}
		if call.text("item", "type") == "function_call" {
			return call.text("item", "call_id"), nil
		}
	}
	return "", errors.New("the response ended without a call in its output")
}
