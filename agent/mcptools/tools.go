package mcptools

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/voicelane/realtime-go/agent"
)

// Tools lists the tools of the server, all pages of them; it is for Agent.Toolbox. A tool
// whose schema cannot be checked is left out and logged. Errors are those of the server,
// of the connection, [ErrClosed] and the cause of the end of ctx.
func (s *Server) Tools(ctx context.Context) ([]agent.Tool, error) {
	var listed []*mcp.Tool
	err := s.use(ctx, "list the tools", func(session *mcp.ClientSession) (err error) {
		listed, err = list(ctx, session)
		return err
	})
	if err != nil {
		return nil, err
	}
	var tools []agent.Tool
	taken := map[string]bool{}
	for _, from := range listed {
		schema, err := schemaOf(from)
		if err != nil {
			s.log.Warn("mcp tool left out", "tool", from.Name, "error", err)
			continue
		}
		t := agent.Tool{
			Name: nameOf(s.o.Prefix, from.Name, taken), Description: from.Description, Approve: s.o.Approve,
			Func: &function{server: s, name: from.Name, schema: schema},
		}
		if t.Description == "" {
			t.Description = from.Title
		}
		if s.o.Adapt == nil || s.o.Adapt(&t, from) {
			taken[t.Name] = true
			tools = append(tools, t)
		}
	}
	return tools, nil
}

// list returns the tools of a session, which may have none at all.
func list(ctx context.Context, session *mcp.ClientSession) ([]*mcp.Tool, error) {
	if caps := session.InitializeResult().Capabilities; caps == nil || caps.Tools == nil {
		return nil, nil
	}
	var tools []*mcp.Tool
	for t, err := range session.Tools(ctx, nil) {
		if err != nil {
			return nil, err
		}
		if tools = append(tools, t); len(tools) > maxTools {
			return nil, fmt.Errorf("there are more than %d", maxTools)
		}
	}
	return tools, nil
}

// schemaOf returns the schema of a tool's arguments, if arguments can be checked by it.
// The Realtime API requires type and properties.
func schemaOf(t *mcp.Tool) (json.RawMessage, error) {
	schema, ok := t.InputSchema.(map[string]any)
	if !ok {
		schema = map[string]any{}
	}
	if _, ok := schema["type"]; !ok {
		schema["type"] = "object"
	}
	if schema["type"] != "object" {
		return nil, errors.New("its arguments are no object")
	}
	if _, ok := schema["properties"]; !ok {
		schema["properties"] = map[string]any{}
	}
	text, err := json.Marshal(schema)
	if err != nil {
		return nil, err
	}
	var parsed jsonschema.Schema
	if err := json.Unmarshal(text, &parsed); err != nil {
		return nil, err
	}
	_, err = parsed.Resolve(nil)
	return text, err
}

const maxName = 64

var foreign = regexp.MustCompile(`[^a-zA-Z0-9_-]`)

// nameOf returns a name that the Realtime API takes and that is not taken.
func nameOf(prefix, name string, taken map[string]bool) string {
	made := foreign.ReplaceAllString(prefix+name, "_")
	if made != "" && len(made) <= maxName && !taken[made] {
		return made
	}
	sum := sha256.Sum256([]byte(name))
	end := "_" + hex.EncodeToString(sum[:4])
	return made[:min(len(made), maxName-len(end))] + end
}

// function is a tool of the server as a function of an agent.
type function struct {
	server *Server
	name   string
	schema json.RawMessage
}

func (f *function) Schema() json.RawMessage { return f.schema }

// Call runs the tool. If ctx ends, the server gets a cancellation.
func (f *function) Call(ctx context.Context, arguments json.RawMessage) (string, error) {
	var result *mcp.CallToolResult
	err := f.server.use(ctx, "call the tool", func(session *mcp.ClientSession) (err error) {
		result, err = session.CallTool(ctx, &mcp.CallToolParams{Name: f.name, Arguments: arguments})
		return err
	})
	if err != nil {
		return "", err
	}
	return output(ctx, result)
}

// use makes a request on a session. If that turns out to have ended before, so that the
// request was not carried out, it uses another.
func (s *Server) use(ctx context.Context, what string, f func(session *mcp.ClientSession) error) error {
	session, err := s.live(ctx)
	if err != nil {
		return err
	}
	if err = f(session); unsent(err) {
		s.forget(session)
		if session, err = s.live(ctx); err != nil {
			return err
		}
		err = f(session)
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if _, closed := s.present(); closed != nil {
		return closed
	}
	if refused, ok := errors.AsType[*jsonrpc.Error](err); ok {
		return refused // The model is given what the server says.
	}
	return fmt.Errorf("mcptools: %s: %w", what, redacted(err))
}

// unsent reports whether a session had ended before a request.
func unsent(err error) bool {
	return errors.Is(err, mcp.ErrConnectionClosed) || errors.Is(err, mcp.ErrSessionMissing)
}
