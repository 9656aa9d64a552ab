package realtime

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/internal/headroom"
	"github.com/voicelane/realtime-go/internal/link"
)

// serverEnv makes this test binary the server of idle sessions: a server in the
// same process would be measured with them.
const serverEnv = "REALTIME_TEST_SERVER"

// description is as long as that of an agent with a few tools.
var description = `{"type":"session.created","event_id":"s1","session":{"type":"realtime","id":"sess_1","object":"realtime.session",` +
	`"model":"gpt-realtime","instructions":"` + strings.Repeat("Be brief, and kind. ", 58) + `"}}`

// serveIdle tells its address and certificate in one line each, and serves
// until its input ends. A commit is answered with 100 ms of speech, in a TLS
// record of its own.
func serveIdle(scheme string) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := (&websocket.Upgrader{WriteBufferSize: 32 << 10}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		p := &peer{WS: ws}
		p.Send(description)
		if f, ok := flowOf(r.URL.Query().Get("model")); ok {
			f.serve(ws)
			return
		}
		for {
			_, data, err := ws.ReadMessage()
			if err != nil {
				return
			}
			if strings.Contains(string(data), "commit") {
				p.Send(audioFrame(make([]byte, 4800)))
			}
		}
	}))
	certificate := ""
	if scheme == "https" {
		srv.TLS = &tls.Config{DynamicRecordSizingDisabled: true}
		srv.StartTLS()
		certificate = base64.StdEncoding.EncodeToString(srv.Certificate().Raw)
	} else {
		srv.Start()
	}
	fmt.Printf("%s\n%s\n", srv.URL, certificate)
	_, _ = io.Copy(io.Discard, os.Stdin)
	srv.CloseClientConnections()
	srv.Close()
}

// idleServer starts the server in a process of its own, and returns a client of
// it.
func idleServer(tb testing.TB, scheme string) *Client {
	tb.Helper()
	exe, err := os.Executable()
	if err != nil {
		tb.Skip("there are no processes here")
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), serverEnv+"="+scheme)
	in, err := cmd.StdinPipe()
	require.NoError(tb, err)
	out, err := cmd.StdoutPipe()
	require.NoError(tb, err)
	require.NoError(tb, cmd.Start())
	tb.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	require.True(tb, lines.Scan())
	cfg := &Config{APIKey: "sk-test", BaseURL: lines.Text(), Proxy: NoProxy}
	require.True(tb, lines.Scan())
	if scheme == "https" {
		der, err := base64.StdEncoding.DecodeString(lines.Text())
		require.NoError(tb, err)
		certificate, err := x509.ParseCertificate(der)
		require.NoError(tb, err)
		cfg.TLS = &tls.Config{RootCAs: x509.NewCertPool()}
		cfg.TLS.RootCAs.AddCert(certificate)
	}
	c, err := NewClient(cfg)
	require.NoError(tb, err)
	return c
}

// memoryInUse returns the objects on the heap and the stacks, once the
// collector has taken what it can and stacks are as short as they will be. The
// room between objects that handshakes have left is used by the next ones.
func memoryInUse() (heap, stacks int64) {
	for range 6 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc), int64(m.StackInuse)
}

// idleSession opens a session and lets the server speak for a second, if it is
// to have spoken.
func idleSession(t *testing.T, c *Client, spoken bool) *Session {
	t.Helper()
	s, err := c.Connect(t.Context(), Model("m"), nil)
	require.NoError(t, err)
	next[*api.SessionCreated](t, s)
	for range 10 {
		if spoken {
			require.NoError(t, s.Send(t.Context(), &api.InputAudioBufferCommit{}))
			next[*api.ResponseOutputAudioDelta](t, s)
		}
	}
	return s
}

// TestIdleSessionIsSmall is not parallel: it measures the process. The server
// runs in another one. The closest bound comes first, since the later ones find
// what goroutines have left and look a kilobyte better than they are.
func TestIdleSessionIsSmall(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("the race detector has memory of its own, and an emulator starts no processes")
	}
	const sessions = 500
	for _, tc := range []struct {
		name, scheme string
		spoken       bool
		bound        int64
	}{
		{"TLS", "https", false, 16 << 10},
		{"plain", "http", false, 10 << 10},
		{"TLS after audio", "https", true, 40 << 10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := idleServer(t, tc.scheme)
			connect(t, c, nil) // What a first session makes for all is not measured.
			headroom.Reserve()
			heap, stacks := memoryInUse()
			goroutines := runtime.NumGoroutine()
			list := make([]*Session, sessions)
			for i := range list {
				list[i] = idleSession(t, c, tc.spoken)
			}
			require.Eventually(t, func() bool { return runtime.NumGoroutine()-1 == goroutines+sessions }, 10*link.Linger, link.Linger/100,
				"one goroutine for each, and this one, once the writers have ended")
			heapNow, stacksNow := memoryInUse()
			heap, stacks = (heapNow-heap)/sessions, (stacksNow-stacks)/sessions
			t.Logf("%d bytes: %d of heap, %d of stack", heap+stacks, heap, stacks)
			assert.LessOrEqual(t, heap+stacks, tc.bound)
			for _, s := range list {
				require.NoError(t, s.Close())
			}
		})
	}
}
