package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
)

func TestTalkInWriting(t *testing.T) {
	t.Parallel()
	cmd := command(t, nil, "talk", "-text")
	cmd.Stdin = strings.NewReader("hello\n\nhow are you?\n")
	r := realtimeIn(t, cmd)
	assert.Zero(t, r.status)
	assert.Equal(t, "You said: hello\nYou said: how are you?\n", r.stdout)
	assert.Equal(t, "realtime: OPENAI_API_KEY is not set: a test server in this process answers\n", r.stderr)
}

// events returns the lines of JSON, without pieces of what is said.
func events(t *testing.T, stdout string) []talkEvent {
	t.Helper()
	var all []talkEvent
	for line := range strings.Lines(stdout) {
		var e talkEvent
		require.NoError(t, json.Unmarshal([]byte(line), &e), line)
		if e.Kind != "saying" {
			e.At, e.Wait = 0, 0
			all = append(all, e)
		}
	}
	return all
}

func TestTalkAsJSON(t *testing.T) {
	t.Parallel()
	srv := testServer(t, &realtimetest.Config{Script: realtimetest.Script{Rules: []realtimetest.Rule{
		{When: realtimetest.Returned("track"), Do: []realtimetest.Step{realtimetest.Say{Text: "It is in Porto."}}},
		{When: realtimetest.Said("parcel"), Do: []realtimetest.Step{realtimetest.Call{Name: "track", Arguments: `{"id":7}`}}},
	}}})
	cmd := command(t, []string{"OPENAI_BASE_URL=" + srv.URL}, "talk", "-text", "-json", "-agent", "agent.json", "-model", "gpt-realtime-2.1")
	writeScenario(t, cmd.Dir, "")
	cmd.Stdin = strings.NewReader("Where is my parcel?\n")
	r := realtimeIn(t, cmd)
	assert.Zero(t, r.status, r.stderr)
	assert.Empty(t, r.stderr)
	all := events(t, r.stdout)
	require.NotEmpty(t, all)
	last := all[len(all)-1]
	assert.NotEmpty(t, last.Cost)
	last.Cost = ""
	assert.Equal(t, []talkEvent{
		{Kind: "session", Text: "gpt-realtime-2.1, sess_0001"},
		{Kind: "user", Text: "Where is my parcel?"},
		{Kind: "tool", Text: `track {"id":7}`},
		{Kind: "output", Text: "Porto"},
		{Kind: "turn", User: "Where is my parcel?", Text: "It is in Porto."},
	}, append(all[:len(all)-1:len(all)-1], last))
	e, err := srv.Conns()[0].WaitFor(t.Context(), realtimetest.Is(realtimetest.Received, "session.update"))
	require.NoError(t, err)
	assert.Contains(t, string(e.Data), "You know parcels.")
}

// TestTalkByAFile holds a spoken conversation, whose user is a WAV file.
func TestTalkByAFile(t *testing.T) {
	t.Parallel()
	srv := testServer(t, &realtimetest.Config{Pace: 2, Script: realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "Good morning."}},
		Rules: []realtimetest.Rule{{Do: []realtimetest.Step{realtimetest.Say{Text: "Hi!", Audio: realtimetest.Tone(500 * time.Millisecond)}}}},
	}})
	cmd := command(t, []string{"OPENAI_BASE_URL=" + srv.URL}, "talk", "-in", "me.wav", "-out", "both.wav", "-record", "call.jsonl", "-voice", "marin")
	writeWAV(t, filepath.Join(cmd.Dir, "me.wav"), realtimetest.Tone(500*time.Millisecond), audio.PCM(44100), 2)
	r := realtimeIn(t, cmd)
	assert.Zero(t, r.status, r.stderr)
	assert.Empty(t, r.stderr)
	shown := withoutTimes(r.stdout)
	require.Len(t, shown, 4, r.stdout)
	assert.Equal(t, []string{"session  gpt-realtime-2.1, sess_0001", "user     Good morning.", "agent    Hi!"}, shown[:3])
	assert.Regexp(t, `^turn     answer after 0\.\d\d s, USD 0\.\d+ so far$`, shown[3])
	f, err := os.Open(filepath.Join(cmd.Dir, "both.wav"))
	require.NoError(t, err)
	defer f.Close()
	_, err = audio.ReadWAV(f, &audio.WAVOptions{Channel: 2})
	assert.NoError(t, err)
	update, err := realtimetest.Await[*api.SessionUpdate](t.Context(), srv.Conns()[0])
	require.NoError(t, err)
	data, err := update.MarshalJSON()
	require.NoError(t, err)
	assert.Contains(t, string(data), `"voice":"marin"`)

	rec, err := recording.Open(filepath.Join(cmd.Dir, "call.jsonl"))
	require.NoError(t, err)
	assert.Nil(t, rec.Tail)
	turns := rec.Timeline().Turns
	require.Len(t, turns, 1)
	assert.Equal(t, "Hi!", turns[0].Agent)
}

// TestTalkEndsCleanlyWhenInterrupted: the server sees a close in good order.
func TestTalkEndsCleanlyWhenInterrupted(t *testing.T) {
	t.Parallel()
	srv := testServer(t, nil)
	cmd := command(t, []string{"OPENAI_BASE_URL=" + srv.URL}, "talk", "-text", "-json")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	run := startCommand(t, cmd)
	_, err = in.Write([]byte("hello\n"))
	require.NoError(t, err)
	for line := run.out.next(); !strings.Contains(line, `"turn"`); line = run.out.next() {
		require.NotEmpty(t, line, run.stderr.String())
	}
	status, _ := run.interrupt()
	assert.Equal(t, 130, status)
	assert.Empty(t, run.stderr.String())
	conn := srv.Conns()[0]
	<-conn.Done()
	code, _, ok := conn.Closed()
	assert.True(t, ok)
	assert.Equal(t, 1000, code)
}

func TestTalkSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	r := realtimeIn(t, command(t, []string{"PULSE_SERVER=unix:/nowhere"}, "talk"))
	assert.Equal(t, 1, r.status)
	assert.Contains(t, r.stderr, "neither PulseAudio nor PipeWire answers")
	assert.Contains(t, r.stderr, "-text and -in of realtime talk")
	r = realtimeAlone(t, "talk", "-text", "-half")
	assert.Equal(t, 2, r.status)
	r = realtimeAlone(t, "talk", "-out", "x.wav")
	assert.Equal(t, 2, r.status)
	assert.Contains(t, r.stderr, "--out needs --in")
	refusing := testServer(t, &realtimetest.Config{Credentials: func(realtimetest.Credential) error { return os.ErrPermission }})
	cmd := command(t, []string{"OPENAI_BASE_URL=" + refusing.URL, "OPENAI_API_KEY=sk-secret"}, "talk", "-text")
	r = realtimeIn(t, cmd)
	assert.Equal(t, 1, r.status)
	assert.Contains(t, r.stderr, "check OPENAI_API_KEY")
	assert.NotContains(t, r.stderr, "sk-secret")
}

// TestTalkEndsWithWhyThereIsNoAnswer has the service fail for lack of credit: the command says
// so, and what to do, and fails.
func TestTalkEndsWithWhyThereIsNoAnswer(t *testing.T) {
	t.Parallel()
	spent := realtimetest.Fail{Type: "insufficient_quota", Code: "insufficient_quota", Message: "You exceeded your current quota."}
	for name, args := range map[string][]string{"in writing": {"-text"}, "as JSON": {"-text", "-json"}, "by a file": {"-in", "me.wav"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := testServer(t, &realtimetest.Config{Pace: 2, Script: realtimetest.Script{
				Heard: []realtimetest.Heard{{Text: "Good morning."}},
				Rules: []realtimetest.Rule{{Do: []realtimetest.Step{spent}, Times: 99}},
			}})
			cmd := command(t, []string{"OPENAI_BASE_URL=" + srv.URL}, append([]string{"talk"}, args...)...)
			writeWAV(t, filepath.Join(cmd.Dir, "me.wav"), realtimetest.Tone(500*time.Millisecond), audio.PCM(24000), 1)
			cmd.Stdin = strings.NewReader("hello\n")
			r := realtimeIn(t, cmd)
			assert.Equal(t, 1, r.status)
			assert.Contains(t, r.stderr, "realtime: agent: the model gave no answer: the response is failed: You exceeded your current quota. type=insufficient_quota code=insufficient_quota")
			assert.Contains(t, r.stderr, "trying again does not help")
			assert.NotContains(t, r.stdout, "not heard")
			switch name {
			case "as JSON":
				all := events(t, r.stdout)
				assert.Contains(t, all[len(all)-1].Error, "You exceeded your current quota.")
			case "in writing":
				assert.Empty(t, r.stdout)
			default:
				assert.Contains(t, r.stdout, "warning  agent: the model gave no answer: the response is failed")
			}
		})
	}
}
