package mcptools

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/agent"
)

// startHTTP runs the peer as a process that serves HTTP at an address, and returns its URL
// and what kills it.
func startHTTP(t *testing.T, addr string) (url string, kill func()) {
	t.Helper()
	cmd := command(peerKey+"=http", "MCPTOOLS_TEST_ADDR="+addr)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	kill = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line), kill
}

// peers are the ways to reach the peer.
var peers = map[string]func(t *testing.T, o *Options) *Server{
	"stdio": func(t *testing.T, o *Options) *Server {
		t.Helper()
		s, err := Command(t.Context(), command(), o)
		require.NoError(t, err)
		return s
	},
	"http": func(t *testing.T, o *Options) *Server {
		t.Helper()
		url, _ := startHTTP(t, "127.0.0.1:0")
		s, err := HTTP(t.Context(), url, o)
		require.NoError(t, err)
		return s
	},
}

// overBoth runs a test over both transports.
func overBoth(t *testing.T, o *Options, f func(t *testing.T, s *Server)) {
	t.Helper()
	for name, connect := range peers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := connect(t, o)
			defer func() { assert.NoError(t, s.Close()) }()
			f(t, s)
		})
	}
}

func tools(t *testing.T, s *Server) map[string]agent.Tool {
	t.Helper()
	list, err := s.Tools(t.Context())
	require.NoError(t, err)
	byName := map[string]agent.Tool{}
	for _, tool := range list {
		byName[tool.Name] = tool
	}
	require.Len(t, byName, len(list), "names are distinct")
	return byName
}

func call(t *testing.T, s *Server, name, arguments string) (string, error) {
	t.Helper()
	tool, ok := tools(t, s)[name]
	require.True(t, ok, name)
	return tool.Func.Call(t.Context(), json.RawMessage(arguments))
}

func TestToolsAreThoseOfTheServer(t *testing.T) {
	t.Parallel()
	overBoth(t, nil, func(t *testing.T, s *Server) {
		t.Helper()
		list := tools(t, s)
		assert.Len(t, list, 34, "all pages, without the tool whose schema cannot be checked")
		add := list["add"]
		assert.Equal(t, "Adds.", add.Description)
		assert.JSONEq(t, `{"type":"object","properties":{"a":{"type":"integer","description":"the first"},"b":{"type":"integer"}},
			"required":["a","b"],"additionalProperties":false}`, string(add.Func.Schema()))
		assert.Equal(t, "The tool fail", list["fail"].Description)
		assert.JSONEq(t, `{"type":"object","properties":{}}`, string(list["fail"].Func.Schema()))
		assert.Contains(t, list, "files_read")
		assert.NotContains(t, list, "foreign")
	})
}

func TestResults(t *testing.T) {
	t.Parallel()
	overBoth(t, nil, func(t *testing.T, s *Server) {
		t.Helper()
		out, err := call(t, s, "add", `{"a":1,"b":2}`)
		require.NoError(t, err)
		assert.JSONEq(t, `{"total":3}`, out, "a structured result comes once")
		out, err = call(t, s, "files_read", `{"path":"/a"}`)
		require.NoError(t, err)
		assert.Equal(t, "got {\"path\":\"/a\"}\nand more", out)
		_, err = call(t, s, "fail", `{}`)
		require.EqualError(t, err, "the disk is full")
		out, err = call(t, s, "picture", `{}`)
		require.NoError(t, err)
		assert.Equal(t, []string{
			"a pixel", "(image, image/png, 16 bytes, not shown)", "(image, image/gif, 16 bytes, not shown)",
			"(audio, audio/wav, 4 bytes, not shown)", "(link to report: file:///report)", "a text",
			"(file file:///b, application/zip, 2 bytes, not shown)",
		}, strings.Split(out, "\n"))
		_, err = call(t, s, "add", `{"a":"one"}`)
		require.ErrorContains(t, err, "a", "the server checks arguments too")
		gone := &function{server: s, name: "gone"}
		_, err = gone.Call(t.Context(), json.RawMessage(`{}`))
		require.ErrorContains(t, err, "gone")
	})
}

func TestACallIsCancelledAtTheServer(t *testing.T) {
	t.Parallel()
	overBoth(t, nil, func(t *testing.T, s *Server) {
		t.Helper()
		slow := tools(t, s)["slow"]
		ctx, cancel := context.WithCancelCause(t.Context())
		returned := make(chan error)
		go func() {
			_, err := slow.Func.Call(ctx, json.RawMessage(`{}`))
			returned <- err
		}()
		slowness(t, s, "0 of 1 cancelled") // Calls run beside each other.
		cancel(agent.ErrTooSlow)
		require.ErrorIs(t, <-returned, agent.ErrTooSlow)
		slowness(t, s, "1 of 1 cancelled")
	})
}

// slowness waits until the server has begun and cancelled calls of its slow tool.
func slowness(t *testing.T, s *Server, want string) {
	t.Helper()
	tool := tools(t, s)["slowness"]
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		out, err := tool.Func.Call(t.Context(), json.RawMessage(`{}`))
		assert.NoError(c, err)
		assert.Equal(c, want, out)
	}, waitLong, waitStep)
}

func TestACommandIsStartedAgain(t *testing.T) {
	t.Parallel()
	s := peers["stdio"](t, nil)
	defer func() { assert.NoError(t, s.Close()) }()
	before := s.Session()
	_, err := call(t, s, "die", `{}`)
	require.Error(t, err)
	out, err := call(t, s, "add", `{"a":1,"b":1}`)
	require.NoError(t, err)
	assert.JSONEq(t, `{"total":2}`, out)
	assert.NotSame(t, before, s.Session())
}

func TestAnAddressIsDialedAgain(t *testing.T) {
	t.Parallel()
	url, kill := startHTTP(t, "127.0.0.1:0")
	s, err := HTTP(t.Context(), url, nil)
	require.NoError(t, err)
	defer func() { assert.NoError(t, s.Close()) }()
	add := tools(t, s)["add"]
	kill()
	startHTTP(t, strings.TrimPrefix(url, "http://"))
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		out, err := add.Func.Call(t.Context(), json.RawMessage(`{"a":1,"b":1}`))
		assert.NoError(c, err)
		assert.Equal(c, `{"total":2}`, out)
	}, waitLong, waitStep)
}

func TestACommandGetsNoCredentials(t *testing.T) {
	t.Setenv("MCPTOOLS_TEST_SECRET", "sk-secret")
	for name, c := range map[string]struct {
		env  []string
		want string
	}{
		"by default": {nil, ""},
		"if given":   {[]string{"MCPTOOLS_TEST_SECRET=given"}, "given"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := command(c.env...)
			if c.env == nil {
				path := cmd.Path
				cmd = exec.Command("/usr/bin/env", peerKey+"=stdio", path)
			}
			s, err := Command(t.Context(), cmd, nil)
			require.NoError(t, err)
			defer func() { assert.NoError(t, s.Close()) }()
			out, err := call(t, s, "variable", `{}`)
			require.NoError(t, err)
			assert.Equal(t, c.want, out)
		})
	}
}

func TestHeadersGoToTheAddressAlone(t *testing.T) {
	t.Parallel()
	url, _ := startHTTP(t, "127.0.0.1:0")
	_, err := HTTP(t.Context(), url+"/secret?token=hidden", nil)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "hidden")
	s, err := HTTP(t.Context(), url+"/secret", &Options{Header: http.Header{"authorization": {"Bearer right"}}})
	require.NoError(t, err)
	assert.Contains(t, tools(t, s), "add")
	require.NoError(t, s.Close())

	for address, why := range map[string]string{
		"http://example.com/mcp":        "https",
		"https://user:secret@localhost": "Options.Header",
		"ftp://localhost":               "no http",
		"://":                           "no http",
	} {
		_, err := HTTP(t.Context(), address, &Options{Header: http.Header{"Authorization": {"Bearer secret"}}})
		require.ErrorContains(t, err, why)
		assert.NotContains(t, err.Error(), "secret")
	}
	seen := make(chan http.Header, 2)
	rt := &withHeader{header: http.Header{"Authorization": {"Bearer secret"}}, origin: "https://a.example", next: tripper(func(r *http.Request) { seen <- r.Header })}
	for _, to := range []string{"https://a.example/x", "https://b.example/x"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, to, nil)
		require.NoError(t, err)
		resp, err := rt.RoundTrip(r)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
	}
	assert.Equal(t, "Bearer secret", (<-seen).Get("Authorization"))
	assert.Empty(t, (<-seen).Get("Authorization"))
}

type tripper func(r *http.Request)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) {
	f(r)
	return &http.Response{Body: http.NoBody}, nil
}

func TestServersThatAreNot(t *testing.T) {
	t.Parallel()
	_, err := Command(t.Context(), exec.Command("/does/not/exist"), nil)
	require.ErrorContains(t, err, "connect")
	_, err = Command(t.Context(), exec.Command("false"), nil)
	require.ErrorContains(t, err, "connect")
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	_, err = HTTP(t.Context(), "http://"+l.Addr().String(), nil)
	require.ErrorContains(t, err, "connect")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Command(ctx, exec.Command("cat"), nil)
	require.ErrorIs(t, err, context.Canceled)
}

func TestAClosedServer(t *testing.T) {
	t.Parallel()
	overBoth(t, nil, func(t *testing.T, s *Server) {
		t.Helper()
		add := tools(t, s)["add"]
		require.NoError(t, s.Close())
		require.NoError(t, s.Close())
		_, err := s.Tools(t.Context())
		require.ErrorIs(t, err, ErrClosed)
		_, err = add.Func.Call(t.Context(), json.RawMessage(`{}`))
		require.ErrorIs(t, err, ErrClosed)
		assert.Nil(t, s.Session())
		s.Follow(t.Context(), nil)
	})
}

func TestToolsAreAdapted(t *testing.T) {
	t.Parallel()
	o := &Options{Prefix: "peer_", Adapt: func(t *agent.Tool, from *mcp.Tool) bool {
		t.Once = from.Name == "add"
		return !strings.HasPrefix(from.Name, "extra")
	}}
	overBoth(t, o, func(t *testing.T, s *Server) {
		t.Helper()
		list := tools(t, s)
		assert.Len(t, list, 9)
		assert.True(t, list["peer_add"].Once)
		assert.False(t, list["peer_fail"].Once)
	})
}

func TestNames(t *testing.T) {
	t.Parallel()
	taken := map[string]bool{"a_b": true}
	assert.Equal(t, "a_c", nameOf("", "a.c", taken))
	assert.Equal(t, "a_b_2e7336dc", nameOf("", "a.b", taken))
	long := nameOf("p_", strings.Repeat("x", 100), taken)
	assert.Len(t, long, 64)
	assert.NotEqual(t, long, nameOf("p_", strings.Repeat("x", 101), taken))
	assert.NotEmpty(t, nameOf("", "", taken))
}
