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
func lookUp(t *testing.T, s *realtime.Session, text string, mode api.MCPApprovalMode) *realtime.ResponseStream {
	t.Helper()
	s.Discard()
	_, err := s.Update(t.Context(), &api.RealtimeSessionConfig{Tools: []api.Tool{
		&api.MCPTool{ServerLabel: "docs", ServerURL: new("https://docs.example.com"), RequireApproval: mode},
	}})
	require.NoError(t, err)
	require.NoError(t, s.SendText(t.Context(), text))
	stream, err := s.Respond(t.Context(), nil)
	require.NoError(t, err)
	return stream
}

// decide answers the request for an approval with which a response has ended.
func decide(t *testing.T, s *realtime.Session, stream *realtime.ResponseStream, approve bool) {
	t.Helper()
	answer, err := stream.Answer(t.Context())
	require.NoError(t, err)
	require.Len(t, answer.Response.Output, 1)
	request, ok := answer.Response.Output[0].(*api.MCPApprovalRequest)
	require.True(t, ok)
	time.Sleep(time.Second)
	_, err = s.Request(t.Context(), &api.ConversationItemCreate{Item: &api.MCPApprovalResponse{ApprovalRequestID: request.ID, Approve: approve}})
	require.NoError(t, err)
}

// TestSpansOfApprovedCalls holds that a call that waited for an approval has a span while it
// runs, in the trace of the response that asked, and that one that was refused has none.
func TestSpansOfApprovedCalls(t *testing.T) {
	t.Parallel()
	for _, content := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			x := newObservatory(t, Options{Content: content})
			_, s, observed := x.connect(t, archive, realtime.Options{})
			time.Sleep(time.Second)
			decide(t, s, lookUp(t, s, "search", api.MCPApprovalAlways), true)
			time.Sleep(5 * time.Second)
			decide(t, s, lookUp(t, s, "break", api.MCPApprovalAlways), true)
			time.Sleep(5 * time.Second)
			decide(t, s, lookUp(t, s, "search", api.MCPApprovalAlways), false)
			time.Sleep(5 * time.Second)
			assert.Empty(t, observed.asked)
			_, err := lookUp(t, s, "search", api.MCPApprovalNever).Answer(t.Context())
			require.NoError(t, err)
			require.NoError(t, s.Close())
			got, tree := x.sums(t), x.tree()
			assert.Equal(t, "2: 4.000 s", got["gen_ai.execute_tool.duration gen_ai.tool.name=search"])
			assert.Equal(t, "1: 1.000 s", got["gen_ai.execute_tool.duration gen_ai.tool.name=break"])
			assert.Equal(t, "1", got["realtime.errors error.type=mcp"])
			if content {
				golden(t, "spans_mcp.txt", tree)
			} else {
				assert.NotContains(t, tree, "4111")
			}
		})
	}
}

// TestCallsAtMCPServers holds that a call that the service makes is an error only if it
// failed: "error":null is none.
func TestCallsAtMCPServers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ tool, took, failed string }{{"search", "1: 2.000 s", ""}, {"break", "1: 1.000 s", "1"}} {
		synctest.Test(t, func(t *testing.T) {
			x := newObservatory(t, Options{})
			_, s, _ := x.connect(t, archive, realtime.Options{})
			_, err := lookUp(t, s, c.tool, api.MCPApprovalNever).Answer(t.Context())
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
// along, whether the client or a lost connection cut that, and not with the session. A call
// that was approved ends with its connection.
func TestCallsAtMCPServersThatAreCut(t *testing.T) {
	t.Parallel()
	drop := func(_ *testing.T, _ *realtime.Session, srv *realtimetest.Server) { srv.Conns()[0].Drop() }
	for _, c := range []struct {
		name, why string
		mode      api.MCPApprovalMode
		cut       func(t *testing.T, s *realtime.Session, srv *realtimetest.Server)
	}{
		{"by the client", "the response was cut: client_cancelled", api.MCPApprovalNever, func(t *testing.T, s *realtime.Session, _ *realtimetest.Server) {
			t.Helper()
			require.NoError(t, s.CancelResponse(t.Context(), ""))
		}},
		{"by an outage", "the connection was lost", api.MCPApprovalNever, drop},
		{"by an outage after its approval", "the connection was lost", api.MCPApprovalAlways, drop},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				x := newObservatory(t, Options{})
				srv, s, _ := x.connect(t, archive, realtime.Options{Reconnect: &realtime.Reconnect{}})
				stream := lookUp(t, s, "search", c.mode)
				if c.mode == api.MCPApprovalAlways {
					decide(t, s, stream, true)
				}
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
