package view_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/view"
	"github.com/voicelane/realtime-go/view/internal/samples"
)

var update = flag.Bool("update", false, "write the golden files")

func pageOf(t *testing.T, rec *recording.Recording, o *view.Options) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, view.HTML(&out, rec, o))
	return out.String()
}

var (
	assets = regexp.MustCompile(`(?s)<(style|script)[^>]*>.*?</(style|script)>|<meta [^>]*>`)
	breaks = regexp.MustCompile(`>\s*<`)
	ticks  = regexp.MustCompile(`<div class="tick .*</div>\n|<i class="t\d+" style="[^"]*"></i>`)
)

// dom returns the elements of a page, one a line, without styles, scripts and ticks.
func dom(page string) string {
	page = assets.ReplaceAllString(page, "")
	page = ticks.ReplaceAllString(page, "")
	return breaks.ReplaceAllString(page, ">\n<")
}

var blob = regexp.MustCompile(`<script type="text/plain" id="data">([A-Za-z0-9+/=]*)</script>`)

// data is what the script of a page reads.
type data struct {
	Length int64
	Events []*row
	Sound  *struct {
		Bits  int
		Mixed bool
		Parts [][]any
	}
}

type row struct {
	At    int64           `json:"at"`
	Kind  any             `json:"k"`
	Way   string          `json:"way,omitempty"`
	Name  string          `json:"name"`
	Size  string          `json:"size,omitempty"`
	Tags  []string        `json:"tags,omitempty"`
	Links [][]any         `json:"links,omitempty"`
	Line  json.RawMessage `json:"line,omitempty"`
}

func dataOf(t *testing.T, page string) *data {
	t.Helper()
	found := blob.FindStringSubmatch(page)
	require.NotNil(t, found)
	packed, err := base64.StdEncoding.DecodeString(found[1])
	require.NoError(t, err)
	z, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	text, err := io.ReadAll(z)
	require.NoError(t, err)
	d := &data{}
	require.NoError(t, json.Unmarshal(text, d))
	return d
}

// events returns the rows of the list of events, one a line.
func events(t *testing.T, page string) string {
	t.Helper()
	var b strings.Builder
	for _, e := range dataOf(t, page).Events {
		var members map[string]any
		require.NoError(t, json.Unmarshal(e.Line, &members))
		e.Kind, e.Line = members["k"], nil
		line, err := json.Marshal(e)
		require.NoError(t, err)
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.String()
}

// cutFile is the booking without its last third, as a crash leaves it.
func cutFile(t *testing.T) *recording.Recording {
	t.Helper()
	var file bytes.Buffer
	_, err := samples.LostConnection().WriteTo(&file)
	require.NoError(t, err)
	rec, err := recording.Read(bytes.NewReader(file.Bytes()[:file.Len()*2/3]))
	require.NoError(t, err)
	require.NotNil(t, rec.Tail)
	return rec
}

func TestGoldenDOM(t *testing.T) {
	t.Parallel()
	cases := map[string]*recording.Recording{
		"booking":            samples.Booking(),
		"silence-after-tool": samples.SilenceAfterTool(),
		"double-talk":        samples.DoubleTalk(),
		"late-barge-in":      samples.LateBargeIn(),
		"lost-connection":    samples.LostConnection(),
		"refused-update":     samples.RefusedUpdate(),
		"cut":                cutFile(t),
	}
	for name, rec := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := pageOf(t, rec, nil)
			got := dom(page) + "\n" + events(t, page)
			file := filepath.Join("testdata", name+".golden")
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, string(want), got)
		})
	}
}
