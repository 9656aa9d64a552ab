package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, run(bytes.NewReader(recording), &out))
	assert.Equal(t, `It rains in Lisbon.
call call_1: umbrella({"size":"large"})
(response.mood.changed is newer than this program)
21 tokens in, 17 out
`, out.String())
}

// TestEnds checks the ends of streams whose response is not complete.
func TestEnds(t *testing.T) {
	t.Parallel()
	for want, data := range map[string]string{
		"the response ended early: max_output_tokens": `{"type":"response.incomplete","response":{"id":"a","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}}`,
		"the response failed: server_error: no":       `{"type":"response.failed","response":{"id":"a","status":"failed","error":{"code":"server_error","message":"no"}}}`,
		"too many":                                    `{"type":"error","code":null,"message":"too many","param":null}`,
		io.ErrUnexpectedEOF.Error():                   `{"type":"response.created","response":{"id":"a","status":"queued"}}`,
	} {
		err := run(strings.NewReader("data: "+data+"\n\n"), io.Discard)
		assert.EqualError(t, err, want)
	}
}

// TestLossless checks that every event of the recording is encoded as it arrived,
// members included that responses.yaml does not describe.
func TestLossless(t *testing.T) {
	t.Parallel()
	var datas []string
	for line := range strings.Lines(string(recording)) {
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			datas = append(datas, data)
		}
	}
	require.NotEmpty(t, datas)
	i := 0
	for event, err := range events(bytes.NewReader(recording)) {
		require.NoError(t, err)
		data, err := event.AppendJSON(nil)
		require.NoError(t, err)
		assert.JSONEq(t, datas[i], string(data))
		i++
	}
	assert.Len(t, datas, i)
}
