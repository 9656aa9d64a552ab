package interop

import (
	"bufio"
	"bytes"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/proxy"
)

// TestTheVendorsClientsAreRecorded has the vendor's JavaScript clients hold all their
// conversations with the test server through the recording proxy: sockets, REST, client
// secrets and wrong keys. Each test of theirs passes as it does without a proxy, each
// connection is a recording that reads back, and no credential is in a file or a log.
func TestTheVendorsClientsAreRecorded(t *testing.T) {
	if !installed() {
		t.Skip("node_modules is missing: make interop installs it")
	}
	for name, keep := range map[string][]recording.Keep{"structure": nil, "whole messages": {recording.KeepFrames}} {
		t.Run(name, func(t *testing.T) {
			p := startProxy(t, keep)
			p.run(t, "openai.test.mjs", "agents.test.mjs")
			p.check(t, keep)
		})
	}
}

// recorder is a proxy before a test server of its own.
type recorder struct {
	dir    string // of the recordings
	server *httptest.Server
	cert   string // file of the proxy's certificate

	mu   sync.Mutex
	logs bytes.Buffer // guarded by mu
	rest map[string]int
}

func (r *recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.logs.Write(p)
}

func startProxy(t *testing.T, keep []recording.Keep) *recorder {
	t.Helper()
	r := &recorder{dir: t.TempDir(), rest: map[string]int{}}
	p, err := proxy.New(&proxy.Options{
		Upstream: testServer(t), Recording: &recording.Options{Keep: keep}, Log: slog.New(slog.NewJSONHandler(r, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Open: func(c proxy.Call, o *recording.Options) (*recording.Writer, error) {
			return recording.Create(filepath.Join(r.dir, c.ID+".jsonl"), o)
		},
	})
	require.NoError(t, err)
	r.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Header.Get("Upgrade") == "" {
			r.mu.Lock()
			r.rest[q.Method+" "+q.URL.Path]++
			r.mu.Unlock()
		}
		p.ServeHTTP(w, q)
	}))
	t.Cleanup(r.server.Close)
	t.Cleanup(p.Close)
	r.cert = filepath.Join(t.TempDir(), "cert.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.server.Certificate().Raw})
	require.NoError(t, os.WriteFile(r.cert, block, 0o600))
	return r
}

// testServer starts cmd/realtimetest as run.mjs does, and returns its host.
func testServer(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "realtimetest")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../cmd/realtimetest").CombinedOutput()
	require.NoError(t, err, string(out))
	cmd := exec.CommandContext(t.Context(), binary, "-addr", "127.0.0.1:0", "-key", "interop-key", "-pace", "2", "-script", "script.json")
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(stdout)
	require.True(t, lines.Scan(), "the server did not start")
	url := regexp.MustCompile(`http://\S+`).FindString(lines.Text())
	require.NotEmpty(t, url, lines.Text())
	return strings.TrimSuffix(url, "/v1")
}

// run runs the tests of the clients.
func (r *recorder) run(t *testing.T, files ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", append([]string{"--test", "--test-reporter=tap"}, files...)...)
	cmd.Env = append(os.Environ(), "INTEROP_URL="+r.server.URL+"/v1", "NODE_EXTRA_CA_CERTS="+r.cert, "OPENAI_AGENTS_DISABLE_TRACING=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
}

// check reads what was recorded.
func (r *recorder) check(t *testing.T, keep []recording.Keep) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(r.dir, "*.jsonl"))
	require.NoError(t, err)
	assert.Greater(t, len(files), 20, "one for each connection")
	types, sounds := map[string]bool{}, 0
	for _, file := range files {
		rec := readBack(t, file)
		for _, l := range rec.Lines {
			if f, ok := l.Body.(*recording.Frame); ok {
				types[f.Type] = true
			}
		}
		for range rec.Sounds() {
			sounds++
		}
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		noCredential(t, file, string(data))
	}
	for _, want := range []string{
		"session.updated", "input_audio_buffer.append", "response.output_audio.delta", "response.function_call_arguments.done",
		"conversation.item.truncate", "session.output_audio.delta", "mcp_list_tools.completed", "response.done", "error",
	} {
		assert.True(t, types[want], want)
	}
	assert.Equal(t, keep != nil, sounds > 0)
	r.mu.Lock()
	defer r.mu.Unlock()
	assert.Positive(t, r.rest["POST /v1/realtime/client_secrets"], "REST passes")
	assert.Positive(t, r.rest["POST /v1/realtime/calls"])
	noCredential(t, "the log", r.logs.String())
}

// readBack reads a recording, which must be whole.
func readBack(t *testing.T, file string) *recording.Recording {
	t.Helper()
	var rec *recording.Recording
	require.Eventually(t, func() bool { // The last connection may still be closing.
		var err error
		rec, err = recording.Open(file)
		if err != nil || len(rec.Lines) == 0 {
			return false
		}
		_, ended := rec.Lines[len(rec.Lines)-1].Body.(*recording.End)
		return ended
	}, 10*time.Second, 10*time.Millisecond, file)
	assert.Nil(t, rec.Tail, file)
	assert.Empty(t, rec.Bad, file)
	assert.NotEmpty(t, rec.Timeline().Length)
	return rec
}

// secrets are keys, and the values of client secrets.
var secrets = regexp.MustCompile(`interop-key|ek_[A-Za-z0-9]{4,}|(?i:bearer)\s+\S+`)

func noCredential(t *testing.T, where, text string) {
	t.Helper()
	assert.Empty(t, secrets.FindString(text), where)
}
