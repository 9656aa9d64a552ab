package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
)

// ringing places a call at a server and accepts it.
func ringing(t *testing.T, srv *realtimetest.Server) *realtimetest.PhoneCall {
	t.Helper()
	app := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(app.Close)
	phone, err := srv.Ring(t.Context(), &realtimetest.Ringing{URL: app.URL})
	require.NoError(t, err)
	client, err := realtime.NewClient(&realtime.Config{APIKey: "any", BaseURL: srv.URL})
	require.NoError(t, err)
	require.NoError(t, calls.New(client).Accept(t.Context(), phone.ID(), &api.RealtimeSessionConfig{
		Audio: &api.SessionAudio{Input: &api.AudioInput{Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelWhisper1)})}},
	}, nil))
	return phone
}

func TestTail(t *testing.T) {
	t.Parallel()
	srv := testServer(t, &realtimetest.Config{Script: realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "Where is my parcel?"}},
		Rules: []realtimetest.Rule{{Do: []realtimetest.Step{
			realtimetest.Say{Text: "I am looking."}, realtimetest.Call{Name: "track", Arguments: `{"id":7}`},
		}}},
	}})
	phone := ringing(t, srv)
	run := startCommand(t, command(t, []string{"OPENAI_BASE_URL=" + srv.URL}, "tail", phone.ID()))
	require.NoError(t, phone.Say(t.Context(), realtimetest.Tone(time.Second)))
	var shown []string
	for line := run.out.next(); line != ""; line = run.out.next() {
		shown = append(shown, strings.TrimSpace(line[10:]))
		switch {
		case strings.Contains(line, " done "):
			require.NoError(t, phone.Press(t.Context(), "1"))
		case strings.Contains(line, " key "):
			phone.HangUp()
		}
	}
	status, _ := run.wait()
	assert.Zero(t, status, run.stderr.String())
	assert.ElementsMatch(t, []string{
		"user     Where is my parcel?", "agent    I am looking.", `tool     track {"id":7}`, "done     completed, 15 tokens in, 28 out", "key      1",
	}, shown)
	assert.Empty(t, run.stderr.String())
}

func TestTailEventsLeavesTheCallRunning(t *testing.T) {
	t.Parallel()
	srv := testServer(t, nil)
	phone := ringing(t, srv)
	run := startCommand(t, command(t, []string{"OPENAI_BASE_URL=" + srv.URL}, "tail", "-json", "-events", phone.ID()))
	require.NoError(t, phone.Press(t.Context(), "5"))
	var line struct {
		Dir, Type string
		Event     struct{ Event string }
	}
	for line.Type != "input_audio_buffer.dtmf_event_received" {
		require.NoError(t, json.Unmarshal([]byte(run.out.next()), &line))
	}
	assert.Equal(t, "in", line.Dir)
	assert.Equal(t, "5", line.Event.Event)
	side, err := phone.Sideband(t.Context())
	require.NoError(t, err)
	status, _ := run.interrupt()
	assert.Equal(t, 130, status)
	<-side.Done()
	code, _, ok := side.Closed()
	assert.True(t, ok)
	assert.Equal(t, 1000, code)
	assert.NoError(t, phone.Press(t.Context(), "6"), "the call goes on")
}

func TestTailOfACallThatIsOver(t *testing.T) {
	t.Parallel()
	srv := testServer(t, nil)
	phone := ringing(t, srv)
	phone.HangUp()
	_, err := phone.Ended(t.Context())
	require.NoError(t, err)
	r := realtimeTo(t, srv.URL, "tail", phone.ID())
	assert.Equal(t, 1, r.status)
	assert.Empty(t, r.stdout)
	assert.Contains(t, r.stderr, "there is no call with this id")
	assert.Contains(t, r.stderr, "The call is over, or it belongs to another account.")
}

func TestTailWithoutAKeyFollowsACallOfItsOwn(t *testing.T) {
	t.Parallel()
	r := realtimeAlone(t, "tail", "any")
	assert.Zero(t, r.status)
	assert.Equal(t, "realtime: OPENAI_API_KEY is not set: this is a call at a test server in this process\n", r.stderr)
	assert.Equal(t, []string{
		"user     What will the weather be like in Lisbon on Saturday?", "agent    On Saturday Lisbon will be sunny and warm.",
		"done     completed, 30 tokens in, 68 out", "key      #",
	}, withoutTimes(r.stdout))
}

func TestRecord(t *testing.T) {
	t.Parallel()
	srv := testServer(t, nil)
	for name, cmd := range map[string]*exec.Cmd{
		"flag":        command(t, []string{"OPENAI_BASE_URL=http://127.0.0.1:1/v1"}, "record", "-addr", "127.0.0.1:0", "-url", srv.URL+"/", "-keep", "text,tools", "-json"),
		"environment": command(t, []string{"OPENAI_BASE_URL=" + srv.URL}, "record", "-addr", "127.0.0.1:0", "-keep", "text,tools", "-json"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recordsOneCall(t, cmd)
		})
	}
}

// recordsOneCall is a client in front of a recording proxy.
func recordsOneCall(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	run := startCommand(t, cmd)
	var at ready
	require.NoError(t, json.Unmarshal([]byte(run.out.next()), &at))
	client, err := realtime.NewClient(&realtime.Config{APIKey: "sk-secret", BaseURL: at.Ready})
	require.NoError(t, err)
	s, err := client.Connect(t.Context(), realtime.Model("m"), nil)
	require.NoError(t, err)
	require.NoError(t, s.SendText(t.Context(), "good morning"))
	require.NoError(t, s.Close())
	var file struct{ Recording string }
	require.NoError(t, json.Unmarshal([]byte(run.out.next()), &file))
	status, rest := run.interrupt()
	assert.Equal(t, 130, status)
	assert.Empty(t, rest)
	assert.Contains(t, run.stderr.String(), "a connection has ended")

	rec, err := recording.Open(filepath.Join(cmd.Dir, file.Recording))
	require.NoError(t, err)
	assert.Nil(t, rec.Tail, "the recording is whole")
	data, err := os.ReadFile(filepath.Join(cmd.Dir, file.Recording))
	require.NoError(t, err)
	assert.Contains(t, string(data), "good morning")
	assert.NotContains(t, string(data)+run.stderr.String(), "sk-secret")
	info, err := os.Stat(filepath.Join(cmd.Dir, file.Recording))
	require.NoError(t, err)
	assert.Zero(t, info.Mode().Perm()&0o077, "only the owner reads what was said")
}

func TestRecordOfATestServer(t *testing.T) {
	t.Parallel()
	run := startCommand(t, command(t, nil, "record", "-addr", "127.0.0.1:0", "-test"))
	line := run.out.next()
	assert.Regexp(t, `^realtime record is ready at http://127\.0\.0\.1:\d+/v1, in front of http://127\.0\.0\.1:\d+/v1$`, line)
	url, _, _ := strings.Cut(strings.Fields(line)[5], ",")
	r := realtimeTo(t, url, "probe", "-checks", "update/answered")
	assert.Zero(t, r.status, r.stderr)
	assert.Regexp(t, `^calls/call-\w+\.jsonl$`, run.out.next())
	status, _ := run.interrupt()
	assert.Equal(t, 130, status)
	r = realtimeAlone(t, "record", "-keep", "everything")
	assert.Equal(t, 2, r.status)
	assert.Contains(t, r.stderr, `there is no content "everything"`)
}

// TestRecordOfABaseURLWithoutVersion has a service whose base URL has a path of its own:
// clients of the proxy need none.
func TestRecordOfABaseURLWithoutVersion(t *testing.T) {
	t.Parallel()
	paths := make(chan string, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		paths <- r.URL.Path
		w.WriteHeader(http.StatusNotFound)
	}))
	defer srv.Close()
	run := startCommand(t, command(t, nil, "record", "-addr", "127.0.0.1:0", "-url", srv.URL+"/voice", "-json"))
	var at ready
	require.NoError(t, json.Unmarshal([]byte(run.out.next()), &at))
	r := realtimeTo(t, at.Ready, "probe")
	assert.NotZero(t, r.status)
	assert.Equal(t, "/voice/realtime", <-paths)
	status, _ := run.interrupt()
	assert.Equal(t, 130, status)
}

func TestRecordOfItself(t *testing.T) {
	t.Parallel()
	free, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	addr := free.Addr().String()
	require.NoError(t, free.Close())
	r := realtimeTo(t, "http://"+addr+"/v1", "record", "-addr", addr)
	assert.Equal(t, 1, r.status)
	assert.Contains(t, r.stderr, "unset OPENAI_BASE_URL")
	r = realtimeAlone(t, "record", "-addr", "127.0.0.1:0", "-url", "example.com")
	assert.Equal(t, 1, r.status)
	assert.Contains(t, r.stderr, `"example.com": set --url or OPENAI_BASE_URL`)
}

// scenario is a call with two functions that the agent has by its file.
const scenario = `scenario: parcels
script:
  rules:
    - { when: { returned: track }, do: [{ call: notify }] }
    - { when: { returned: notify }, do: [{ say: "It is in Porto." }] }
    - { when: { said: parcel }, do: [{ call: track, arguments: { id: 7 } }] }
steps:
  - say: Where is my parcel?
    expect: [ hears: %s, calls: { tool: track, with: { id: 7 } }, calls: notify ]
`

func writeScenario(t *testing.T, dir, heard string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "parcels.yaml"), []byte(strings.Replace(scenario, "%s", heard, 1)), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "agent.json"), []byte(`{"instructions":"You know parcels.","tools":[
		{"name":"track","description":"Finds a parcel.","parameters":{"type":"object","properties":{"id":{"type":"integer"}}},"output":"Porto"},
		{"name":"notify","output":"done"}]}`), 0o600))
}

func TestRun(t *testing.T) {
	t.Parallel()
	cmd := command(t, nil, "run", "parcels.yaml", "-agent", "agent.json")
	writeScenario(t, cmd.Dir, "is in Porto")
	r := realtimeIn(t, cmd)
	assert.Zero(t, r.status, r.stdout+r.stderr)
	assert.Empty(t, r.stderr)
	assert.Contains(t, r.stdout, "ok    parcels, call 1\n\ncaller: 1 scenario, 1 call, scripted server\n")
	assert.Contains(t, r.stdout, "reply, heard          1 ")
}

func TestRunFails(t *testing.T) {
	t.Parallel()
	cmd := command(t, nil, "run", "parcels.yaml", "-agent", "agent.json", "-json", "-dir", "failed", "-calls", "2")
	writeScenario(t, cmd.Dir, "is in Faro")
	r := realtimeIn(t, cmd)
	assert.Equal(t, 1, r.status)
	assert.Empty(t, r.stderr)
	var n int
	for line := range strings.Lines(r.stdout) {
		n++
		var c callResult
		require.NoError(t, json.Unmarshal([]byte(line), &c))
		assert.False(t, c.Passed)
		assert.Equal(t, n, c.Call)
		require.Len(t, c.Failures, 1)
		assert.Contains(t, c.Failures[0], "hears: is in Faro")
		require.NotEmpty(t, c.Files)
		page, err := os.ReadFile(filepath.Join(cmd.Dir, c.Files[1]))
		require.NoError(t, err)
		assert.Contains(t, string(page), "is in Faro")
	}
	assert.Equal(t, 2, n)
}

// TestRunWithoutTheFunction holds that a call of the script alone does not meet an
// expectation: the function was renamed, is missing, or refuses the arguments.
func TestRunWithoutTheFunction(t *testing.T) {
	t.Parallel()
	const file = `{"tools":[{"name":"%s","output":"Porto","parameters":{"type":"object","properties":{"id":{"type":"%s"}}}},{"name":"notify","output":"done"}]}`
	const text = "scenario: parcels\n%sscript: { rules: [ { when: { returned: track }, do: [ say: In Porto. ] }, { do: [ { call: track, arguments: { id: 7 } } ] } ] }\n" +
		"steps: [ { say: Where is it, expect: [ calls: { tool: track, with: { id: 7 }, times: 1 } ] } ]\nalways: [ no_error ]\n"
	for name, c := range map[string]struct{ agent, tools, why string }{
		"there":     {agent: fmt.Sprintf(file, "track", "integer")},
		"renamed":   {agent: fmt.Sprintf(file, "trak", "integer"), why: "the session offers no function of that name; it offers notify, trak"},
		"replaced":  {agent: fmt.Sprintf(file, "trak", "integer"), tools: "tools: { track: { output: Porto } }\n", why: "it offers notify, trak"},
		"no tools":  {agent: `{}`, why: "the session offers no functions"},
		"no agent":  {why: "the session offers no functions"},
		"stubbed":   {tools: "tools: { track: { output: Porto } }\n"},
		"arguments": {agent: fmt.Sprintf(file, "track", "string"), why: "the function did not run; the model was given"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := []string{"run", "parcels.yaml", "-json", "-dir", "failed"}
			if c.agent != "" {
				args = append(args, "-agent", "agent.json")
			}
			cmd := command(t, nil, args...)
			require.NoError(t, os.WriteFile(filepath.Join(cmd.Dir, "agent.json"), []byte(c.agent), 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(cmd.Dir, "parcels.yaml"), fmt.Appendf(nil, text, c.tools), 0o600))
			r := realtimeIn(t, cmd)
			if c.why == "" {
				assert.Zero(t, r.status, r.stdout+r.stderr)
				return
			}
			assert.Equal(t, 1, r.status)
			assert.Contains(t, r.stdout, c.why)
		})
	}
}

func TestRunWithAModel(t *testing.T) {
	t.Parallel()
	srv := testServer(t, &realtimetest.Config{Pace: 4, Script: realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "Where is my parcel?"}},
		Rules: []realtimetest.Rule{{Do: []realtimetest.Step{realtimetest.Say{Text: "It is in Porto."}}}},
	}})
	cmd := command(t, []string{"OPENAI_BASE_URL=" + srv.URL}, "run", "live.yaml", "-live", "-json", "-instructions", "You know parcels.")
	require.NoError(t, os.WriteFile(filepath.Join(cmd.Dir, "live.yaml"), []byte(`scenario: live
voice: { recordings: voice }
steps:
  - say: Where is my parcel?
    expect: [ hears: in Porto ]
`), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(cmd.Dir, "voice"), 0o700))
	writeWAV(t, filepath.Join(cmd.Dir, "voice", "where-is-my-parcel.wav"), realtimetest.Tone(time.Second), audio.PCM24k, 1)
	r := realtimeIn(t, cmd)
	assert.Zero(t, r.status, r.stdout+r.stderr)
	require.NotEmpty(t, srv.Conns())
	types := srv.Conns()[0].Types(realtimetest.Received)
	assert.Contains(t, types, "input_audio_buffer.append")
}

func TestRunSaysWhereAScenarioIsWrong(t *testing.T) {
	t.Parallel()
	cmd := command(t, nil, "run", "bad.yaml")
	require.NoError(t, os.WriteFile(filepath.Join(cmd.Dir, "bad.yaml"), []byte("scenario: x\nsteps:\n  - sing: la\n"), 0o600))
	r := realtimeIn(t, cmd)
	assert.Equal(t, 1, r.status)
	assert.Contains(t, r.stderr, "bad.yaml: ")
	assert.Contains(t, r.stderr, "sing")
	cmd = command(t, nil, "run", "x.yaml", "-agent", "agent.json")
	require.NoError(t, os.WriteFile(filepath.Join(cmd.Dir, "agent.json"), []byte(`{"tool":[]}`), 0o600))
	r = realtimeIn(t, cmd)
	assert.Contains(t, r.stderr, `agent.json: json: unknown field "tool"`)
}
