package contender

import (
	"context"
	"encoding/base64"
	"net/http"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	vendor "github.com/openai/openai-go/v3/realtime"
)

// openai is the vendor's package for Go, with its own connection and its defaults: typed
// events, or raw ones that nothing decodes.
func (c *crowd) openai(ctx context.Context, k Kind) error {
	conn, err := DialOpenAI(ctx, c.http, c.base)
	if err != nil {
		return err
	}
	send, next := openaiSend(ctx, conn), c.openaiTyped
	if k == OpenAIRaw {
		send, next = openaiSendRaw(ctx, conn), c.openaiRaw
	}
	c.holds(nil, send)
	go func() {
		defer c.broken.Add(1)
		for next(ctx, conn, send) == nil {
		}
	}()
	return nil
}

// DialOpenAI opens a connection of the vendor's package and receives its first event.
func DialOpenAI(ctx context.Context, hc *http.Client, base string) (*vendor.RealtimeConnection, error) {
	client := openai.NewClient(option.WithAPIKey("key"), option.WithBaseURL(base), option.WithHTTPClient(hc))
	conn, err := client.Realtime.Connect(ctx, vendor.RealtimeConnectionOptions{}, option.WithQuery("model", "gpt-realtime"))
	if err != nil {
		return nil, err
	}
	_, err = conn.Recv(ctx)
	return conn, err
}

// OpenAIAppend returns the vendor's append of audio.
func OpenAIAppend(audio []byte) vendor.RealtimeClientEventUnionParam {
	return vendor.RealtimeClientEventParamOfInputAudioBufferAppend(base64.StdEncoding.EncodeToString(audio))
}

func openaiSend(ctx context.Context, conn *vendor.RealtimeConnection) sender {
	return func(audio []byte) error { return conn.Send(ctx, OpenAIAppend(audio)) }
}

func openaiSendRaw(ctx context.Context, conn *vendor.RealtimeConnection) sender {
	return func(audio []byte) error {
		return prepare(len(audio)).with(audio, func(event []byte) error { return conn.SendRaw(ctx, event) })
	}
}

// openaiTyped receives an event; its user decodes the audio.
func (c *crowd) openaiTyped(ctx context.Context, conn *vendor.RealtimeConnection, answer sender) error {
	e, err := conn.Recv(ctx)
	if err != nil {
		return err
	}
	delta, ok := e.AsAny().(vendor.ResponseAudioDeltaEvent)
	if !ok {
		return errSurprise
	}
	audio, err := base64.StdEncoding.DecodeString(delta.Delta)
	if err != nil {
		return err
	}
	return c.heard(audio, answer)
}

func (c *crowd) openaiRaw(ctx context.Context, conn *vendor.RealtimeConnection, answer sender) error {
	message, err := conn.RecvRaw(ctx)
	if err != nil {
		return err
	}
	return c.arrived(message, answer)
}
