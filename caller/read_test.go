package caller

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/caller/internal/strict"
)

// everyMember is a scenario with every member that there is.
const everyMember = `
$schema: scenario.schema.json
scenario: all
voice: { recordings: voices }
line: { carrier: twilio, loss: 1% }
tools: { a: { delay: 6s, output: x }, b: { error: broken } }
script: { rules: [{ when: { said: hello }, do: [{ say: "Hi." }] }] }
patience: 3s
steps:
  - say: 42
    after: { silence: 300ms }
  - play: a.wav
  - play: { file: b.wav, text: Good morning }
    after: { heard: 1.5s }
  - noise: { kind: hiss, for: 2s }
    after: { tool: book }
  - press: 0123#
  - wait: 1m
  - drop:
  - drop: { code: 1011, refuse: 2 }
  - hang_up:
    expect:
      - calls: a
      - calls: { tool: a, with: { to: BER, seats: 2 }, times: 0 }
      - hears: "One moment ~0.3"
      - hears: One ~ 20%
      - word_errors: 5%
      - reply_within: 1s
      - silent_within: 2s
      - silence_at_most: 3s
      - resumes_within: 4s
      - reconnected_within: 5s
      - believed_equals_heard: 60ms
      - items_lost: { at_most: 1 }
      - no_overlap: 400ms
      - no_doubled_tool
      - no_error
always: [ no_error ]
limits: { cost: 0.12, word_errors: 0.05, reply_p95: 900ms, silence_max: 4s }
`

func readEveryMember(t *testing.T) *Scenario {
	t.Helper()
	s, err := Read(strings.NewReader(everyMember), nil)
	require.NoError(t, err)
	return s
}

func TestReadsEveryMember(t *testing.T) {
	t.Parallel()
	s := readEveryMember(t)
	assert.Equal(t, "all", s.Name)
	assert.Equal(t, Voice{Recordings: "voices"}, s.Voice)
	assert.Equal(t, Carrier{Name: "twilio", Loss: 0.01}, s.Carrier)
	assert.Equal(t, map[string]Stub{"a": {Delay: 6 * time.Second, Output: new("x")}, "b": {Error: "broken"}}, s.Tools)
	assert.Len(t, s.Script.Rules, 1)
	assert.Equal(t, 3*time.Second, s.Patience)
	assert.Equal(t, []Expectation{NoError{}}, s.Always)
	assert.Equal(t, "0.12", s.Limits.Cost.String())
	assert.InDelta(t, 0.05, *s.Limits.WordErrors, 0)
	assert.Equal(t, []LatencyLimit{{ReplyHeard, 0.95, 900 * time.Millisecond}, {LongestSilence, 1, 4 * time.Second}}, s.Limits.Latencies)
	assert.Equal(t, "silence_max: 4s", s.Limits.Latencies[1].String())
}

func TestReadsEveryStep(t *testing.T) {
	t.Parallel()
	s := readEveryMember(t)
	var did []Action
	for _, step := range s.Steps {
		did = append(did, step.Do)
	}
	assert.Equal(t, []Action{
		Say("42"),
		Play{File: "a.wav"},
		Play{"b.wav", "Good morning"},
		Noise{"hiss", 2 * time.Second},
		Press("0123#"),
		Wait(time.Minute),
		Drop{Code: 1006},
		Drop{1011, 2},
		HangUp{},
	}, did)
	assert.Equal(t, After{Silence: 300 * time.Millisecond}, s.Steps[0].After)
	assert.Equal(t, After{Heard: 1500 * time.Millisecond}, s.Steps[2].After)
	assert.Equal(t, After{Tool: "book"}, s.Steps[3].After)
}

func TestReadsEveryExpectation(t *testing.T) {
	t.Parallel()
	last := readEveryMember(t).Steps[8]
	assert.Equal(t, []Expectation{
		Calls{Tool: "a"},
		Calls{"a", map[string]json.RawMessage{"to": []byte(`"BER"`), "seats": []byte("2")}, new(0)},
		Hears{"One moment", 0.3},
		Hears{"One", 0.2},
		WordErrors(0.05), ReplyWithin(time.Second), SilentWithin(2 * time.Second),
		SilenceAtMost(3 * time.Second), ResumesWithin(4 * time.Second), ReconnectedWithin(5 * time.Second),
		BelievedEqualsHeard(60 * time.Millisecond), ItemsLost(1), NoOverlap(400 * time.Millisecond),
		NoDoubledTool{},
		NoError{},
	}, last.Expect)
	names := map[string]bool{}
	for _, e := range last.Expect {
		name, _, _ := strings.Cut(e.String(), ":")
		names[name] = true
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(expectations())), slices.Collect(maps.Keys(names)), "all are read and named")
}

func TestReadsVoices(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Voice{
		"tone": {}, "espeak-ng": {Espeak: "en"}, "{ espeak-ng: de }": {Espeak: "de"}, "{ recordings: x }": {Recordings: "x"},
	} {
		s, err := Read(strings.NewReader("scenario: a\nvoice: "+text+"\nsteps: [{ hang_up: }]"), nil)
		require.NoError(t, err)
		assert.Equal(t, want, s.Voice, text)
	}
}

func TestErrorsOfReadingHaveTheirPlace(t *testing.T) {
	t.Parallel()
	const begin = "scenario: a\nsteps:\n"
	for text, want := range map[string]string{
		"":                                  "the document is empty",
		"scenario: [":                       "line 1: did not find expected node content",
		"scenario: a\n---\nscenario: b":     "there is more than one document",
		"steps: [{ hang_up: }]":             "line 1, column 1: a scenario needs a name",
		"scenario: a":                       "line 1, column 1: a scenario needs steps",
		"scenario: a\nscenario: b":          `line 2, column 1: a scenario has "scenario" twice, first in line 1`,
		"scenario: a\nlimit: {}":            `line 2, column 1: a scenario has no "limit"; it may have: $schema, always, limits, line,`,
		"- a":                               "line 1, column 1: a scenario is a mapping, this is a list",
		"scenario: &a x\nvoice: *a":         "line 2, column 8: a voice is a name, or a name and its value, this is an alias, which is not supported",
		"scenario: a\nvoice: { robot: x }":  `line 2, column 8: a voice is tone, espeak-ng`,
		"scenario: a\nline: { loss: 200% }": `line 2, column 15: a share such as 0.05 or 5% is expected, this is "200%"`,
		"scenario: a\npatience: 3":          `line 2, column 11: a duration such as "1.5s" is expected, this is "3"`,
		"scenario: a\npatience: -3s":        `line 2, column 11: a duration`,
		"scenario: a\nscript: { rules: [{ do: [{ sing: x }] }] }":           `line 2, column 9: script: json: unknown field "sing"`,
		begin + "  - say: hello\n    press: 1":                              "line 3, column 5: a step does one of say, play, noise, press, wait, drop, hang_up, this one has say and press",
		begin + "  - expect: []":                                            "line 3, column 5: a step does one of say, play, noise, press, wait, drop, hang_up, this one has none of them",
		begin + "  - say:":                                                  "line 3, column 9: a text is expected, this is empty: write `say: WORDS`",
		begin + "  - say: x\n    say: y":                                    `line 4, column 5: a step has "say" twice, first in line 3`,
		begin + "  - press: 12E":                                            "line 3, column 12: keys are 0 to 9, *, # and A to D, this is \"12E\": write `press: \"12#\"`",
		begin + "  - noise: { kind: sneeze }":                               `line 3, column 12: a noise is a "cough" or a "hiss", this is "sneeze"`,
		begin + "  - drop: { code: high }":                                  `line 3, column 19: a number such as 3 is expected, this is "high"`,
		begin + "  - hang_up: now":                                          "line 3, column 14: hang_up takes no value: write `hang_up:`",
		begin + "  - hang_up":                                               "line 3, column 5: a step is a mapping, this is \"hang_up\": write `hang_up:`",
		begin + "  - play:":                                                 "line 3, column 10: a text is expected, this is empty: write `play: FILE.wav` or `play: { file: FILE.wav, text: WORDS }`",
		begin + "  - noise: cough":                                          "line 3, column 12: noise is a mapping, this is \"cough\": write `noise: { kind: cough, for: 250ms }`",
		begin + "  - press: [1]":                                            "line 3, column 12: a text is expected, this is a list: write `press: \"12#\"`",
		begin + "  - wait: 3":                                               "line 3, column 11: a duration such as \"1.5s\" is expected, this is \"3\": write `wait: 1.5s`",
		begin + "  - drop: 3":                                               "line 3, column 11: drop is a mapping, this is \"3\": write `drop:` or `drop: { code: 1011, refuse: 1 }`",
		begin + "  - say: x\n    expect: [ calls ]":                         "line 4, column 15: a text is expected, this is empty: write `calls: TOOL` or `calls: { tool: TOOL,",
		begin + "  - say: x\n    expect: [{ items_lost: 1 }]":               "line 4, column 28: items_lost is a mapping, this is \"1\": write `items_lost: { at_most: 1 }`",
		begin + "  - play: { text: x }":                                     "line 3, column 11: play needs a file",
		begin + "  - say: x\n    after: soon":                               "line 4, column 12: after is one of { heard: 1.5s }",
		begin + "  - say: x\n    after: { heard: 0s }":                      "line 4, column 21: heard has to be more than 0",
		begin + "  - say: x\n    after: { noise: 1s }":                      `line 4, column 14: after has no "noise"; it may have: heard, silence, tool`,
		begin + "  - say: x\n    expect: no_error":                          "line 4, column 13: expectations: a list is expected",
		begin + "  - say: x\n    expect: [ smiles ]":                        `line 4, column 15: there is no expectation "smiles"; there are: believed_equals_heard, calls,`,
		begin + "  - say: x\n    expect: [ reply_within ]":                  "line 4, column 15: a duration such as \"1.5s\" is expected, this is empty: write `reply_within: 400ms`",
		begin + "  - say: x\n    expect: [{ no_error: 1 }]":                 "line 4, column 26: no_error takes no value: write `no_error`",
		begin + "  - say: x\n    expect: [{ calls: { with: { a: 1 } } }]":   "line 4, column 23: calls needs a tool",
		begin + "  - say: x\n    expect: [{ calls: { tool: a, with: 1 } }]": "line 4, column 40: with is a mapping",
		begin + "  - say: x\n    expect: [{ hears: '…' }]":                  "line 4, column 23: hears needs words",
		begin + "  - say: x\n    expect: [{ hears: a ~9 }]":                 `line 4, column 23: a share`,
		begin + "  - say: x\n    expect: [{ items_lost: {} }]":              "line 4, column 28: items_lost needs at_most",
		begin + "  - say: x\nlimits: { cost: cheap }":                       `line 4, column 17: an amount such as 0.12 is expected`,
		begin + "  - say: x\nlimits: { reply_p42: 1s }":                     `line 4, column 11: limits has no "reply_p42"`,
	} {
		_, err := Read(strings.NewReader(text), nil)
		if assert.Error(t, err, text) {
			assert.Contains(t, err.Error(), want, text)
			assert.True(t, strings.HasPrefix(err.Error(), "caller: "), err.Error())
		}
	}
}

// TestTheSchemaIsWhatIsRead holds the schema and the reader to the same members, and the
// scenarios of the tests to the schema.
func TestTheSchemaIsWhatIsRead(t *testing.T) {
	t.Parallel()
	var schema struct {
		Properties map[string]any `json:"properties"`
		Defs       struct {
			Step struct {
				Properties map[string]any `json:"properties"`
			} `json:"step"`
			Expectations struct {
				Items struct {
					OneOf []struct {
						Enum       []string       `json:"enum"`
						Properties map[string]any `json:"properties"`
					} `json:"oneOf"`
				} `json:"items"`
			} `json:"expectations"`
		} `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(Schema(), &schema))
	named := func(err error) []string {
		_, list, ok := strings.Cut(err.Error(), "it may have: ")
		require.True(t, ok, err)
		return strings.Split(list, ", ")
	}
	_, err := Read(strings.NewReader("none: 1"), nil)
	assert.ElementsMatch(t, named(err), slices.Collect(maps.Keys(schema.Properties)))
	_, err = Read(strings.NewReader("scenario: a\nsteps: [{ none: 1 }]"), nil)
	assert.ElementsMatch(t, named(err), slices.Collect(maps.Keys(schema.Defs.Step.Properties)))
	kinds := schema.Defs.Expectations.Items.OneOf
	assert.ElementsMatch(t, slices.Collect(maps.Keys(expectations())), slices.AppendSeq(slices.Clone(kinds[0].Enum), maps.Keys(kinds[1].Properties)))

	var s jsonschema.Schema
	require.NoError(t, json.Unmarshal(Schema(), &s))
	resolved, err := s.Resolve(nil)
	require.NoError(t, err)
	files, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		f, err := os.Open(name)
		require.NoError(t, err)
		node, err := strict.Parse(f)
		require.NoError(t, err)
		require.NoError(t, f.Close())
		data, err := strict.JSON(node)
		require.NoError(t, err)
		var v any
		require.NoError(t, json.Unmarshal(data, &v))
		require.NoError(t, resolved.Validate(v), name)
	}
}

func TestErrorsOfScenarios(t *testing.T) {
	t.Parallel()
	live := &Options{}
	for want, s := range map[string]*Scenario{
		"step 1: open voices/to-berlin-please.wav: file does not exist": {Voice: Voice{Recordings: "voices"}, Steps: []Step{{Do: Say("To Berlin, please!")}}},
		"step 2: a.wav: ":                                    {Steps: []Step{{Do: Wait(0)}, {Do: Play{File: "a.wav"}}}},
		`step 1: there is no noise "x"`:                      {Steps: []Step{{Do: Noise{Kind: "x"}}}},
		"step 1: it does nothing":                            {Steps: []Step{{}}},
		"there are no steps":                                 {},
		`there is no carrier "pigeon"; there are: asterisk,`: {Carrier: Carrier{Name: "pigeon"}, Steps: []Step{{Do: Wait(0)}}},
	} {
		s.Name, s.files = "s", fstest.MapFS{"a.wav": {Data: []byte("no sound")}}
		_, err := Run(t.Context(), s, nil, live)
		require.Error(t, err, want)
		assert.Contains(t, err.Error(), want)
	}
}
