package mcptools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/gen/api"
)

// maxImage bounds an image that is put into the conversation.
const maxImage = 4 << 20

// output returns the text of a result. Images go into the conversation of the call.
func output(ctx context.Context, r *mcp.CallToolResult) (string, error) {
	var parts []string
	for _, c := range r.Content {
		if text := content(ctx, c, r.StructuredContent); text != "" {
			parts = append(parts, text)
		}
	}
	if r.StructuredContent != nil {
		text, err := json.Marshal(r.StructuredContent)
		if err != nil {
			return "", err
		}
		parts = append(parts, string(text))
	}
	text := strings.Join(parts, "\n")
	if !r.IsError {
		return text, nil
	}
	if text == "" {
		text = "the tool failed"
	}
	return "", errors.New(text)
}

// content returns the text for one part of a result; "" for one that repeats the
// structured result.
func content(ctx context.Context, c mcp.Content, structured any) string {
	switch c := c.(type) {
	case *mcp.TextContent:
		if structured != nil && repeats(c.Text, structured) {
			return ""
		}
		return c.Text
	case *mcp.ImageContent:
		return image(ctx, c.MIMEType, c.Data)
	case *mcp.AudioContent:
		return binary("audio", c.MIMEType, len(c.Data))
	case *mcp.ResourceLink:
		return strings.TrimSpace(fmt.Sprintf("(link to %s: %s) %s", c.Name, c.URI, c.Description))
	case *mcp.EmbeddedResource:
		switch r := c.Resource; {
		case r == nil:
			return ""
		case r.Blob == nil:
			return r.Text
		case shows(r.MIMEType, r.Blob):
			return image(ctx, r.MIMEType, r.Blob)
		default:
			return binary("file "+r.URI, r.MIMEType, len(r.Blob))
		}
	default:
		return fmt.Sprintf("(content of an unknown kind, %T)", c)
	}
}

// repeats reports whether text is the JSON of a structured result, which servers add for
// older clients.
func repeats(text string, structured any) bool {
	var v any
	return json.Unmarshal([]byte(text), &v) == nil && reflect.DeepEqual(v, structured)
}

func binary(what, mediaType string, size int) string {
	return fmt.Sprintf("(%s, %s, %d bytes, not shown)", what, mediaType, size)
}

// shows reports whether the conversation takes an image.
func shows(mediaType string, data []byte) bool {
	return (mediaType == "image/png" || mediaType == "image/jpeg") && len(data) > 0 && len(data) <= maxImage
}

// image puts an image into the conversation of the call, and returns a note about it.
func image(ctx context.Context, mediaType string, data []byte) string {
	call := agent.CallFrom(ctx)
	if call == nil || call.Conv == nil || !shows(mediaType, data) {
		return binary("image", mediaType, len(data))
	}
	if _, err := call.Conv.History().Insert(ctx, api.UserImage(mediaType, data), ""); err != nil {
		return binary("image", mediaType, len(data))
	}
	return "(The image is in a message beside this output.)"
}
