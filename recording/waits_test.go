package recording_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/recording"
)

func ended(at, firstHeard string) string {
	return `{"at":` + at + `,"k":"turn","n":1,"phase":"end","first_heard":` + firstHeard + `}`
}

// audio_end_ms of speech_stopped includes the silence by which the server knows that a turn
// is over. A caller waits from the last word on.
func TestTheSilenceThatEndsATurnIsWaiting(t *testing.T) {
	t.Parallel()
	reply := []string{made("a1", "r1", 2_600_000, 1000), heard("a1", 0, 1_000_000, 2_700_000)}
	cases := map[string]struct {
		session string
		want    recording.Micros
	}{
		"no setting":         {note(1), 700_000},
		"the default":        {detection(`{"type":"server_vad"}`), 700_000},
		"a setting":          {detection(`{"type":"server_vad","silence_duration_ms":900}`), 1_100_000},
		"one of a beta":      {`{"at":1,"k":"in","conn":1,"type":"session.created","bytes":9,"event":{"type":"session.created","session":{"turn_detection":{"type":"server_vad","silence_duration_ms":200}}}}`, 400_000},
		"a later setting":    {detection(`{"type":"server_vad"}`) + "\n" + detection(`{"type":"server_vad","silence_duration_ms":300}`), 500_000},
		"another setting":    {detection(`{"type":"server_vad","silence_duration_ms":300}`) + "\n" + `{"at":1,"k":"in","conn":1,"type":"session.updated","bytes":9,"event":{"type":"session.updated","session":{}}}`, 500_000},
		"semantic detection": {detection(`{"type":"semantic_vad"}`), 200_000},
		"less than nothing":  {detection(`{"type":"server_vad","silence_duration_ms":-300}`), 200_000},
		"more than was said": {detection(`{"type":"server_vad","silence_duration_ms":9223372036854775807}`), 1_700_000},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := recordingOf(t, join(strings.Split(c.session, "\n"), spoke(1_200_000, 1000, 2000), responded("r1", 2_550_000, 3_000_000, "completed"), reply)...).Timeline()
			require.Len(t, tl.Turns, 1)
			assert.Equal(t, c.want, tl.Turns[0].Wait)
			assert.Equal(t, tl.Turns[0].FirstHeard-c.want, tl.Turns[0].Said)
			assert.Equal(t, tl.Turns[0].Said, tl.Speech[0].End, "what the caller said ends with the last word")
		})
	}
}

// Speech that a commit of the client ends has no such silence.
func TestACommitEndsSpeechAtOnce(t *testing.T) {
	t.Parallel()
	tl := recordingOf(t, join(spoke(1_200_000, 1000, 2000)[:1],
		`{"at":2200000,"k":"in","conn":1,"type":"input_audio_buffer.committed","bytes":9,"event":{"type":"input_audio_buffer.committed","item_id":"u1200000"}}`)...).Timeline()
	require.Len(t, tl.Speech, 1)
	assert.Equal(t, recording.Micros(2_200_000), tl.Speech[0].End)
}

// The layer that ran a turn knew when the user was silent: its line wins over messages.
func TestTurnLinesSayHowLongTheCallerWaited(t *testing.T) {
	t.Parallel()
	first := join(spoke(1_200_000, 1000, 2000), responded("r1", 2_550_000, 3_000_000, "completed"), made("a1", "r1", 2_600_000, 1000), heard("a1", 0, 1_000_000, 2_700_000))
	both := func(lines ...string) []string {
		return append(append(first[:len(first)-1:len(first)-1], join(spoke(5_200_000, 5000, 6000), responded("r2", 6_550_000, 7_000_000, "completed"),
			made("a2", "r2", 6_600_000, 1000), heard("a2", 0, 1_000_000, 6_900_000))[1:]...), lines...)
	}
	cases := map[string]struct {
		lines []string
		want  []recording.Micros
	}{
		"no line":                         {both(), []recording.Micros{700_000, 900_000}},
		"a line for each":                 {both(ended("3700000", "520800"), ended("7900000", "610000")), []recording.Micros{520_800, 610_000}},
		"one for the second":              {both(ended("7900000", "910000")), []recording.Micros{700_000, 910_000}},
		"two late ones":                   {both(ended("7900000", "690000"), ended("7900001", "910000")), []recording.Micros{690_000, 910_000}},
		"one before anything was heard":   {both(ended("2600000", "520800")), []recording.Micros{700_000, 900_000}},
		"one longer than the turn":        {both(ended("3700000", "2700000")), []recording.Micros{700_000, 900_000}},
		"one of an answer without a wait": {both(ended("3700000", "0")), []recording.Micros{700_000, 900_000}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got, said []recording.Micros
			tl := recordingOf(t, c.lines...).Timeline()
			for _, x := range tl.Turns {
				got = append(got, x.Wait)
				assert.Equal(t, x.FirstHeard-x.Wait, x.Said)
				said = append(said, x.Said)
			}
			assert.Equal(t, c.want, got)
			for i, s := range tl.Speech {
				assert.Equal(t, said[i], s.End)
			}
		})
	}
}

// What a tool has answered says why it failed, if it was kept.
func TestTheCauseOfAFailedTool(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 300)
	for output, want := range map[string]string{
		`"{\"error\":\"the arguments do not fit: city: missing\"}"`: "The tool lookup failed (error): the arguments do not fit: city: missing.",
		`"{\"error\":{\"code\":7}}"`:                                `The tool lookup failed (error): {"code":7}.`,
		`"no such\ncity.\u001b[2J\u202e"`:                           "The tool lookup failed (error): no such city. [2J.",
		`"` + long + `"`:                                            "The tool lookup failed (error): " + long[:400] + "….",
		`"‹42›"`:                                                    "The tool lookup failed (error).",
		`"{\"error\":\"‹42›\"}"`:                                    "The tool lookup failed (error).",
		`" "`:                                                       "The tool lookup failed (error).",
		`""`:                                                        "The tool lookup failed (error).",
	} {
		found := recordingOf(t, join(tool(2_700_000, "start", ""), tool(2_800_000, "end", `,"ok":false,"error":"error","output":`+output))...).Findings()
		require.Len(t, found, 1)
		assert.Equal(t, want, found[0].Text)
	}
	found := recordingOf(t, join(tool(2_700_000, "start", ""), tool(2_800_000, "end", `,"ok":true,"output":"{\"error\":\"none\"}"`))...).Findings()
	assert.Empty(t, found)
}

func TestTranscriptsAreCharged(t *testing.T) {
	t.Parallel()
	const completed = `{"at":2600000,"k":"in","conn":1,"type":"conversation.item.input_audio_transcription.completed","bytes":9,"event":{"type":"conversation.item.input_audio_transcription.completed","content_index":0,"item_id":"`
	tokens := completed + `u1","transcript":"‹3›","usage":{"type":"tokens","input_tokens":35,"input_token_details":{"text_tokens":2,"audio_tokens":33},"output_tokens":5}}}`
	seconds := completed + `u2","transcript":"‹3›","usage":{"type":"duration","seconds":1.5}}}`
	counted := `{"at":2600001,"k":"usage","response":"u1","model":"m","tokens":{"text":{"in":0,"cached":0,"out":6},"audio":{"in":34,"cached":0,"out":0}},"microusd":70}`
	session := `{"at":1,"k":"in","conn":1,"type":"session.updated","bytes":9,"event":{"type":"session.updated","session":{"audio":{"input":{"transcription":{"model":"hears"}}}}}}`

	tl := recordingOf(t, join(session, tokens, tokens, seconds, completed+`u3","transcript":"‹3›"}}`)...).Timeline()
	require.Len(t, tl.Transcripts, 3, "a message that comes twice is charged once")
	assert.Equal(t, recording.Tokens{Text: recording.TokenCount{In: 2, Out: 5}, Audio: recording.TokenCount{In: 33}}, tl.Transcripts[0].Tokens)
	assert.Equal(t, int64(1500), tl.Transcripts[1].AudioMS)
	assert.Equal(t, "hears", tl.Transcripts[2].Model)
	assert.Nil(t, tl.Transcripts[2].MicroUSD)

	tl = recordingOf(t, join(session, tokens, counted)...).Timeline()
	require.Len(t, tl.Transcripts, 1, "a usage line counts the transcript of the message")
	got := tl.Transcripts[0]
	assert.Equal(t, "m", got.Model)
	assert.Equal(t, int64(70), *got.MicroUSD)
	assert.Equal(t, int64(6), got.Tokens.Text.Out)
	assert.Equal(t, 4, got.Line)

	tl = recordingOf(t, join(counted)...).Timeline()
	require.Len(t, tl.Transcripts, 1, "so does one whose message is missing")

	for name, lines := range map[string][]string{
		"the meter's tap comes last":  {begun(2_100_000), finished(2_500_000), nameless(2_500_001, 70), begun(3_000_000), finished(3_500_000), nameless(3_500_001, 80)},
		"the meter's tap comes first": {begun(2_100_000), nameless(2_499_999, 70), finished(2_500_000), begun(3_000_000), nameless(3_499_999, 80), finished(3_500_000)},
	} {
		tl = recordingOf(t, join(lines)...).Timeline()
		require.Len(t, tl.Responses, 2, name)
		assert.Empty(t, tl.Transcripts, "%s: a response without an id is charged once", name)
		for i, want := range []int64{70, 80} {
			require.NotNil(t, tl.Responses[i].MicroUSD, name)
			assert.Equal(t, want, *tl.Responses[i].MicroUSD, name)
		}
		unpriced := recordingOf(t, join(regexp.MustCompile(`,"microusd":\d+`).ReplaceAllString(strings.Join(lines, "\n"), ""))...).Timeline()
		assert.Empty(t, unpriced.Transcripts, name)
		for i, want := range []int64{70, 80} {
			assert.Equal(t, want, unpriced.Responses[i].Tokens.Text.In, name)
		}
	}

	unclear := strings.Replace(tokens, `"input_tokens":35`, `"input_tokens":36`, 1)
	tl = recordingOf(t, join(session, unclear)...).Timeline()
	require.Len(t, tl.Transcripts, 1)
	assert.Zero(t, tl.Transcripts[0].Tokens, "what does not add up has no price")
}

// begun, finished and nameless are the messages and the usage line of a response without an id.
func begun(at int) string {
	return fmt.Sprintf(`{"at":%d,"k":"in","conn":1,"type":"response.created","bytes":9,"event":{"type":"response.created","response":{"id":""}}}`, at)
}

func finished(at int) string {
	return fmt.Sprintf(`{"at":%d,"k":"in","conn":1,"type":"response.done","bytes":9,"event":{"type":"response.done","response":{"id":"","status":"completed","usage":{"total_tokens":110,"input_tokens":10,"output_tokens":100}}}}`, at)
}

func nameless(at, microUSD int) string {
	return fmt.Sprintf(`{"at":%d,"k":"usage","response":"","model":"m","tokens":{"text":{"in":%d,"cached":0,"out":100}},"microusd":%d}`, at, microUSD, microUSD)
}

// A response is charged by the model that the session names, and by counts that add up: what
// has no kind of output is reasoning, which is text, and cached tokens are of the only kind
// of the input. Otherwise what it was charged is not known.
func TestResponsesAreCharged(t *testing.T) {
	t.Parallel()
	session := `{"at":1,"k":"in","conn":1,"type":"session.created","bytes":9,"event":{"type":"session.created","session":{"model":"thinks"}}}`
	text := func(in, cached, out int64) recording.Tokens {
		return recording.Tokens{Text: recording.TokenCount{In: in, Cached: cached, Out: out}}
	}
	for name, c := range map[string]struct {
		usage       string
		want        recording.Tokens
		contradicts bool
	}{
		"reasoning":          {`"input_tokens":9,"output_tokens":50,"input_token_details":{"text_tokens":9},"output_token_details":{"text_tokens":20}`, text(9, 0, 50), false},
		"cached of one kind": {`"input_tokens":9,"output_tokens":0,"input_token_details":{"text_tokens":9,"cached_tokens":4}`, text(9, 4, 0), false},
		"cached of two kinds": {
			`"input_tokens":9,"output_tokens":0,"input_token_details":{"text_tokens":5,"audio_tokens":4,"cached_tokens":4}`,
			recording.Tokens{Text: recording.TokenCount{In: 5}, Audio: recording.TokenCount{In: 4}},
			true,
		},
		"cached beyond the input": {`"input_tokens":9,"output_tokens":0,"input_token_details":{"text_tokens":9,"cached_tokens":10}`, text(9, 10, 0), true},
		"no kinds":                {`"input_tokens":9,"output_tokens":5`, text(0, 0, 0), true},
		"too much output":         {`"input_tokens":9,"output_tokens":5,"input_token_details":{"text_tokens":9},"output_token_details":{"text_tokens":6}`, text(9, 0, 6), true},
		"negative":                {`"input_tokens":-1,"output_tokens":5,"input_token_details":{"text_tokens":-1},"output_token_details":{"text_tokens":5}`, text(-1, 0, 5), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done := `{"at":9,"k":"in","conn":1,"type":"response.done","bytes":9,"event":{"type":"response.done","response":{"id":"r","status":"completed","usage":{` + c.usage + `}}}}`
			got := recordingOf(t, join(session, done)...).Timeline().Responses[0]
			assert.Equal(t, "thinks", got.Model)
			assert.Equal(t, c.want, got.Tokens)
			assert.Equal(t, c.contradicts, got.Contradicts)

			counted := `{"at":%d,"k":"usage","response":"r","tokens":{"text":{"in":1,"cached":0,"out":1}}%s}`
			before, after := fmt.Sprintf(counted, 8, ""), fmt.Sprintf(counted, 10, "")
			created := responded("r", 2, 3, "")[0]
			for _, lines := range [][]string{join(session, created, before, done), join(session, done, after)} {
				got = recordingOf(t, lines...).Timeline().Responses[0]
				assert.Equal(t, c.contradicts, got.Contradicts, "a meter could not price it, either")
				assert.Equal(t, text(1, 0, 1), got.Tokens)
			}
			for at, order := range map[int][]string{8: {created, fmt.Sprintf(counted, 8, `,"microusd":5`), done}, 10: {done, fmt.Sprintf(counted, 10, `,"microusd":5`)}} {
				got = recordingOf(t, join(session, order)...).Timeline().Responses[0]
				assert.False(t, got.Contradicts, "the layer that counted it at %d knew", at)
			}
		})
	}
}

// audio_start_ms of speech_started includes the sound before the first word that belongs to
// the turn. The caller began to speak behind it, and never later than the service said so.
func TestSpeechBeginsWithTheFirstWord(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		session string
		at      int
		want    recording.Micros
	}{
		"no setting":         {note(1), 700, 1_000_000},
		"the default":        {detection(`{"type":"server_vad"}`), 700, 1_000_000},
		"a setting":          {detection(`{"type":"server_vad","prefix_padding_ms":50}`), 950, 1_000_000},
		"none":               {detection(`{"type":"server_vad","prefix_padding_ms":0}`), 1000, 1_000_000},
		"semantic detection": {detection(`{"type":"semantic_vad"}`), 1000, 1_000_000},
		"less than nothing":  {detection(`{"type":"server_vad","prefix_padding_ms":-5}`), 1000, 1_000_000},
		"more than there is": {detection(`{"type":"server_vad","prefix_padding_ms":5000}`), 100, 1_200_000},
		"cut at the front":   {detection(`{"type":"server_vad"}`), 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := recordingOf(t, join(strings.Split(c.session, "\n"), spoke(1_200_000, c.at+300, 2000))...).Timeline()
			require.Len(t, tl.Speech, 1)
			assert.Equal(t, c.want, tl.Speech[0].Begin)
			assert.Equal(t, recording.Micros(1_200_000), tl.Speech[0].Known)
		})
	}
}

// A caller who speaks just as the agent ends does not talk over the agent: the padding
// alone lies over the answer.
func TestPaddingIsNoDoubleTalk(t *testing.T) {
	t.Parallel()
	answer := join(responded("r1", 100_000, 900_000, "completed"), made("a1", "r1", 100_000, 1100), heard("a1", 0, 1_100_000, 100_000))
	for begin, want := range map[int]bool{1000: false, 700: true} {
		found := recordingOf(t, join(answer, spoke(1_300_000, begin, 1900))...).Findings()
		doubled := slices.ContainsFunc(found, func(f recording.Finding) bool { return f.Kind == recording.FindDoubleTalk })
		assert.Equal(t, want, doubled, "the caller begins at %d ms, the answer ends at 1200 ms", begin)
	}
}

// Some servers name no response: what they send belongs to the one that runs. Turn lines
// find their turns all the same.
func TestServersThatNameNoResponse(t *testing.T) {
	t.Parallel()
	with := join(spoke(1_200_000, 1000, 2000), responded("r1", 2_550_000, 3_000_000, "completed"), made("a1", "r1", 2_600_000, 1000), heard("a1", 0, 1_000_000, 2_700_000),
		spoke(5_200_000, 5000, 6000)[1:], responded("r2", 6_550_000, 7_000_000, "cancelled"), made("a2", "r2", 6_600_000, 1000), heard("a2", 0, 1_000_000, 6_900_000),
		[]string{ended("3700000", "520800"), ended("7900000", "610000")})
	want := recordingOf(t, with...).Timeline()
	require.Len(t, want.Responses, 2)
	unnamed := strings.NewReplacer(`"response":"r1",`, "", `"response":"r2",`, "", `"id":"r1"`, `"id":""`, `"id":"r2"`, `"id":""`)
	for name, lines := range map[string][]string{
		"no id at all":               strings.Split(unnamed.Replace(strings.Join(with, "\n")), "\n"),
		"sound without its response": strings.Split(strings.NewReplacer(`"response":"r1",`, "", `"response":"r2",`, "").Replace(strings.Join(with, "\n")), "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := recordingOf(t, lines...).Timeline()
			require.Len(t, got.Responses, 2)
			require.Len(t, got.Turns, len(want.Turns))
			for i, turn := range want.Turns {
				assert.Equal(t, turn.Wait, got.Turns[i].Wait)
				assert.Equal(t, turn.Items, got.Turns[i].Items)
				assert.Equal(t, turn.Responses, got.Turns[i].Responses)
			}
			for i, r := range want.Responses {
				assert.Equal(t, []any{r.Begin, r.End, r.Status}, []any{got.Responses[i].Begin, got.Responses[i].End, got.Responses[i].Status})
				assert.Equal(t, got.Responses[i].ID, got.Items[i].Response)
			}
		})
	}
	sound := recordingOf(t, made("a1", "", 2_600_000, 1000)).Timeline()
	require.Len(t, sound.Responses, 1, "sound alone is a response, too")
	assert.Equal(t, "#1", sound.Items[0].Response)
}
