// Command app is the program of the page. It is built for GOOS=js and runs the
// conversation; the page's JavaScript handles audio and display.
package main

import (
	"context"
	"errors"
	"syscall/js"
	"time"

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
	ctx := context.Background()
	funcs := map[string]js.Func{
		"hear":      js.FuncOf(func(_ js.Value, args []js.Value) any { c.Hear(bytesOf(args[0])); return nil }),
		"played":    js.FuncOf(func(js.Value, []js.Value) any { c.Played(); return nil }),
		"interrupt": js.FuncOf(func(js.Value, []js.Value) any { go c.Interrupt(ctx); return nil }),
	}
	ctx, stop := context.WithCancel(ctx)
	funcs["stop"] = js.FuncOf(func(js.Value, []js.Value) any { stop(); return nil })
	go func() {
		select {
		case <-c.Ready():
			p.v.Call("ready")
		case <-ctx.Done():
		}
	}()
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
	p.Show(talk.Connecting, "")
	first, err := p.grant(ctx)
	if err != nil {
		if ctx.Err() != nil {
			p.Show(talk.Over, "")
			return nil
		}
		p.Show(talk.Failed, err.Error())
		return err
	}
	used := false
	client, err := realtime.NewClient(&realtime.Config{
		BaseURL: first.url,
		Credentials: func(ctx context.Context) (realtime.Credential, error) {
			if !used {
				used = true
				return realtime.Key(first.secret), nil
			}
			g, err := p.grant(ctx)
			return realtime.Key(g.secret), err
		},
	})
	if err != nil {
		p.Show(talk.Failed, err.Error())
		return err
	}
	return c.Hold(ctx, client, first.model)
}

// grant is the page server's response for one connection.
type grant struct{ secret, url, model string }

func (p *page) grant(ctx context.Context) (grant, error) {
	v, err := await(ctx, p.v.Call("grant"))
	if err != nil {
		return grant{}, err
	}
	return grant{secret: v.Get("secret").String(), url: v.Get("url").String(), model: v.Get("model").String()}, nil
}

// await waits until a promise is settled or ctx ends.
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
		settled <- outcome{err: errors.New(args[0].Get("message").String())}
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

// page calls the JavaScript object of the page.
type page struct{ v js.Value }

var _ talk.Page = (*page)(nil)

func (p *page) Show(s talk.State, detail string) { p.v.Call("show", string(s), detail) }

func (p *page) Caption(item, who, text string, final bool) {
	p.v.Call("caption", item, who, text, final)
}

func (p *page) Cut(item string, heard time.Duration) { p.v.Call("cut", item, heard.Seconds()) }

func (p *page) Tool(call, name, arguments, result string) {
	p.v.Call("tool", call, name, arguments, result)
}

func (p *page) Play(item string, sound []byte) {
	b := js.Global().Get("Uint8Array").New(len(sound))
	js.CopyBytesToJS(b, sound)
	p.v.Call("play", item, b)
}

// silencing is the maximum time to wait for the page to stop playback.
const silencing = 2 * time.Second

func (p *page) Silence() <-chan talk.Heard {
	heard := make(chan talk.Heard, 1)
	promise := p.v.Call("silence")
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), silencing)
		defer cancel()
		v, err := await(ctx, promise)
		if err != nil {
			heard <- talk.Heard{}
			return
		}
		heard <- talk.Heard{
			Item: v.Get("item").String(), Time: time.Duration(v.Get("seconds").Float() * float64(time.Second)),
		}
	}()
	return heard
}

func bytesOf(v js.Value) []byte {
	b := make([]byte, v.Get("byteLength").Int())
	js.CopyBytesToGo(b, v)
	return b
}
