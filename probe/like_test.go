package probe

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/realtimetest/like"
)

// probed probes the test server in the manner of another.
func probed(t *testing.T, s *like.Server) *Report {
	t.Helper()
	var r *Report
	synctest.Test(t, func(t *testing.T) {
		srv := realtimetest.New(&realtimetest.Config{Like: s, Script: script()})
		defer srv.Close()
		cfg := &realtime.Config{APIKey: "any", BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy}
		if s.Basic {
			cfg.APIKey, cfg.Credentials = "", realtime.Static(realtime.Basic("user", "secret"))
		}
		if s.Keyless {
			cfg.APIKey, cfg.Credentials = "", realtime.NoCredential
		}
		client, err := realtime.NewClient(cfg)
		require.NoError(t, err)
		r, err = Run(t.Context(), client, realtime.Model("m"), &Options{Speech: realtimetest.Tone(time.Second)})
		require.NoError(t, err)
	})
	return r
}

// The probe finds the deviations of each server that the test server imitates. The matrix
// in docs/compatible-servers.md is what it finds.
func TestDeviationsAreFound(t *testing.T) {
	t.Parallel()
	names := []string{}
	for name := range like.All() {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	b.WriteString("| check | " + strings.Join(names, " | ") + " |\n| ---" + strings.Repeat(" | ---", len(names)) + " |\n")
	reports := map[string]*Report{}
	for _, name := range names {
		reports[name] = probed(t, like.All()[name])
	}
	for _, check := range Names() {
		cells, differs := []string{"| `" + check + "`"}, false
		for _, name := range names {
			one, ok := reports[name].Result(check)
			require.True(t, ok)
			mark := map[Outcome]string{Can: "", Cannot: "no", Unknown: "–"}[one.Outcome]
			differs = differs || mark != ""
			cells = append(cells, mark)
		}
		if differs {
			fmt.Fprintln(&b, strings.Join(cells, " | ")+" |")
		}
	}

	const file = "../docs/compatible-servers.md"
	doc, err := os.ReadFile(file)
	require.NoError(t, err)
	const begin, end = "<!-- matrix -->\n", "<!-- end -->\n"
	before, rest, ok := bytes.Cut(doc, []byte(begin))
	require.True(t, ok)
	matrix, after, ok := bytes.Cut(rest, []byte(end))
	require.True(t, ok)
	if os.Getenv("PROBE_UPDATE") != "" {
		require.NoError(t, os.WriteFile(file, slices.Concat(before, []byte(begin), []byte(b.String()), []byte(end), after), 0o600))
		return
	}
	assert.Equal(t, b.String(), string(matrix), "run with PROBE_UPDATE=1 to write it anew")
}
