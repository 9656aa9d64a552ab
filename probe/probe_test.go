package probe

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// script lets a test server do all that the checks look for.
func script() realtimetest.Script {
	return realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "Hello."}, {Text: "Hello."}, {Text: "Hello."}},
		Rules: []realtimetest.Rule{
			{When: realtimetest.Returned("get_weather"), Do: []realtimetest.Step{realtimetest.Say{Text: "It is sunny."}}},
			{When: realtimetest.Said("weather"), Do: []realtimetest.Step{realtimetest.Call{Name: "get_weather", Arguments: `{"city":"Lisbon"}`}}},
			{When: realtimetest.Said("count"), Do: []realtimetest.Step{realtimetest.Wait(time.Second), realtimetest.Say{Text: "One."}}},
		},
	}
}

// run probes a test server in a bubble.
func run(t *testing.T, cfg *realtimetest.Config, o *Options) (report *Report, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(cfg)
		defer srv.Close()
		client, e := realtime.NewClient(&realtime.Config{
			APIKey: "sk-probe-secret", BaseURL: "http://localhost/v1?tenant=t", DialContext: srv.DialContext, Proxy: realtime.NoProxy,
		})
		require.NoError(t, e)
		report, err = Run(t.Context(), client, realtime.Model("gpt-realtime"), o)
	})
	return report, err
}

func TestTheTestServerCanAll(t *testing.T) {
	t.Parallel()
	r, err := run(t, &realtimetest.Config{Script: script()}, &Options{Speech: realtimetest.Tone(time.Second)})
	require.NoError(t, err)
	require.Len(t, r.Results, len(Names()))
	assert.GreaterOrEqual(t, len(r.Results), 30)
	for _, one := range r.Results {
		assert.Equal(t, Can, one.Outcome, "%s: %s", one.Name, one.Detail)
	}
	assert.Zero(t, r.ExitStatus())
	assert.Equal(t, "gpt-realtime", r.Model)
	text := r.Markdown()
	assert.Contains(t, text, "## tool\n")
	assert.Contains(t, text, "| `tool/call` | can |")
	assert.NotContains(t, text, "secret")
	assert.NotContains(t, text, "tenant")
}

func TestWithoutSpeechItsChecksAreUnknown(t *testing.T) {
	t.Parallel()
	r, err := run(t, nil, &Options{Checks: []string{"speech"}})
	require.NoError(t, err)
	for _, one := range r.Results {
		assert.Equal(t, Unknown, one.Outcome, one.Name)
	}
	assert.Zero(t, r.ExitStatus(), "what is unknown is no failure, unless it is required")
}

func TestRequiredChecksDecide(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		require []string
		want    int
	}{"unknown": {[]string{"speech/detected"}, 1}, "other": {[]string{"item/id"}, 0}, "group": {[]string{"speech"}, 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := run(t, nil, &Options{Checks: []string{"speech", "item/id", "item/created"}, Require: c.require})
			require.NoError(t, err)
			assert.Equal(t, c.want, r.ExitStatus())
		})
	}
}

func TestUnknownNamesAreRefused(t *testing.T) {
	t.Parallel()
	_, err := run(t, nil, &Options{Checks: []string{"item/smell"}})
	require.ErrorContains(t, err, `"item/smell"`)
	_, err = run(t, nil, &Options{Require: []string{"it"}})
	require.ErrorContains(t, err, `"it"`)
}

func TestReportsAreData(t *testing.T) {
	t.Parallel()
	r := &Report{Server: "wss://example.com", Results: []Result{{Name: "a/b", About: "x|y\nz", Outcome: Cannot, Detail: "<script>"}}}
	data, err := json.Marshal(r)
	require.NoError(t, err)
	assert.JSONEq(t, `{"server":"wss://example.com","results":[{"name":"a/b","about":"x|y\nz","outcome":"cannot","detail":"<script>","took":0}]}`, string(data))
	assert.Contains(t, r.Markdown(), `x\|y z | &lt;script>`)
	assert.Equal(t, 1, r.ExitStatus())
	assert.Equal(t, 1, strings.Count(r.Markdown(), "## a"))
}
