package main

import (
	"context"
	"syscall/js"

	"github.com/voicelane/realtime-go/examples/browser/talk"
)

// page calls the JavaScript object of the page. Its methods do not call back.
type page struct{ v js.Value }

var _ talk.Page = (*page)(nil)

func (p *page) Show(s talk.State, detail, advice string) {
	p.v.Call("show", string(s), detail, advice)
}

func (p *page) Say(c talk.Caption) {
	p.v.Call("say", map[string]any{
		"key": c.Key, "who": c.Who, "said": c.Said, "unheard": c.Unheard,
		"final": c.Final, "cut": c.Cut, "wait": c.Wait.Seconds(),
	})
}

func (p *page) Tool(call, name, arguments, result string) {
	p.v.Call("tool", call, name, arguments, result)
}

func (p *page) Play(sound []byte) {
	b := js.Global().Get("Uint8Array").New(len(sound))
	js.CopyBytesToJS(b, sound)
	p.v.Call("play", b)
}

func (p *page) Clear(generation int) { p.v.Call("clear", generation) }

func bytesOf(v js.Value) []byte {
	b := make([]byte, v.Get("byteLength").Int())
	js.CopyBytesToGo(b, v)
	return b
}

// await waits until a promise is settled or ctx ends. The reason of a rejection has a
// message and, for the user, advice.
func await(ctx context.Context, promise js.Value) (js.Value, error) {
	type outcome struct {
		value js.Value
		err   error
	}
	settled := make(chan outcome, 1)
	var fulfilled, rejected js.Func
	release := func() { fulfilled.Release(); rejected.Release() }
	fulfilled = js.FuncOf(func(_ js.Value, args []js.Value) any {
		settled <- outcome{value: args[0]}
		release()
		return nil
	})
	rejected = js.FuncOf(func(_ js.Value, args []js.Value) any {
		problem := &talk.UserError{Text: args[0].Get("message").String()}
		if advice := args[0].Get("advice"); advice.Type() == js.TypeString {
			problem.Advice = advice.String()
		}
		settled <- outcome{err: problem}
		release()
		return nil
	})
	promise.Call("then", fulfilled, rejected)
	select {
	case o := <-settled:
		return o.value, o.err
	case <-ctx.Done():
		return js.Undefined(), context.Cause(ctx)
	}
}
