package mcptools

import (
	"bufio"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/agent"
)

// everything returns the command of the MCP project's own test server, which make mcptools
// installs if npm is there.
func everything(t *testing.T, mode string) *exec.Cmd {
	t.Helper()
	path, err := filepath.Abs("../../interop/node_modules/.bin/mcp-server-everything")
	require.NoError(t, err)
	if _, err := os.Stat(path); err != nil {
		t.Skip("the server is not installed: run make mcptools with npm")
	}
	return exec.Command(path, mode)
}

// everythings are the ways to reach that server.
var everythings = map[string]func(t *testing.T) *Server{
	"stdio": func(t *testing.T) *Server {
		t.Helper()
		s, err := Command(t.Context(), everything(t, "stdio"), nil)
		require.NoError(t, err)
		return s
	},
	"http": func(t *testing.T) *Server {
		t.Helper()
		cmd := everything(t, "streamableHttp")
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		_, port, err := net.SplitHostPort(l.Addr().String())
		require.NoError(t, err)
		require.NoError(t, l.Close())
		cmd.Env = append(os.Environ(), "PORT="+port)
		output, err := cmd.StderrPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
		lines := bufio.NewScanner(output)
		for lines.Scan() && !strings.Contains(lines.Text(), "listening") {
		}
		drained := make(chan struct{})
		go func() {
			defer close(drained)
			for lines.Scan() {
			}
		}()
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			<-drained
		})
		s, err := HTTP(t.Context(), "http://localhost:"+port+"/mcp", &Options{Header: http.Header{"X-Any": {"1"}}})
		require.NoError(t, err)
		return s
	},
}

func TestAServerOfOthers(t *testing.T) {
	t.Parallel()
	for name, connect := range everythings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := connect(t)
			defer func() { assert.NoError(t, s.Close()) }()
			list := tools(t, s)
			t.Log(len(list), "tools")
			for name, c := range map[string]struct{ arguments, want string }{
				"echo":                   {`{"message":"hello"}`, "Echo: hello"},
				"get-sum":                {`{"a":2,"b":3}`, "The sum of 2 and 3 is 5."},
				"get-structured-content": {`{"location":"Chicago"}`, `"temperature":36`},
				"get-tiny-image":         {`{}`, "(image, image/png, "},
				"get-resource-reference": {`{"resourceType":"Text","resourceId":1}`, "Resource 1"},
				"get-resource-links":     {`{"count":2}`, "(link to "},
			} {
				require.Contains(t, list, name)
				out, err := list[name].Func.Call(t.Context(), json.RawMessage(c.arguments))
				require.NoError(t, err, name)
				assert.Contains(t, out, c.want, name)
			}
			_, err := list["echo"].Func.Call(t.Context(), json.RawMessage(`{"message":1}`))
			require.ErrorContains(t, err, "message")
		})
	}
}

func TestAnAgentUsesAServerOfOthers(t *testing.T) {
	t.Parallel()
	for name, connect := range everythings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := connect(t)
			defer func() { assert.NoError(t, s.Close()) }()
			c, _ := talk(t, s, `{"message":"hello"}`)
			assert.Equal(t, "Echo: hello", ask(t, c, "echo").Said)
			turn := ask(t, c, "get-sum")
			require.ErrorContains(t, turn.Calls[0].Err, "do not fit", "its schema is in force")
			require.NotErrorIs(t, turn.Calls[0].Err, agent.ErrUnknownFunction)
		})
	}
}
