// Command app is the program of the page. It is built for GOOS=js and runs the
// conversation; the page's JavaScript handles audio and display.
package main

import (
	"context"
	"syscall/js"

	"github.com/voicelane/realtime-go/examples/browser/talk"
	"github.com/voicelane/realtime-go/realtime"
)

// main gives the page its entry point and blocks: when a Go program exits, its
// functions can no longer be called.
func main() {
	js.Global().Set("talk", map[string]any{"start": js.FuncOf(start)})
	js.Global().Call("dispatchEvent", js.Global().Get("Event").New("talk-ready"))
	select {}
}

// start starts a conversation and returns the functions that the page may call. It must
// not block, since it runs on the browser's event loop.
func start(_ js.Value, args []js.Value) any {
	p := &page{v: args[0]}
	c := talk.New(p)
	ctx, stop := context.WithCancel(context.Background())
	funcs := map[string]js.Func{
		"hear": js.FuncOf(func(_ js.Value, args []js.Value) any { c.Hear(bytesOf(args[0])); return nil }),
		"played": js.FuncOf(func(_ js.Value, args []js.Value) any {
			c.Played(args[0].Int(), args[1].Int())
			return nil
		}),
		"interrupt": js.FuncOf(func(js.Value, []js.Value) any { go c.Interrupt(ctx); return nil }),
		"write": js.FuncOf(func(_ js.Value, args []js.Value) any {
			go c.Write(ctx, args[0].String())
			return nil
		}),
		"stop": js.FuncOf(func(js.Value, []js.Value) any { stop(); return nil }),
	}
	go func() {
		defer stop()
		if err := p.hold(ctx, c); err != nil {
			js.Global().Get("console").Call("warn", err.Error())
		}
		p.v.Call("ended")
		for _, f := range funcs {
			f.Release()
		}
	}()
	handles := map[string]any{}
	for name, f := range funcs {
		handles[name] = f
	}
	return handles
}

// hold runs the conversation. It requests a new secret for each connection, since a
// secret may have expired before a reconnection.
func (p *page) hold(ctx context.Context, c *talk.Conversation) error {
	config := p.v.Get("config")
	client, err := realtime.NewClient(&realtime.Config{
		BaseURL: config.Get("url").String(),
		Credentials: func(ctx context.Context) (realtime.Credential, error) {
			secret, err := await(ctx, p.v.Call("secret"))
			if err != nil {
				return realtime.Credential{}, err
			}
			return realtime.Key(secret.String()), nil
		},
	})
	if err != nil {
		p.Show(talk.Failed, err.Error(), "")
		return err
	}
	return c.Hold(ctx, client, config.Get("model").String())
}
