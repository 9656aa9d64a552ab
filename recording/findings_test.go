package recording_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/recording"
)

// recordingOf returns a whole recording of some lines behind a header: line 2 is the first.
func recordingOf(t *testing.T, lines ...string) *recording.Recording {
	t.Helper()
	rec, err := recording.Read(strings.NewReader(header + "\n" + strings.Join(lines, "\n") + "\n"))
	require.NoError(t, err)
	return rec
}

func spoke(at, from, to int) []string {
	return []string{
		fmt.Sprintf(`{"at":%d,"k":"in","conn":1,"type":"input_audio_buffer.speech_started","bytes":9,"event":{"type":"input_audio_buffer.speech_started","item_id":"u%[1]d","audio_start_ms":%d}}`, at, from-300),
		fmt.Sprintf(`{"at":%d,"k":"in","conn":1,"type":"input_audio_buffer.speech_stopped","bytes":9,"event":{"type":"input_audio_buffer.speech_stopped","item_id":"u%d","audio_end_ms":%d}}`, to*1000+500_000, at, to+500),
	}
}

func responded(id string, begin, end int, status string) []string {
	return []string{
		fmt.Sprintf(`{"at":%d,"k":"in","conn":1,"type":"response.created","bytes":9,"event":{"type":"response.created","response":{"id":%q}}}`, begin, id),
		fmt.Sprintf(`{"at":%d,"k":"in","conn":1,"type":"response.done","bytes":9,"event":{"type":"response.done","response":{"id":%q,"status":%q,"output":[{"id":"x"}]}}}`, end, id, status),
	}
}

func made(id, response string, at, ms int) string {
	return fmt.Sprintf(`{"at":%d,"k":"in","conn":1,"type":"response.output_audio.delta","bytes":99,"n":20,"span":500000,"item":%q,"response":%q,"audio_ms":%d}`, at, id, response, ms)
}

func heard(id string, from, to, began int) string {
	return fmt.Sprintf(`{"at":%d,"k":"heard","item":%q,"from":%d,"to":%d,"began":%d,"by":"mark"}`, began+to-from, id, from, to, began)
}

const appended = `{"at":0,"k":"out","conn":1,"type":"input_audio_buffer.append","bytes":9,"n":50,"span":980000,"audio_ms":1000,"fate":"written"}`

// detection is the state of a session from the beginning on.
func detection(turns string) string {
	return `{"at":1,"k":"in","conn":1,"type":"session.updated","bytes":9,"event":{"type":"session.updated","session":{"audio":{"input":{"turn_detection":` + turns + `}}}}}`
}

func note(at int) string { return fmt.Sprintf(`{"at":%d,"k":"note"}`, at) }

func tool(at int, phase, more string) string {
	return fmt.Sprintf(`{"at":%d,"k":"tool","id":"call_1","name":"lookup","phase":%q%s}`, at, phase, more)
}

func join(parts ...any) []string {
	all := []string{appended}
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			all = append(all, p)
		case []string:
			all = append(all, p...)
		}
	}
	return append(all, `{"at":30000000,"k":"end","why":"closed","complete":true}`)
}

func TestFindings(t *testing.T) {
	t.Parallel()
	good := join(spoke(1_200_000, 1000, 2000), responded("r1", 2_600_000, 4_000_000, "completed"), made("a1", "r1", 3_000_000, 2000), heard("a1", 0, 2_000_000, 3_200_000))
	cases := []struct {
		name     string
		lines    []string
		kind     recording.FindingKind // "" for none
		severity recording.Severity
		text     string
		line     int // of the first evidence
	}{
		{"a good call", good, "", "", "", 0},
		{"silence to the end", join(spoke(1_200_000, 1000, 2000)), recording.FindSilence, recording.Broken, "No response began: the caller heard nothing for 28.00 s.", 4},
		{
			"silence by a tool", join(spoke(1_200_000, 1000, 2000), responded("r1", 2_600_000, 2_700_000, "completed"), tool(2_700_000, "start", ""), tool(7_000_000, "end", `,"ok":true`),
				responded("r2", 7_100_000, 8_000_000, "completed"), made("a1", "r2", 7_500_000, 2000), heard("a1", 0, 2_000_000, 7_600_000)),
			recording.FindSilence, recording.Slow, "The tool lookup took 4.30 s. The caller heard nothing for 5.60 s.", 4,
		},
		{
			"silence after a tool", join(spoke(1_200_000, 1000, 2000), responded("r1", 2_600_000, 2_700_000, "completed"), tool(2_700_000, "start", ""), tool(3_000_000, "end", `,"ok":true`), note(12_200_000)),
			recording.FindSilence, recording.Broken, "No response was asked for after the tool lookup returned: the caller heard nothing for another 27.00 s.", 4,
		},
		{
			"a response that never begins", join(spoke(1_200_000, 1000, 2000), responded("r1", 2_600_000, 2_700_000, "completed"), tool(2_700_000, "start", ""), tool(3_000_000, "end", `,"ok":true`),
				`{"at":3100000,"k":"out","conn":1,"type":"response.create","bytes":9,"fate":"written","event":{"type":"response.create"}}`),
			recording.FindSilence, recording.Broken, "The response that was asked for after the tool lookup returned never began: the caller heard nothing for another 27.00 s.", 4,
		},
		{
			"silence by a tool that never returns", join(spoke(1_200_000, 1000, 2000), responded("r1", 2_600_000, 2_700_000, "completed"), tool(2_700_000, "start", "")),
			recording.FindSilence, recording.Broken, "The tool lookup never returned: the caller heard nothing for 28.00 s.", 4,
		},
		{"a tool that never returns", join(responded("r1", 2_600_000, 2_700_000, "completed"), tool(2_700_000, "start", "")), recording.FindSlowTool, recording.Slow, "did not return within 27.30 s", 5},
		{"a slow tool", join(responded("r1", 2_600_000, 2_700_000, "completed"), tool(2_700_000, "start", ""), tool(5_000_000, "end", `,"ok":true`)), recording.FindSlowTool, recording.Slow, "took 2.30 s", 5},
		{"a failed tool", join(tool(2_700_000, "start", ""), tool(2_800_000, "end", `,"ok":false,"error":"timeout"`)), recording.FindToolFailed, recording.Broken, "failed (timeout)", 3},
		{
			"an interruption", join(responded("r1", 1_000_000, 2_000_000, "completed"), made("a1", "r1", 1_000_000, 8000), heard("a1", 0, 2_100_000, 1_100_000), spoke(3_000_000, 2900, 4000),
				`{"at":3200000,"k":"cut","item":"a1","heard":2100000,"made":8000000,"by":"speech_started"}`,
				responded("r2", 4_600_000, 5_000_000, "completed"), made("a2", "r2", 4_700_000, 500), heard("a2", 0, 500_000, 4_800_000)),
			recording.FindInterrupted, recording.Normal, "silent after 200 ms. 2.10 s was heard, 5.90 s never was.", 9,
		},
		{
			"a late barge-in", join(responded("r1", 1_000_000, 2_000_000, "completed"), made("a1", "r1", 1_000_000, 8000), heard("a1", 0, 3_800_000, 1_100_000), spoke(3_000_000, 2900, 4000),
				`{"at":3200000,"k":"cut","item":"a1","heard":3800000,"made":8000000,"by":"speech_started"}`,
				responded("r2", 4_600_000, 5_000_000, "completed"), made("a2", "r2", 4_700_000, 500), heard("a2", 0, 500_000, 4_900_000)),
			recording.FindLateBargeIn, recording.Broken, "went on for 1.90 s", 9,
		},
		{
			"a line that plays on", join(responded("r1", 1_000_000, 2_000_000, "completed"), made("a1", "r1", 1_000_000, 8000), heard("a1", 0, 3_800_000, 1_100_000), spoke(3_000_000, 2900, 4000),
				`{"at":3200000,"k":"cut","item":"a1","heard":3800000,"made":8000000,"by":"speech_started","asked":3050000}`,
				responded("r2", 4_600_000, 5_000_000, "completed"), made("a2", "r2", 4_700_000, 500), heard("a2", 0, 500_000, 4_900_000)),
			recording.FindLateBargeIn, recording.Broken, "went on for 1.90 s. The program stopped it after 0.05 s, and the line played on: is its buffer cleared?", 9,
		},
		{
			"a program that stops late", join(responded("r1", 1_000_000, 2_000_000, "completed"), made("a1", "r1", 1_000_000, 8000), heard("a1", 0, 3_800_000, 1_100_000), spoke(3_000_000, 2900, 4000),
				`{"at":4900000,"k":"cut","item":"a1","heard":3800000,"made":8000000,"by":"speech_started","asked":4800000}`,
				responded("r2", 4_600_000, 5_000_000, "completed"), made("a2", "r2", 4_700_000, 500), heard("a2", 0, 500_000, 4_900_000)),
			recording.FindLateBargeIn, recording.Broken, "The program stopped it only 1.80 s after speech_started.", 9,
		},
		{
			"double talk that is not allowed", join(detection(`{"type":"server_vad"}`), detection(`{"type":"server_vad","interrupt_response":false}`),
				responded("r1", 1_000_000, 2_000_000, "completed"), made("a1", "r1", 1_000_000, 8000), heard("a1", 0, 8_000_000, 1_100_000), spoke(3_000_000, 2900, 6000),
				responded("r2", 6_600_000, 7_000_000, "completed"), made("a2", "r2", 6_700_000, 500), heard("a2", 0, 500_000, 9_100_000)),
			recording.FindDoubleTalk, recording.Broken, "nothing was cut: the setting interrupt_response is false, so the caller may not interrupt.", 9,
		},
		{
			"double talk without detection", join(detection("null"),
				responded("r1", 1_000_000, 2_000_000, "completed"), made("a1", "r1", 1_000_000, 8000), heard("a1", 0, 8_000_000, 1_100_000), spoke(3_000_000, 2900, 6000),
				responded("r2", 6_600_000, 7_000_000, "completed"), made("a2", "r2", 6_700_000, 500), heard("a2", 0, 500_000, 9_100_000)),
			recording.FindDoubleTalk, recording.Broken, "nothing was cut: turn detection is off", 8,
		},
		{
			"double talk", join(responded("r1", 1_000_000, 2_000_000, "completed"), made("a1", "r1", 1_000_000, 8000), heard("a1", 0, 8_000_000, 1_100_000), spoke(3_000_000, 2900, 6000),
				responded("r2", 6_600_000, 7_000_000, "completed"), made("a2", "r2", 6_700_000, 500), heard("a2", 0, 500_000, 9_100_000)),
			recording.FindDoubleTalk, recording.Broken, "spoke at once for 3.10 s, and nothing was cut: the caller may interrupt, so is the echo cancelled", 7,
		},
		{
			"a lost connection", join(
				`{"at":1000000,"k":"lost","conn":1,"code":1006}`, `{"at":1500000,"k":"dial","conn":2,"took":1000,"error":"refused"}`, `{"at":2500000,"k":"dial","conn":2,"took":1000,"error":"refused","status":503}`,
				`{"at":4200000,"k":"dial","conn":2,"took":1000,"status":101}`, `{"at":4300000,"k":"restored","conn":2,"items":3,"lost":[{"item":"item_4"}]}`),
			recording.FindLost, recording.Broken, "(code 1006) for 3.30 s; 2 of 3 dials failed (HTTP 503); 1 item lost: item_4.", 3,
		},
		{"a connection that is not replaced", join(`{"at":1000000,"k":"lost","conn":1,"code":1011}`), recording.FindLost, recording.Broken, "(code 1011) and not replaced", 3},
		{
			"a refused update", join(
				`{"at":1000000,"k":"out","conn":1,"type":"session.update","bytes":99,"fate":"written","event":{"type":"session.update","event_id":"set_1","session":{"type":"realtime","instructions":"‹20›","audio":{"input":{"format":{"type":"audio/pcm","rate":8000}},"output":{"voice":"marin"}}}}}`,
				`{"at":1100000,"k":"in","conn":1,"type":"error","bytes":99,"event":{"type":"error","error":{"type":"invalid_request_error","code":"invalid_value","param":"session.audio.input.format.rate","event_id":"set_1"}}}`),
			recording.FindRefused, recording.Broken,
			"refused session.update about session.audio.input.format.rate (invalid_value). With it were dropped: session.audio.input.format.type, session.audio.output, session.instructions.", 4,
		},
		{
			"another place than was heard", join(responded("r1", 1_000_000, 2_000_000, "completed"), made("a1", "r1", 1_000_000, 8000), heard("a1", 0, 3_100_000, 1_100_000),
				`{"at":5000000,"k":"out","conn":1,"type":"conversation.item.truncate","bytes":9,"fate":"written","event":{"type":"conversation.item.truncate","item_id":"a1","content_index":0,"audio_end_ms":1200}}`),
			recording.FindHeard, recording.Broken, "believes that 1.20 s was heard, but 3.10 s was", 7,
		},
		{"a doubled tool", join(tool(2_700_000, "start", ""), tool(2_800_000, "end", ""), tool(2_900_000, "start", ""), tool(2_950_000, "end", "")), recording.FindDoubledTool, recording.Broken, "ran twice", 5},
		{
			"an empty response", join(`{"at":1000000,"k":"in","conn":1,"type":"response.done","bytes":9,"event":{"type":"response.done","response":{"id":"r1","status":"completed"}}}`),
			recording.FindEmpty, recording.Broken, "empty", 3,
		},
		{
			"a failed response", join(`{"at":1000000,"k":"in","conn":1,"type":"response.done","bytes":9,"event":{"type":"response.done","response":{"id":"r1","status":"failed","status_details":{"error":{"code":"server_error"}}}}}`),
			recording.FindFailed, recording.Broken, "failed (server_error)", 3,
		},
		{
			"cancelled but billed", join(`{"at":1000000,"k":"in","conn":1,"type":"response.done","bytes":9,"event":{"type":"response.done","response":{"id":"r1","status":"cancelled","usage":{"output_token_details":{"text_tokens":3,"audio_tokens":40}}}}}`),
			recording.FindCancelledBill, recording.Normal, "43 tokens", 3,
		},
		{"dropped events", join(`{"at":1,"k":"queue","dir":"in","depth":8,"dropped":3}`), recording.FindDropped, recording.Broken, "dropped 3 events", 3},
		{"a gap", join(`{"at":1,"k":"gap","lines":3}`), recording.FindGap, recording.Normal, "lacks 3 lines", 3},
		{
			"starved playback", join(responded("r1", 1_000_000, 2_000_000, "completed"), made("a1", "r1", 1_000_000, 2000), heard("a1", 0, 1_000_000, 1_100_000), heard("a1", 1_000_000, 2_000_000, 2_600_000)),
			recording.FindStarved, recording.Slow, "paused for 0.50 s", 5,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			found := recordingOf(t, c.lines...).Findings()
			if c.kind == "" {
				assert.Empty(t, found)
				return
			}
			var at *recording.Finding
			for i := range found {
				if found[i].Kind == c.kind {
					require.Nil(t, at, "found twice")
					at = &found[i]
				} else {
					assert.Equal(t, recording.FindInterrupted, found[i].Kind, "%+v", found[i])
				}
			}
			require.NotNil(t, at, "%+v", found)
			assert.Equal(t, c.severity, at.Severity)
			assert.Contains(t, at.Text, c.text)
			require.NotEmpty(t, at.Evidence)
			assert.Equal(t, c.line, at.Evidence[0].Line, at.Evidence)
		})
	}
}

func TestACutAndAGarbledLineAreFindings(t *testing.T) {
	t.Parallel()
	rec, err := recording.Read(strings.NewReader(header + "\n" + note(1) + "\n{\n" + note(5_000_000) + "\n{\"at\""))
	require.Error(t, err)
	found := rec.Findings()
	require.Len(t, found, 2)
	assert.Contains(t, found[0].Text, "Line 3")
	assert.Contains(t, found[1].Text, "cut after 0:05.00")
}

func TestHeardIsEstimatedWithoutALine(t *testing.T) {
	t.Parallel()
	rec := recordingOf(t, join(responded("r1", 1_000_000, 2_000_000, "completed"), made("a1", "r1", 1_000_000, 3000), made("a2", "r1", 1_500_000, 2000),
		`{"at":5000000,"k":"out","conn":1,"type":"conversation.item.truncate","bytes":9,"fate":"written","event":{"type":"conversation.item.truncate","item_id":"a2","content_index":0,"audio_end_ms":1000}}`)...)
	tl := rec.Timeline()
	assert.Equal(t, recording.ByClock, tl.HeardBy)
	require.Len(t, tl.Items, 2)
	assert.Equal(t, []recording.Span{{Begin: 1_000_000, From: 0, To: 3_000_000}}, tl.Items[0].Heard)
	assert.Equal(t, []recording.Span{{Begin: 4_000_000, From: 0, To: 1_000_000}}, tl.Items[1].Heard)
	require.Len(t, tl.Turns, 1)
	assert.True(t, tl.Turns[0].Cut)
}

func TestTurns(t *testing.T) {
	t.Parallel()
	rec := recordingOf(t, join(responded("greeting", 100_000, 900_000, "completed"), made("a0", "greeting", 200_000, 500), heard("a0", 0, 500_000, 300_000),
		spoke(1_200_000, 1000, 2000), responded("r1", 2_600_000, 2_700_000, "completed"),
		`{"at":2650000,"k":"in","conn":1,"type":"response.function_call_arguments.done","bytes":9,"event":{"type":"response.function_call_arguments.done","response_id":"r1","call_id":"c","name":"lookup"}}`,
		`{"at":2900000,"k":"out","conn":1,"type":"conversation.item.create","bytes":9,"fate":"written","event":{"type":"conversation.item.create","item":{"type":"function_call_output","call_id":"c"}}}`,
		responded("r2", 3_000_000, 4_000_000, "completed"), made("a1", "r2", 3_100_000, 1000), heard("a1", 0, 1_000_000, 3_200_000),
		`{"at":4000000,"k":"usage","response":"r2","model":"m","tokens":{"text":{"in":3,"cached":2,"out":1}},"microusd":70}`,
		spoke(6_000_000, 5800, 7000), responded("r3", 7_600_000, 8_000_000, "completed"), made("a3", "r3", 7_700_000, 1000), heard("a3", 0, 1_000_000, 7_800_000))...)
	tl := rec.Timeline()
	require.Len(t, tl.Turns, 3)
	assert.Equal(t, recording.Micros(-1), tl.Turns[0].Wait)
	assert.Equal(t, []int{1, 2}, tl.Turns[1].Responses, "the response to a tool continues the turn")
	assert.Equal(t, recording.Micros(1_200_000), tl.Turns[1].Wait)
	assert.Equal(t, recording.Micros(3_100_000), tl.Turns[1].FirstMade)
	require.Len(t, tl.Tools, 1)
	assert.Equal(t, "lookup", tl.Tools[0].Name)
	assert.Equal(t, []int{0}, tl.Turns[1].Tools)
	assert.Equal(t, recording.Micros(800_000), tl.Turns[2].Wait)
	assert.Equal(t, int64(70), *tl.Responses[2].MicroUSD)
	assert.Equal(t, recording.TokenCount{In: 3, Cached: 2, Out: 1}, tl.Responses[2].Tokens.Text)
}

// Runs of texts and arguments are no sound, and texts that were not kept are none.
func TestRunsOfTextAreNoSound(t *testing.T) {
	t.Parallel()
	tl := recordingOf(t, join(responded("r1", 1_000_000, 2_000_000, "completed"),
		`{"at":1100000,"k":"in","conn":1,"type":"response.function_call_arguments.delta","bytes":99,"n":3,"span":0,"item":"c1","response":"r1"}`,
		made("a1", "r1", 1_200_000, 500),
		`{"at":1900000,"k":"in","conn":1,"type":"response.output_audio_transcript.done","bytes":9,"event":{"type":"response.output_audio_transcript.done","item_id":"a1","content_index":0,"transcript":"‹42›"}}`,
	)...).Timeline()
	require.Len(t, tl.Items, 1)
	assert.Equal(t, "a1", tl.Items[0].Item)
	assert.Empty(t, tl.Items[0].Text)
}

func TestSoundOfWholeMessages(t *testing.T) {
	t.Parallel()
	pcm := strings.Repeat("AAAA", 16) // 48 bytes: a millisecond at 24 kHz
	rec := recordingOf(t,
		`{"at":100,"k":"out","conn":1,"type":"input_audio_buffer.append","bytes":9,"audio_ms":1,"n":1,"event":{"type":"input_audio_buffer.append","audio":"`+pcm+`"}}`,
		`{"at":1100,"k":"out","conn":1,"type":"input_audio_buffer.append","bytes":9,"audio_ms":1,"n":1,"event":{"type":"input_audio_buffer.append","audio":"`+pcm+`"}}`,
		`{"at":2000,"k":"in","conn":1,"type":"session.updated","bytes":9,"event":{"type":"session.updated","session":{"audio":{"output":{"format":{"type":"audio/pcmu"}}}}}}`,
		`{"at":3000,"k":"in","conn":1,"type":"response.output_audio.delta","bytes":9,"audio_ms":6,"n":1,"item":"a","event":{"delta":"`+pcm+`"}}`,
		`{"at":3500,"k":"in","conn":1,"type":"response.output_audio.delta","bytes":9,"audio_ms":6,"n":1,"item":"a","event":{"delta":"`+pcm+`"}}`,
		`{"at":4000,"k":"audio","conn":1,"track":"sent","pos":9000,"len":6000,"codec":"pcmu","rate":8000,"data":"`+pcm+`"}`,
	)
	var got []string
	for s := range rec.Sounds() {
		data, err := rec.Bytes(&s.Audio)
		require.NoError(t, err)
		assert.Len(t, data, 48)
		got = append(got, fmt.Sprintf("%s %s %d %d+%d at %d", s.Track, s.Codec, s.Rate, s.Pos, s.Len, s.Begin))
	}
	assert.Equal(t, []string{
		"sent pcm16 24000 0+1000 at 100", "sent pcm16 24000 1000+1000 at 1100",
		"made pcmu 8000 0+6000 at 3000", "made pcmu 8000 6000+6000 at 3500", "sent pcmu 8000 9000+6000 at 9100",
	}, got)
}
