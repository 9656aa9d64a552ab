package mcptools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"go.uber.org/goleak"
)

// peerKey is the variable that makes the test binary an MCP server: "stdio" or "http".
const peerKey = "MCPTOOLS_TEST_PEER"

func TestMain(m *testing.M) {
	switch os.Getenv(peerKey) {
	case "stdio":
		exit(newPeer().Run(context.Background(), &mcp.StdioTransport{}))
	case "http":
		exit(servePeer())
	default:
		goleak.VerifyTestMain(m)
	}
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// servePeer serves until it is killed, and prints its address.
func servePeer() error {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", os.Getenv("MCPTOOLS_TEST_ADDR"))
	if err != nil {
		return err
	}
	fmt.Println("http://" + l.Addr().String())
	peer := newPeer()
	streams := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return peer }, nil)
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/secret" && r.Header.Get("Authorization") != "Bearer right" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		streams.ServeHTTP(w, r)
	}))
}

// command returns the command that runs the peer on its standard streams.
func command(env ...string) *exec.Cmd {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(path)
	cmd.Env = append(append(os.Environ(), peerKey+"=stdio"), env...)
	return cmd
}

type sum struct {
	A int `json:"a" jsonschema:"the first"`
	B int `json:"b"`
}

type total struct {
	Total int `json:"total"`
}

// onePixel is an image of one pixel.
var onePixel = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")

// newPeer returns an MCP server with tools of every kind, ten on a page.
func newPeer() *mcp.Server {
	s := mcp.NewServer(&mcp.Implementation{Name: "peer", Version: "1"}, &mcp.ServerOptions{PageSize: 10})
	mcp.AddTool(s, &mcp.Tool{Name: "add", Description: "Adds."}, func(_ context.Context, _ *mcp.CallToolRequest, in sum) (*mcp.CallToolResult, total, error) {
		return nil, total{in.A + in.B}, nil
	})
	text := func(name string, f func(ctx context.Context, arguments json.RawMessage) ([]mcp.Content, error)) {
		s.AddTool(&mcp.Tool{Name: name, Title: "The tool " + name, InputSchema: json.RawMessage(`{"type":"object"}`)},
			func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
				content, err := f(ctx, r.Params.Arguments)
				if err != nil {
					res := &mcp.CallToolResult{}
					res.SetError(err)
					return res, nil
				}
				return &mcp.CallToolResult{Content: content}, nil
			})
	}
	say := func(text string) []mcp.Content { return []mcp.Content{&mcp.TextContent{Text: text}} }
	text("files.read", func(_ context.Context, a json.RawMessage) ([]mcp.Content, error) {
		return append(say("got "+string(a)), say("and more")...), nil
	})
	text("picture", func(context.Context, json.RawMessage) ([]mcp.Content, error) {
		return append(say("a pixel"), &mcp.ImageContent{MIMEType: "image/png", Data: onePixel},
			&mcp.ImageContent{MIMEType: "image/gif", Data: onePixel}, &mcp.AudioContent{MIMEType: "audio/wav", Data: []byte("RIFF")},
			&mcp.ResourceLink{Name: "report", URI: "file:///report"},
			&mcp.EmbeddedResource{Resource: &mcp.ResourceContents{URI: "file:///a", Text: "a text"}},
			&mcp.EmbeddedResource{Resource: &mcp.ResourceContents{URI: "file:///b", MIMEType: "application/zip", Blob: []byte("PK")}}), nil
	})
	text("fail", func(context.Context, json.RawMessage) ([]mcp.Content, error) {
		return nil, errors.New("the disk is full")
	})
	text("variable", func(context.Context, json.RawMessage) ([]mcp.Content, error) {
		return say(os.Getenv("MCPTOOLS_TEST_SECRET")), nil
	})
	text("die", func(context.Context, json.RawMessage) ([]mcp.Content, error) {
		os.Exit(3)
		return nil, nil
	})
	var begun, cancelled atomic.Int32
	text("slow", func(ctx context.Context, _ json.RawMessage) ([]mcp.Content, error) {
		begun.Add(1)
		<-ctx.Done()
		cancelled.Add(1)
		return nil, ctx.Err()
	})
	text("slowness", func(context.Context, json.RawMessage) ([]mcp.Content, error) {
		return say(fmt.Sprintf("%d of %d cancelled", cancelled.Load(), begun.Load())), nil
	})
	text("grow", func(context.Context, json.RawMessage) ([]mcp.Content, error) {
		text("grown", func(context.Context, json.RawMessage) ([]mcp.Content, error) { return say("new"), nil })
		return say("grown"), nil
	})
	for i := range 25 {
		text(fmt.Sprintf("extra_%02d", i), func(context.Context, json.RawMessage) ([]mcp.Content, error) { return say("extra"), nil })
	}
	s.AddTool(&mcp.Tool{Name: "foreign", InputSchema: json.RawMessage(`{"type":"object","properties":{"x":{"$ref":"https://example.com/x.json"}}}`)},
		func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return &mcp.CallToolResult{}, nil
		})
	return s
}
