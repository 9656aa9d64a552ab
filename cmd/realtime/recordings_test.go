package main

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recorded returns the path of a recording that package recording keeps for its tests.
func recorded(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "recording", "testdata", name))
	require.NoError(t, err)
	return path
}

func TestReplay(t *testing.T) {
	t.Parallel()
	r := realtimeAlone(t, "replay", recorded(t, "lost-connection.jsonl"), "-speed", "0")
	assert.Zero(t, r.status)
	assert.Empty(t, r.stderr)
	assert.Equal(t, `    0.00  session  sess_0001, model gpt-realtime
    1.58  lost     the connection is lost, close code 1006
    7.58  session  sess_0002, model gpt-realtime
    7.58  session  connected again after 6.003s, 0 items restored
    9.58  agent    ‹40›
    9.58  done     completed, 18 tokens in, 70 out
`, r.stdout)
}

func TestReplayAsJSON(t *testing.T) {
	t.Parallel()
	r := realtimeAlone(t, "replay", recorded(t, "silence-after-tool.jsonl"), "-speed", "0", "-json")
	assert.Zero(t, r.status)
	assert.Equal(t, `{"at":0,"kind":"session","text":"sess_0001, model gpt-realtime"}
{"at":1.58,"kind":"tool","text":"lookup ‹25›"}
{"at":1.58,"kind":"done","text":"completed, 15 tokens in, 7 out"}
{"at":2,"kind":"output","text":"‹4›"}
`, r.stdout)
	events := realtimeAlone(t, "replay", recorded(t, "silence-after-tool.jsonl"), "-speed", "0", "-json", "-events")
	assert.Contains(t, events.stdout, `{"at":2,"dir":"out","type":"conversation.item.create","event":{"event_id":"evt_B2QIXL2VK5_2u","type":"conversation.item.create","item":{`)
	assert.Contains(t, events.stdout, `"type":"input_audio_buffer.append","n":`)
}

func TestReplayKeepsTheTimeOfTheCall(t *testing.T) {
	t.Parallel()
	run := startCommand(t, command(t, nil, "replay", recorded(t, "lost-connection.jsonl"), "-speed", "0.001"))
	assert.Equal(t, "    0.00  session  sess_0001, model gpt-realtime", run.out.next())
	status, rest := run.interrupt() // The next line is due in half an hour.
	assert.Equal(t, 130, status)
	assert.Empty(t, rest)
}

func TestCost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	prices := filepath.Join(dir, "prices.json")
	require.NoError(t, os.WriteFile(prices, []byte(`{"currency":"EUR","models":{"gpt-realtime":{
		"text":{"input":"4.00","cached":"0.40","output":"16.00"},"audio":{"input":"32.00","cached":"0.40","output":"64.00"}}}}`), 0o600))
	calls := []string{recorded(t, "lost-connection.jsonl"), recorded(t, "silence-after-tool.jsonl")}
	r := realtimeAlone(t, append([]string{"cost", "-prices", prices}, calls...)...)
	assert.Zero(t, r.status, r.stderr)
	assert.Equal(t, `  responses  transcripts  input  cached  output       EUR  model
          2            0     33       0      77  0.005168  gpt-realtime
                                                 0.005168  total
`, r.stdout)
	r = realtimeAlone(t, append([]string{"cost", "-json", "-prices", prices}, calls...)...)
	assert.Zero(t, r.status)
	assert.Equal(t, `{"files":2,"currency":"EUR","lines":[{"model":"gpt-realtime","responses":2,"input_tokens":33,"cached_tokens":0,"output_tokens":77,"cost":"0.005168"}],"total":"0.005168","complete":true}`+"\n", r.stdout)
}

func TestCostWithoutAPriceIsAnError(t *testing.T) {
	t.Parallel()
	r := realtimeAlone(t, "cost", "-json", recorded(t, "lost-connection.jsonl"))
	assert.Equal(t, 1, r.status)
	assert.Contains(t, r.stdout, `"total":"0.00","complete":false`)
	assert.Contains(t, r.stderr, `model "gpt-realtime": the price list has no price`)
	assert.Contains(t, r.stderr, "Give its price with --prices")
}

func TestCostListsThePricesInTheFormThatItReads(t *testing.T) {
	t.Parallel()
	list := realtimeAlone(t, "cost", "-list")
	assert.Regexp(t, `(?m)^gpt-realtime-2\.1, audio +32\.00 +0\.40 +64\.00`, list.stdout)
	prices := realtimeAlone(t, "cost", "-list", "-json")
	file := filepath.Join(prices.dir, "prices.json")
	require.NoError(t, os.WriteFile(file, []byte(prices.stdout), 0o600))
	assert.Equal(t, list.stdout, realtimeAlone(t, "cost", "-list", "-prices", file).stdout)
}

func TestView(t *testing.T) {
	t.Parallel()
	cmd := command(t, nil, "view", "call.jsonl")
	data, err := os.ReadFile(recorded(t, "silence-after-tool.jsonl"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(cmd.Dir, "call.jsonl"), data, 0o600))
	r := realtimeIn(t, cmd)
	assert.Zero(t, r.status, r.stderr)
	assert.Equal(t, " 0:02.00  broken  No response was asked for after the tool lookup returned: the caller heard nothing for another 9.08 s.\ncall.html\n", r.stdout)
	page, err := os.ReadFile(filepath.Join(cmd.Dir, "call.html"))
	require.NoError(t, err)
	assert.Contains(t, string(page), "<!doctype html>")

	again := command(t, nil, "view", filepath.Join(cmd.Dir, "call.jsonl"))
	r = realtimeIn(t, again)
	assert.Equal(t, 1, r.status, "an existing page is not replaced")
	assert.Contains(t, r.stderr, "replace it with --force, or choose another with -o")
	r = realtimeAlone(t, "view", "-json", "-force", filepath.Join(cmd.Dir, "call.jsonl"))
	assert.Zero(t, r.status)
	var got struct {
		Page     string
		Findings []finding
	}
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &got))
	assert.Equal(t, filepath.Join(cmd.Dir, "call.html"), got.Page)
	require.Len(t, got.Findings, 1)
	assert.Equal(t, "silence", got.Findings[0].Kind)
	assert.NotEmpty(t, got.Findings[0].Lines)
	r = realtimeAlone(t, "view", "-out", "-", filepath.Join(cmd.Dir, "call.jsonl"))
	assert.Equal(t, string(page), r.stdout)
}

// TestGarbledRecordings: what can be read is shown, and the rest is named.
func TestGarbledRecordings(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(recorded(t, "lost-connection.jsonl"))
	require.NoError(t, err)
	first := regexp.MustCompile(`\n`).FindIndex(data)[1]
	name := filepath.Join(t.TempDir(), "call.jsonl")
	require.NoError(t, os.WriteFile(name, append(append(data[:first:first], "nonsense\n"...), data[first:len(data)-20]...), 0o600))
	r := realtimeAlone(t, "replay", "-speed", "0", name)
	assert.Zero(t, r.status)
	assert.Contains(t, r.stderr, "line 2")
	assert.Contains(t, r.stderr, "is cut")
	assert.Contains(t, r.stdout, "sess_0002")

	damaged := name + ".gz"
	f, err := os.Create(damaged)
	require.NoError(t, err)
	z := gzip.NewWriter(f)
	_, err = z.Write(append(data[:len(data)-20:len(data)-20], "\n"+`{"at":5,"k":"gap","lines":7,"kinds":["in","usage"]}`+"\n"...))
	require.NoError(t, err)
	require.NoError(t, z.Flush())
	_, err = f.WriteString(strings.Repeat("\xff", 64))
	require.NoError(t, err)
	require.NoError(t, f.Close())
	r = realtimeAlone(t, "replay", "-speed", "0", damaged)
	assert.Zero(t, r.status)
	assert.Contains(t, r.stderr, "corrupt input")
	assert.Contains(t, r.stderr, "is cut")
	assert.Contains(t, r.stderr, "lacks 7 lines (in, usage)")
	assert.Contains(t, r.stdout, "sess_0002")

	require.NoError(t, os.WriteFile(name, []byte("RIFF\n"), 0o600))
	for _, sub := range []string{"replay", "view", "cost"} {
		r = realtimeAlone(t, sub, name)
		assert.Equal(t, 1, r.status)
		assert.Empty(t, r.stdout)
		assert.Contains(t, r.stderr, "is no", sub)
	}
}
