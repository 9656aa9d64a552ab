package main

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/probe"
	"github.com/voicelane/realtime-go/realtimetest"
)

func TestServe(t *testing.T) {
	t.Parallel()
	run := startCommand(t, command(t, nil, "serve", "-addr", "127.0.0.1:0"))
	ready := run.out.next()
	url := regexp.MustCompile(`^realtime serve is ready at (http://127\.0\.0\.1:\d+/v1)$`).FindStringSubmatch(ready)
	require.NotNil(t, url, ready)
	r := realtimeTo(t, url[1], "probe", "-checks", "update/answered")
	assert.Zero(t, r.status, r.stderr)
	resp, err := http.Get(url[1] + "/nowhere")
	require.NoError(t, err)
	_, _ = io.Copy(io.Discard, resp.Body)
	require.NoError(t, resp.Body.Close())
	status, rest := run.interrupt()
	assert.Equal(t, 130, status)
	assert.Empty(t, rest)
	assert.Contains(t, run.stderr.String(), "<- session.update")
	assert.Contains(t, run.stderr.String(), `GET "/v1/nowhere": 404`)
}

func TestServeAsJSON(t *testing.T) {
	t.Parallel()
	run := startCommand(t, command(t, nil, "serve", "-json", "-quiet", "-addr", "127.0.0.1:0"))
	var ready struct{ Ready string }
	require.NoError(t, json.Unmarshal([]byte(run.out.next()), &ready))
	busy := realtimeAlone(t, "serve", "-addr", regexp.MustCompile(`\d[^/]+`).FindString(ready.Ready))
	assert.Equal(t, 1, busy.status)
	assert.Contains(t, busy.stderr, "port 0 picks a free one")
	status, _ := run.interrupt()
	assert.Equal(t, 130, status)
	assert.Empty(t, run.stderr.String())
}

func TestProbe(t *testing.T) {
	t.Parallel()
	srv := testServer(t, nil)
	r := realtimeAlone(t, "probe", srv.URL, "-checks", "item/delete,response/text,update/refused")
	assert.Zero(t, r.status, r.stderr)
	assert.Empty(t, r.stderr)
	assert.Equal(t, "ws"+srv.URL[len("http"):]+`/realtime, model "gpt-realtime-2.1"

can  update/refused  a value that is not allowed is refused by session.update
can  item/delete     an item can be deleted, and the answer names it
can  response/text   a response in writing is streamed and completed

3 can, 0 cannot, 0 unknown
`, r.stdout)
	r = realtimeAlone(t, "probe", srv.URL, "-markdown", "-checks", "item/delete")
	assert.Contains(t, r.stdout, "| `item/delete` |")
}

func TestProbeDecidesByWhatIsRequired(t *testing.T) {
	t.Parallel()
	srv := testServer(t, &realtimetest.Config{Script: realtimetest.Script{
		Rules: []realtimetest.Rule{{Do: []realtimetest.Step{realtimetest.Fail{Code: "overloaded"}}}},
	}})
	args := []string{"probe", "-json", "-checks", "item/delete,response/text"}
	r := realtimeTo(t, srv.URL, args...)
	assert.Equal(t, 1, r.status)
	assert.Empty(t, r.stderr)
	var report probe.Report
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &report))
	text, ok := report.Result("response/text")
	require.True(t, ok)
	assert.Equal(t, probe.Cannot, text.Outcome)
	r = realtimeTo(t, srv.URL, append(args, "-require", "item/delete")...)
	assert.Zero(t, r.status)
}

func TestProbeWithoutAServer(t *testing.T) {
	t.Parallel()
	r := realtimeTo(t, "http://127.0.0.1:1/v1", "probe")
	assert.Equal(t, 2, r.status)
	assert.Empty(t, r.stdout)
	assert.Contains(t, r.stderr, "realtime serve")
	r = realtimeTo(t, "https://example.test/v1", "probe")
	assert.Equal(t, 2, r.status)
	assert.Contains(t, r.stderr, "Set OPENAI_API_KEY")
}

// TestProbeFindsNoFaultWithoutAServer holds that the server that is probed without a key does
// all that the checks ask of it.
func TestProbeFindsNoFaultWithoutAServer(t *testing.T) {
	t.Parallel()
	r := realtimeAlone(t, "probe")
	assert.Zero(t, r.status, r.stdout)
	assert.Contains(t, r.stdout, " 0 cannot, 0 unknown\n")
}

func TestProbeListsItsChecks(t *testing.T) {
	t.Parallel()
	r := realtimeAlone(t, "probe", "-list", "-json")
	var names []string
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &names))
	assert.Equal(t, probe.Names(), names)
}
