package otelrealtime

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// archive has the tools of an MCP server that the service calls.
var archive = realtimetest.Script{
	MCP: []realtimetest.MCPServer{{Label: "docs", Tools: []realtimetest.MCPServerTool{
		{Name: "search", Output: secretText, Delay: 2 * time.Second},
		{Name: "break", Error: &api.MCPToolExecutionError{Message: secretText}, Delay: time.Second},
	}}},
	Rules: []realtimetest.Rule{
		{When: realtimetest.Said("search"), Do: []realtimetest.Step{realtimetest.MCPCall{Server: "docs", Name: "search"}}},
		{When: realtimetest.Said("break"), Do: []realtimetest.Step{realtimetest.MCPCall{Server: "docs", Name: "break"}}},
	},
}

// lookUp has the model answer a text in a session with the tools of archive.
func lookUp(t *testing.T, s *realtime.Session, text string) *realtime.ResponseStream {
	t.Helper()
	s.Discard()
	_, err := s.Update(t.Context(), &api.RealtimeSessionConfig{Tools: []api.Tool{
		&api.MCPTool{ServerLabel: "docs", ServerURL: new("https://docs.example.com"), RequireApproval: api.MCPApprovalNever},
	}})
	require.NoError(t, err)
	require.NoError(t, s.SendText(t.Context(), text))
	stream, err := s.Respond(t.Context(), nil)
	require.NoError(t, err)
	return stream
}

// TestCallsAtMCPServers holds that a call that the service makes is an error only if it
// failed: "error":null is none.
func TestCallsAtMCPServers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ tool, took, failed string }{{"search", "1: 2.000 s", ""}, {"break", "1: 1.000 s", "1"}} {
		synctest.Test(t, func(t *testing.T) {
			x := newObservatory(t, Options{})
			_, s, _ := x.connect(t, archive, realtime.Options{})
			_, err := lookUp(t, s, c.tool).Answer(t.Context())
			require.NoError(t, err)
			require.NoError(t, s.Close())
			got, tree := x.sums(t), x.tree()
			assert.Equal(t, c.took, got["gen_ai.execute_tool.duration gen_ai.tool.name="+c.tool])
			assert.Equal(t, c.failed, got["realtime.errors error.type=mcp"])
			assert.Contains(t, tree, "execute_tool "+c.tool)
			if c.failed == "" {
				assert.NotContains(t, tree, "Error")
			} else {
				assert.Contains(t, tree, "execute_tool "+c.tool+" [Error: mcp]")
			}
		})
	}
}

// TestCallsAtMCPServersThatAreCut holds that a call ends with the response that took it
// along, whether the client or a lost connection cut that, and not with the session.
func TestCallsAtMCPServersThatAreCut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, why string
		cut       func(t *testing.T, s *realtime.Session, srv *realtimetest.Server)
	}{
		{"by the client", "the response was cut: client_cancelled", func(t *testing.T, s *realtime.Session, _ *realtimetest.Server) {
			t.Helper()
			require.NoError(t, s.CancelResponse(t.Context(), ""))
		}},
		{"by an outage", "the connection was lost", func(_ *testing.T, _ *realtime.Session, srv *realtimetest.Server) {
			srv.Conns()[0].Drop()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				x := newObservatory(t, Options{})
				srv, s, _ := x.connect(t, archive, realtime.Options{Reconnect: &realtime.Reconnect{}})
				stream := lookUp(t, s, "search")
				time.Sleep(time.Second)
				c.cut(t, s, srv)
				_, _ = stream.Answer(t.Context())
				time.Sleep(time.Minute)
				got := x.sums(t)
				assert.Contains(t, got["gen_ai.execute_tool.duration gen_ai.tool.name=search"], "1: 1.", "%v", got)
				assert.NotContains(t, got, "realtime.errors error.type=mcp")
				require.NoError(t, s.Close())
				assert.Contains(t, x.tree(), "execute_tool search [Error: "+c.why+"]")
			})
		})
	}
}
