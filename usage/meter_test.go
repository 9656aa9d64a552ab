package usage

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// feed shows server events, given as JSON, to a meter as its session would.
func feed(t *testing.T, m *Meter, events ...string) {
	t.Helper()
	tap := m.Tap()
	for _, text := range events {
		e, err := api.DecodeServerEvent([]byte(text))
		require.NoError(t, err)
		tap.Received(e, nil, []byte(text))
	}
}

func created(model string) string {
	return `{"type":"session.created","event_id":"e","session":{"type":"realtime","id":"sess_1","model":"` + model + `",
		"audio":{"input":{"transcription":{"model":"gpt-4o-transcribe"}}}}}`
}

func done(id, status, usage string) string {
	return fmt.Sprintf(`{"type":"response.done","event_id":"e","response":{"id":%q,"status":%q,"usage":%s}}`, id, status, usage)
}

const (
	// 789 input tokens, 640 of them cached.
	full = `{"total_tokens":853,"input_tokens":789,"output_tokens":64,
		"input_token_details":{"text_tokens":313,"audio_tokens":470,"image_tokens":6,"cached_tokens":640,
			"cached_tokens_details":{"text_tokens":256,"audio_tokens":380,"image_tokens":4}},
		"output_token_details":{"text_tokens":39,"audio_tokens":25}}`
	transcript = `{"type":"conversation.item.input_audio_transcription.completed","event_id":"e","item_id":"item_1",
		"content_index":0,"transcript":"hello","usage":%s}`
)

func TestBillsAreExact(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		model  string
		events []string
		micros string
	}{
		// Text 57 × 4 + 256 × 0.40 + 39 × 24 = 228 + 102.4 + 936 = 1266.4
		// Audio 90 × 32 + 380 × 0.40 + 25 × 64 = 2880 + 152 + 1600 = 4632
		// Image 2 × 5 + 4 × 0.50 = 12
		"cached and of three kinds": {"gpt-realtime-2.1", []string{done("r", "completed", full)}, "0.0059104"},
		// 57 × 0.60 + 256 × 0.06 + 39 × 2.40 + 90 × 10 + 380 × 0.30 + 25 × 20 + 2 × 0.80 + 4 × 0.08
		"mini": {"gpt-realtime-2.1-mini", []string{done("r", "completed", full)}, "0.00165908"},
		// 228 + 102.4 + 39 × 16 + 4632 + 12
		"1.5":                  {"gpt-realtime-1.5", []string{done("r", "completed", full)}, "0.0055984"},
		"a dated snapshot":     {"gpt-realtime-2.1-2026-06-01", []string{done("r", "completed", full)}, "0.0059104"},
		"cancelled and failed": {"gpt-realtime-2", []string{done("r", "cancelled", full), done("s", "failed", full)}, "0.0118208"},
		"repeated":             {"gpt-realtime-2", []string{done("r", "completed", full), done("r", "completed", full)}, "0.0059104"},
		"no usage":             {"gpt-realtime-2", []string{done("r", "cancelled", "null")}, "0.00"},
		// 10 of 30 output tokens belong to no kind: 100 × 4 + (15 + 10) × 24 + 5 × 64
		"reasoning beside text": {"gpt-realtime-2", []string{done("r", "completed", `{"input_tokens":100,"output_tokens":30,
			"input_token_details":{"text_tokens":100},"output_token_details":{"text_tokens":15,"audio_tokens":5}}`)}, "0.00132"},
		// 60 × 4 + 40 × 0.40
		"cached of the only kind": {"gpt-realtime-2", []string{done("r", "completed", `{"input_tokens":100,"output_tokens":0,
			"input_token_details":{"text_tokens":100,"cached_tokens":40}}`)}, "0.000256"},
		// 14 × 2.50 + 30 × 6 + 45 × 10
		"transcript by tokens": {"gpt-realtime-2", []string{fmt.Sprintf(transcript, `{"type":"tokens","input_tokens":44,"output_tokens":45,
			"total_tokens":89,"input_token_details":{"text_tokens":14,"audio_tokens":30}}`)}, "0.000665"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := NewMeter(nil)
			feed(t, m, created(c.model))
			feed(t, m, c.events...)
			total, err := m.Bill().Total()
			require.NoError(t, err)
			assert.Equal(t, c.micros, total.String())
		})
	}
}

func TestTranscriptsAreChargedByTime(t *testing.T) {
	t.Parallel()
	for model, want := range map[string]string{
		"gpt-realtime-whisper": "0.025641666667", // 90.5 s × 0.017 ÷ 60 s
		"gpt-live-transcribe":  "0.025641666667",
		"gpt-transcribe":       "0.0067875", // 90.5 s × 0.0045 ÷ 60 s
		"whisper-1":            "0.00905",   // 90.5 s × 0.006 ÷ 60 s
	} {
		m := NewMeter(nil)
		feed(t, m,
			`{"type":"session.created","event_id":"e","session":{"type":"transcription","id":"sess_1",
				"audio":{"input":{"transcription":{"model":"`+model+`"}}}}}`,
			fmt.Sprintf(transcript, `{"type":"duration","seconds":90.5}`))
		b := m.Bill()
		total, err := b.Total()
		require.NoError(t, err, model)
		assert.Equal(t, want, total.String(), model)
		assert.Equal(t, "1m30.5s", b.Tokens().Audio.String())
		assert.Equal(t, 1, b.Lines[0].Transcripts)
	}
}

// A model that is charged by time has no price for tokens, and the other way round.
func TestAUnitWithoutAPriceIsAnError(t *testing.T) {
	t.Parallel()
	for model, used := range map[string]string{
		"gpt-transcribe":    `{"type":"tokens","input_tokens":3,"output_tokens":0,"total_tokens":3,"input_token_details":{"audio_tokens":3}}`,
		"gpt-4o-transcribe": `{"type":"duration","seconds":1}`,
	} {
		m := NewMeter(&Options{Transcription: model})
		feed(t, m, created("gpt-realtime-2"), fmt.Sprintf(transcript, used))
		_, err := m.Bill().Total()
		require.ErrorIs(t, err, ErrNoPrice, model)
	}
}

func TestWhatCannotBePricedIsAnError(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		options *Options
		events  []string
		want    error
	}{
		"unknown model":      {nil, []string{created("gpt-9"), done("r", "completed", full)}, ErrNoPrice},
		"unknown session":    {nil, []string{done("r", "completed", full)}, ErrNoModel},
		"a kind not listed":  {&Options{Prices: &Prices{Models: map[string]Price{"m": {Text: Rate{Input: 1, Cached: 1, Output: 1}}}}}, []string{created("m"), done("r", "completed", full)}, ErrNoPrice},
		"input of no kind":   {nil, []string{created("gpt-realtime-2"), done("r", "completed", `{"input_tokens":5,"output_tokens":0}`)}, errInputKinds},
		"cached of no kind":  {nil, []string{created("gpt-realtime-2"), done("r", "completed", `{"input_tokens":5,"output_tokens":0,"input_token_details":{"text_tokens":2,"audio_tokens":3,"cached_tokens":1}}`)}, errCachedKinds},
		"more cached":        {nil, []string{created("gpt-realtime-2"), done("r", "completed", `{"input_tokens":5,"output_tokens":0,"input_token_details":{"text_tokens":5,"cached_tokens":6}}`)}, errCachedKinds},
		"more output":        {nil, []string{created("gpt-realtime-2"), done("r", "completed", `{"input_tokens":0,"output_tokens":1,"output_token_details":{"text_tokens":2}}`)}, errOutputKinds},
		"negative":           {nil, []string{created("gpt-realtime-2"), done("r", "completed", `{"input_tokens":-5,"output_tokens":0,"input_token_details":{"text_tokens":-5}}`)}, errNegative},
		"absurd":             {nil, []string{created("gpt-realtime-2"), done("r", "completed", `{"input_tokens":4611686018427387904,"output_tokens":0,"input_token_details":{"text_tokens":4611686018427387904}}`)}, errNegative},
		"seconds not finite": {nil, []string{created("gpt-realtime-2"), fmt.Sprintf(transcript, `{"type":"duration","seconds":1e300}`)}, errNegative},
		"no usage at all":    {nil, []string{created("gpt-realtime-2"), fmt.Sprintf(transcript, `{"type":"luck"}`)}, errNoUsage},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := NewMeter(c.options)
			feed(t, m, c.events...)
			_, err := m.Bill().Total()
			var priced *PriceError
			require.ErrorAs(t, err, &priced)
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestOneUnpricedResponseDoesNotHideTheRest(t *testing.T) {
	t.Parallel()
	m := NewMeter(nil)
	feed(t, m, created("gpt-realtime-2"), done("r", "completed", full),
		done("s", "completed", `{"input_tokens":5,"output_tokens":0}`))
	total, err := m.Bill().Total()
	require.Error(t, err)
	assert.Equal(t, "0.0059104", total.String())
	assert.Equal(t, 1, m.Bill().Lines[0].Unpriced)
	assert.Equal(t, 2, m.Bill().Lines[0].Responses)
}

func TestOptionsNameTheModels(t *testing.T) {
	t.Parallel()
	m := NewMeter(&Options{Model: "gpt-realtime-2", Transcription: "gpt-4o-transcribe"})
	feed(t, m, created("my-deployment"), done("r", "completed", full))
	total, err := m.Bill().Total()
	require.NoError(t, err)
	assert.Equal(t, "0.0059104", total.String())
}

func TestFreeModels(t *testing.T) {
	t.Parallel()
	p := Published()
	p.Models["local"] = Price{Free: true}
	m := NewMeter(&Options{Prices: p})
	feed(t, m, created("local"), done("r", "completed", full))
	total, err := m.Bill().Total()
	require.NoError(t, err)
	assert.Zero(t, total)
	assert.Equal(t, int64(789), m.Bill().Tokens().Input.Total())
}

// The sum of the parts is the total: of entries, of kinds, of lines, of sessions.
func TestPartsAddUp(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	models := []string{"gpt-realtime-2.1", "gpt-realtime-2.1-mini", "gpt-realtime-1.5"}
	tenant := NewAccount(&AccountOptions{Name: "tenant"})
	var entries, sessions, cost Money
	for range 20 {
		m := NewMeter(&Options{Account: tenant, OnEntry: func(e Entry) {
			total, err := e.Cost.Total()
			require.NoError(t, err)
			entries += total
		}})
		feed(t, m, created(models[r.IntN(len(models))]))
		for i := range 30 {
			text, audio, image := r.IntN(5000), r.IntN(5000), r.IntN(500)
			ct, ca, ci := r.IntN(text+1), r.IntN(audio+1), r.IntN(image+1)
			ot, oa := r.IntN(900), r.IntN(900)
			feed(t, m, done(fmt.Sprint("r", i), "completed", fmt.Sprintf(`{"input_tokens":%d,"output_tokens":%d,
				"input_token_details":{"text_tokens":%d,"audio_tokens":%d,"image_tokens":%d,"cached_tokens":%d,
				"cached_tokens_details":{"text_tokens":%d,"audio_tokens":%d,"image_tokens":%d}},
				"output_token_details":{"text_tokens":%d,"audio_tokens":%d}}`,
				text+audio+image, ot+oa, text, audio, image, ct+ca+ci, ct, ca, ci, ot, oa)))
		}
		total, err := m.Bill().Total()
		require.NoError(t, err)
		sessions += total
	}
	total, err := tenant.Bill().Total()
	require.NoError(t, err)
	for _, line := range tenant.Bill().Lines {
		for _, part := range parts(&line.Cost) {
			cost += *part
		}
	}
	assert.Equal(t, total, entries)
	assert.Equal(t, total, sessions)
	assert.Equal(t, total, cost)
	assert.Len(t, tenant.Bill().Lines, 3)
}

func TestAudioCostsTheMeterNothing(t *testing.T) {
	tap := NewMeter(nil).Tap()
	assert.True(t, tap.SkipAudio)
	e := realtime.Event(&api.ResponseOutputAudioDelta{Delta: make([]byte, 4800)})
	assert.Zero(t, testing.AllocsPerRun(100, func() { tap.Received(e, nil, nil) }))
}

// The list of the day on which it was read, in US dollars for a million tokens.
func TestPublishedPricesAreThoseOfTheVendor(t *testing.T) {
	t.Parallel()
	rate := func(input, cached, output string) Rate {
		var r Rate
		for m, text := range map[*Money]string{&r.Input: input, &r.Cached: cached, &r.Output: output} {
			if text != "" {
				require.NoError(t, m.UnmarshalText([]byte(text)))
			}
		}
		return r
	}
	audio, image := rate("32", "0.40", "64"), rate("5", "0.50", "")
	for name, want := range map[string]Price{
		"gpt-realtime-2.1":      {Text: rate("4", "0.40", "24"), Audio: audio, Image: image},
		"gpt-realtime-2":        {Text: rate("4", "0.40", "24"), Audio: audio, Image: image},
		"gpt-realtime-1.5":      {Text: rate("4", "0.40", "16"), Audio: audio, Image: image},
		"gpt-realtime-2.1-mini": {Text: rate("0.60", "0.06", "2.40"), Audio: rate("10", "0.30", "20"), Image: rate("0.80", "0.08", "")},
	} {
		got, ok := Published().Models[name]
		require.True(t, ok, name)
		assert.Equal(t, want.Text, got.Text, name)
		assert.Equal(t, want.Audio, got.Audio, name)
		assert.Equal(t, want.Image, got.Image, name)
		assert.Equal(t, "2026-11-26", got.Read, name)
	}
	for name, want := range map[string]Price{
		"gpt-4o-transcribe":      {Text: rate("2.50", "", "10"), Audio: rate("6", "", "")},
		"gpt-4o-mini-transcribe": {Text: rate("1.25", "", "5"), Audio: rate("3", "", "")},
	} {
		got := Published().Models[name]
		assert.Equal(t, want.Text, got.Text, name)
		assert.Equal(t, want.Audio, got.Audio, name)
	}
	for name, want := range map[string]string{
		"gpt-transcribe": "0.0045", "gpt-live-transcribe": "0.017", "gpt-realtime-whisper": "0.017", "whisper-1": "0.006",
	} {
		var minute Money
		require.NoError(t, minute.UnmarshalText([]byte(want)))
		assert.Equal(t, minute, Published().Models[name].Minute, name)
	}
	assert.Equal(t, "USD", Published().Currency)
}

func TestPublishedPricesAreExact(t *testing.T) {
	t.Parallel()
	for name, p := range Published().Models {
		assert.NotEmpty(t, p.Source, name)
		assert.Regexp(t, `^\d{4}-\d{2}-\d{2}$`, p.Read, name)
		for _, r := range []Rate{p.Text, p.Audio, p.Image} {
			for _, m := range []Money{r.Input, r.Cached, r.Output} {
				assert.Zero(t, m%1_000_000, "%s: a token costs a whole number of trillionths", name)
			}
		}
	}
}
