package testserver

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// run is the program with a command line.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var o Options
	flags := flag.NewFlagSet("test", flag.ContinueOnError)
	flags.SetOutput(stderr)
	o.Flags(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	return o.Run(ctx, stdout, stderr, func(url string) { fmt.Fprintf(stdout, "ready at %s\n", url) })
}

// start runs the program. It returns the URL of the ready line and a function that
// stops the program and returns its log.
func start(t *testing.T, args ...string) (url string, stop func() string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	stdout, in := io.Pipe()
	var log bytes.Buffer
	failed := make(chan error, 1)
	go func() {
		failed <- run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), in, &log)
		_ = in.Close()
	}()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	stop = sync.OnceValue(func() string {
		cancel()
		assert.NoError(t, <-failed)
		return log.String()
	})
	t.Cleanup(func() { stop() })
	return line[strings.LastIndex(line, "http") : len(line)-1], stop
}

// talk requests a response and returns the types of the received events.
func talk(t *testing.T, d *websocket.Dialer, url, text string) []string {
	t.Helper()
	ws, _, err := d.DialContext(t.Context(), strings.Replace(url, "http", "ws", 1)+"/realtime?model=gpt-realtime",
		http.Header{"Authorization": {"Bearer key"}})
	require.NoError(t, err)
	defer ws.Close()
	for _, frame := range []string{
		`{"type":"session.update","session":{"type":"realtime","output_modalities":["text"]}}`,
		`{"type":"conversation.item.create","item":{"type":"message","role":"user","content":[{"type":"input_text","text":"` + text + `"}]}}`,
		`{"type":"response.create"}`,
	} {
		require.NoError(t, ws.WriteMessage(websocket.TextMessage, []byte(frame)))
	}
	var types []string
	for {
		var e struct{ Type string }
		_, data, err := ws.ReadMessage()
		if err != nil {
			return types
		}
		require.NoError(t, json.Unmarshal(data, &e))
		types = append(types, e.Type)
		if e.Type == "response.done" {
			return types
		}
	}
}

func TestServesAndLogsUntilItIsStopped(t *testing.T) {
	t.Parallel()
	url, stop := start(t)
	types := talk(t, websocket.DefaultDialer, url, "hello")
	assert.Contains(t, types, "response.output_text.delta")
	log := stop()
	assert.Contains(t, log, "<- response.create\n")
	assert.Contains(t, log, `-> response.output_text.done "You said: hello"`)
}

// TestLogsARunOfAudioOnce sends a second of sound in pieces of 20 ms: the log has a line for
// the first and one for the others, whether another event or the end of the session follows.
func TestLogsARunOfAudioOnce(t *testing.T) {
	t.Parallel()
	url, stop := start(t)
	ws, _, err := websocket.DefaultDialer.DialContext(t.Context(), strings.Replace(url, "http", "ws", 1)+"/realtime?model=gpt-realtime", nil)
	require.NoError(t, err)
	const piece = 960
	sound := `{"type":"input_audio_buffer.append","audio":"` + base64.StdEncoding.EncodeToString(make([]byte, piece)) + `"}`
	send := func(n int, last string) {
		for range n {
			require.NoError(t, ws.WriteMessage(websocket.TextMessage, []byte(sound)))
		}
		require.NoError(t, ws.WriteMessage(websocket.TextMessage, []byte(last)))
		for {
			var e struct{ Type string }
			require.NoError(t, ws.ReadJSON(&e))
			if e.Type == "input_audio_buffer.cleared" {
				return
			}
		}
	}
	send(50, `{"type":"input_audio_buffer.clear"}`)
	send(1, `{"type":"input_audio_buffer.clear"}`)
	for range 3 {
		require.NoError(t, ws.WriteMessage(websocket.TextMessage, []byte(sound)))
	}
	require.NoError(t, ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Minute)))
	_, _, err = ws.ReadMessage()
	require.Error(t, err)
	require.NoError(t, ws.Close())
	var appends []string
	for line := range strings.Lines(stop()) {
		if _, rest, ok := strings.Cut(line, "<- input_audio_buffer.append"); ok {
			appends = append(appends, rest)
		}
	}
	assert.Equal(t, []string{
		" 960 bytes of audio\n", " 49 more, 47040 bytes of audio\n", " 960 bytes of audio\n", " 960 bytes of audio\n", " 2 more, 1920 bytes of audio\n",
	}, appends)
}

func TestServesAScriptOverTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script, cert := filepath.Join(dir, "script.json"), filepath.Join(dir, "cert.pem")
	require.NoError(t, os.WriteFile(script, []byte(`{"rules":[{"when":{"said":"bye"},"do":[{"hang_up":{"code":4001}}]}]}`), 0o600))
	url, stop := start(t, "-tls", "-cert", cert, "-script", script, "-quiet", "-key", "key")
	require.True(t, strings.HasPrefix(url, "https://"), url)
	pem, err := os.ReadFile(cert)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(pem))
	d := &websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	assert.NotContains(t, talk(t, d, url, "bye"), "response.done")
	assert.Empty(t, stop())
}

func TestRecordsAndReplays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	url, stop := start(t, "-record", dir, "-quiet")
	live := talk(t, websocket.DefaultDialer, url, "hello")
	stop()
	url, _ = start(t, "-replay", filepath.Join(dir, "sess_0001.jsonl"))
	assert.Equal(t, live, talk(t, websocket.DefaultDialer, url, "anything"))
}

func TestTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script := filepath.Join(dir, "script.json")
	require.NoError(t, os.WriteFile(script, []byte(`{"rules":[{"do":[{"say":"x","hang":true}]}]}`), 0o600))
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no script":  {[]string{"-script", filepath.Join(dir, "none")}, "no such file"},
		"bad script": {[]string{"-script", script}, "rules[0].do[0]: a step is of one kind, this is of 2: say, hang"},
		"no replay":  {[]string{"-replay", script}, "transcript: line 1"},
		"address":    {[]string{"-addr", "nowhere"}, "nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := run(t.Context(), test.args, io.Discard, io.Discard)
			assert.ErrorContains(t, err, test.want)
		})
	}
}

func TestPrintsTheSchema(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-schema"}, &out, io.Discard))
	assert.True(t, json.Valid(out.Bytes()))
}

func TestShowsAnotherServersDeviations(t *testing.T) {
	t.Parallel()
	url, _ := start(t, "-like", "speaches")
	assert.Contains(t, talk(t, websocket.DefaultDialer, url, "hello"), "response.text.delta")
	err := run(t.Context(), []string{"-like", "nobody"}, io.Discard, io.Discard)
	assert.ErrorContains(t, err, "LocalAI")
}
