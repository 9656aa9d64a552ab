package view_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/usage"
	"github.com/voicelane/realtime-go/view"
	"github.com/voicelane/realtime-go/view/internal/samples"
)

func TestTheSameRecordingGivesTheSamePage(t *testing.T) {
	t.Parallel()
	assert.Equal(t, pageOf(t, samples.Booking(), nil), pageOf(t, samples.Booking(), nil))
}

// Ten minutes with sound fit 3 MB, and less room takes the sound down, step by step.
func TestThePageKeepsItsSize(t *testing.T) {
	t.Parallel()
	long := samples.Long(10)
	cases := []struct {
		most, bits int
		mixed      bool
		note       string
	}{
		{view.MaxBytes, 4, false, "both sides, 8 kHz, 4 bits"},
		{1_400_000, 3, true, "both sides mixed, 8 kHz, 3 bits"},
		{1_000_000, 2, true, "both sides mixed, 8 kHz, 2 bits"},
		{400_000, 0, false, "left out, as the page would be too large"},
	}
	for _, c := range cases {
		page := pageOf(t, long, &view.Options{MaxBytes: c.most})
		assert.LessOrEqual(t, len(page), c.most)
		assert.Contains(t, page, "Sound: "+c.note)
		sound := dataOf(t, page).Sound
		if c.bits == 0 {
			assert.Nil(t, sound)
			continue
		}
		require.NotNil(t, sound, c.most)
		assert.Equal(t, c.bits, sound.Bits, c.most)
		assert.Equal(t, c.mixed, sound.Mixed, c.most)
		t.Logf("%d bytes of at most %d", len(page), c.most)
	}
	assert.Less(t, len(pageOf(t, long, &view.Options{NoSound: true})), 350_000)
}

func TestSoundIsPlayedWhereItWasHeard(t *testing.T) {
	t.Parallel()
	parts := dataOf(t, pageOf(t, samples.Booking(), nil)).Sound.Parts
	first := map[string]float64{}
	end := 0.0
	for _, p := range parts {
		track, _ := p[0].(string)
		at, _ := p[1].(float64)
		count, _ := p[2].(float64)
		if _, ok := first[track]; !ok {
			first[track] = at
		}
		if track == "agent" && at < 22e6 {
			end = max(end, at+count/8000*1e6)
		}
	}
	assert.InDelta(t, 6.55e6, first["caller"], 50e3, "when it was said, not when it was recorded")
	assert.InDelta(t, 1.49e6, first["agent"], 50e3, "when it was heard, not when it arrived")
	assert.InDelta(t, 21.4e6, end, 300e3, "what was cut is not played")
}

// A recording that was cut at any byte has a page.
func TestEveryCutOfARecordingHasAPage(t *testing.T) {
	t.Parallel()
	var file bytes.Buffer
	_, err := samples.LostConnection().WriteTo(&file)
	require.NoError(t, err)
	header := bytes.IndexByte(file.Bytes(), '\n') + 1
	step := 331
	if testing.Short() {
		step = 997
	}
	for n := header; n < file.Len(); n += step {
		rec, err := recording.Read(bytes.NewReader(file.Bytes()[:n]))
		require.NoError(t, err, n)
		page := pageOf(t, rec, nil)
		assert.Contains(t, page, "The recording was cut after line", n)
	}
}

func TestRecordingsWithNextToNothing(t *testing.T) {
	t.Parallel()
	const header = `{"realtime_recording":1,"began":"2026-11-26T14:03:07Z","keep":[],"clock":{"unit":"us"}}` + "\n"
	cases := map[string]string{
		"a header":      "",
		"unknown kinds": `{"at":5,"k":"new","x":[1]}` + "\n",
		"one moment":    `{"at":0,"k":"in","conn":1,"type":"x","bytes":1}` + "\n",
		"far away":      `{"at":3600000000,"k":"note","text":"late"}` + "\n",
		"years away":    `{"at":4000000000000000,"k":"note","text":"garbled"}` + "\n",
		"the last time": `{"at":9223372036854775807,"k":"note","text":"garbled"}` + "\n",
		"a wrong event": `{"at":1,"k":"in","conn":1,"type":"session.updated","bytes":1,"event":["session"]}` + "\n",
		"sound without a codec": `{"at":1,"k":"in","conn":1,"type":"response.output_audio.delta","bytes":1,"n":2,"item":"a","audio_ms":40}` + "\n" +
			`{"at":1,"k":"audio","conn":1,"track":"made","item":"a","pos":0,"len":40000,"codec":"opus","rate":48000,"data":"AAAA"}` + "\n",
		"sound that is gone": `{"at":1,"k":"audio","conn":1,"track":"sent","pos":0,"len":40000,"codec":"pcmu","rate":8000,"ref":{"off":0,"len":320}}` + "\n",
	}
	for name, lines := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec, err := recording.Read(strings.NewReader(header + lines + `{"at":1,"k":"end","why":"closed","complete":true}` + "\n"))
			require.NoError(t, err)
			page := pageOf(t, rec, nil)
			assert.NotContains(t, page, "NaN")
			assert.Less(t, len(page), 1_000_000)
			assert.Equal(t, strings.Contains(lines, `"audio","conn"`), strings.Contains(page, "The sound of the recording is missing"))
			assert.Len(t, dataOf(t, page).Events, strings.Count(lines, "\n")+1-strings.Count(lines, `"k":"audio"`))
		})
	}
}

func TestNotesComeFirst(t *testing.T) {
	t.Parallel()
	page := dom(pageOf(t, samples.SilenceAfterTool(), &view.Options{Notes: []view.Note{
		{At: 7_500_000, Until: 9_000_000, Severity: recording.Broken, Title: "FAIL step 1: reply_within 1.2s", Text: "Nothing was heard."},
		{At: 40_000_000, Title: "The scenario ends"},
	}}))
	first, rest, _ := strings.Cut(page, "FAIL step 1: reply_within 1.2s")
	assert.NotContains(t, first, "The caller heard nothing for another 9.21 s")
	assert.Contains(t, rest, "The caller heard nothing for another 9.21 s")
	assert.Contains(t, rest, "<b>Notes</b>")
	assert.Contains(t, page, `aria-valuemax="40000"`, "a note may lie behind the end")
	assert.Contains(t, rest, `<div class="flag is-bad" style="left:18.75%;width:81.25%" data-at="7500000"`)
}

func TestCostsWithoutAMeterComeFromThePriceList(t *testing.T) {
	t.Parallel()
	rec := samples.Booking()
	metered := pageOf(t, rec, nil)
	for i := range rec.Lines {
		if u, ok := rec.Lines[i].Body.(*recording.Usage); ok {
			u.MicroUSD = nil
		}
	}
	priced := pageOf(t, rec, nil)
	cost := func(page string) string {
		_, rest, _ := strings.Cut(dom(page), "<dt>Cost</dt>")
		figure, _, _ := strings.Cut(rest, "</dd>")
		return figure
	}
	assert.Equal(t, cost(metered), cost(priced))
	assert.Contains(t, cost(priced), "$0.")
	unknown := dom(pageOf(t, rec, &view.Options{Prices: &usage.Prices{Currency: "USD"}}))
	assert.Contains(t, cost(pageOf(t, rec, &view.Options{Prices: &usage.Prices{Currency: "USD"}})), "no price for the model", "an unknown price is not 0")
	assert.Contains(t, unknown, "587 / ", "tokens are known")
}

// A recording whose header names no model is charged by the one that its session names, and
// counts that contradict each other have no cost.
func TestCostsOfARecordingWithoutAHeaderOfItsSession(t *testing.T) {
	t.Parallel()
	const done = `{"at":%d,"k":"in","conn":1,"type":"response.done","bytes":9,"event":{"type":"response.done","response":{"id":"r%[1]d","status":"completed","usage":{` +
		`"input_tokens":10,"output_tokens":100%s}}}}` + "\n"
	read := func(lines string) string {
		rec, err := recording.Read(strings.NewReader(`{"realtime_recording":1,"began":"2026-11-26T14:03:07Z","keep":[],"clock":{"unit":"us"}}` + "\n" +
			`{"at":1,"k":"in","conn":1,"type":"session.created","bytes":9,"event":{"type":"session.created","session":{"model":"gpt-realtime-2.1"}}}` + "\n" + lines))
		require.NoError(t, err)
		return dom(pageOf(t, rec, nil))
	}
	whole := fmt.Sprintf(done, 2, `,"input_token_details":{"text_tokens":10},"output_token_details":{"text_tokens":60}`)
	page := read(whole)
	assert.Contains(t, page, "$0.0024", "10 tokens of input and 100 of output, of which 40 were reasoning")
	assert.NotContains(t, page, "leaves out")
	assert.Contains(t, page, "gpt-realtime-2.1")
	page = read(whole + fmt.Sprintf(done, 3, ""))
	assert.Contains(t, page, "$0.0024")
	assert.Contains(t, page, "without 1 response")
	assert.Contains(t, page, "The cost leaves out 1 response: no price for counts that do not add up.")
}

// A sum that lacks something says what, and which models have no price.
func TestTheCostSaysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	rec := samples.Booking()
	const complete = "The cost leaves out"
	assert.NotContains(t, dom(pageOf(t, rec, nil)), complete)
	sums := map[string]bool{}
	for _, left := range []struct {
		unnamed    bool // the first transcript has no model
		responses  bool
		note, text string
	}{
		{false, false, "without 5 transcripts", complete + " 5 transcripts: no price for ears-1."},
		{true, false, "without 5 transcripts", complete + " 5 transcripts: no price for a model that the recording does not name, ears-1."},
		{true, true, "no price for the model", complete + " 8 responses, 5 transcripts: no price for gpt-realtime-2.1, a model that the recording does not name, ears-1."},
	} {
		rec, first := samples.Booking(), true
		for i := range rec.Lines {
			u, ok := rec.Lines[i].Body.(*recording.Usage)
			if !ok || u.AudioMS == 0 && !left.responses {
				continue
			}
			u.MicroUSD = nil
			if u.AudioMS > 0 {
				u.Model = "ears-1"
				if first && left.unnamed {
					u.Model = ""
				}
				first = false
			}
		}
		o := &view.Options{}
		if left.responses {
			o.Prices = &usage.Prices{Currency: "USD"}
		}
		page := dom(pageOf(t, rec, o))
		_, figure, _ := strings.Cut(page, "<dt>Cost</dt>")
		figure, _, _ = strings.Cut(figure, "</dd>")
		assert.Contains(t, figure, left.note)
		assert.Contains(t, page, left.text)
		sums[figure] = true
	}
	assert.Len(t, sums, 2, "what has a price is summed up")
}

func TestErrorsOfTheWriterAreReturned(t *testing.T) {
	t.Parallel()
	_, w := io.Pipe()
	gone := errors.New("gone")
	require.NoError(t, w.CloseWithError(gone))
	require.Error(t, view.HTML(w, samples.RefusedUpdate(), nil))
}

func TestContentThatWasNotKeptIsReplacedByItsLength(t *testing.T) {
	t.Parallel()
	const lines = `{"realtime_recording":1,"began":"2026-11-26T14:03:07Z","keep":[],"clock":{"unit":"us"}}
{"at":0,"k":"out","conn":1,"type":"input_audio_buffer.append","bytes":9,"n":50,"span":980000,"audio_ms":1000,"fate":"written"}
{"at":1200000,"k":"in","conn":1,"type":"input_audio_buffer.speech_started","bytes":9,"event":{"type":"input_audio_buffer.speech_started","item_id":"u","audio_start_ms":700}}
{"at":2500000,"k":"in","conn":1,"type":"input_audio_buffer.speech_stopped","bytes":9,"event":{"type":"input_audio_buffer.speech_stopped","item_id":"u","audio_end_ms":2500}}
{"at":2600000,"k":"in","conn":1,"type":"conversation.item.input_audio_transcription.completed","bytes":9,"event":{"type":"conversation.item.input_audio_transcription.completed","item_id":"u","transcript":"‹42›"}}
{"at":5000000,"k":"end","why":"closed","complete":true}
`
	rec, err := recording.Read(strings.NewReader(lines))
	require.NoError(t, err)
	page := dom(pageOf(t, rec, nil))
	assert.Contains(t, page, "spoke 1.00 s")
	assert.Contains(t, page, "Kept: structure.")
	assert.NotContains(t, page, `class="word"`)
}

// A refusal is joined with its request, even if the request stands below it: both have the
// same time in this recording.
func TestARefusalIsJoinedWithItsRequest(t *testing.T) {
	t.Parallel()
	rec, err := recording.Open("../recording/testdata/refused-update.jsonl")
	require.NoError(t, err)
	var names []string
	for _, e := range dataOf(t, pageOf(t, rec, nil)).Events {
		for _, l := range e.Links {
			title, _ := l[0].(string)
			names = append(names, e.Name+": "+title)
		}
	}
	assert.Equal(t, []string{"session.update: refused at 0:00.10", "error: refuses the session.update at 0:00.10"}, names)
}
