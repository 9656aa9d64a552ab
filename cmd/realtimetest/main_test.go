package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPrintsItsAddressAndEndsWhenAsked(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	stdout, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-addr", "127.0.0.1:0", "-quiet"}, in, io.Discard) }()
	line := make([]byte, 1024)
	n, err := stdout.Read(line)
	require.NoError(t, err)
	assert.Regexp(t, `^realtimetest is ready at http://127\.0\.0\.1:\d+/v1\n$`, string(line[:n]))
	cancel()
	assert.NoError(t, <-ended)
}

func TestRefusesArgumentsAndPrintsTheSchema(t *testing.T) {
	t.Parallel()
	assert.EqualError(t, run(t.Context(), []string{"serve"}, io.Discard, io.Discard), `unexpected argument "serve"`)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-schema"}, &out, io.Discard))
	assert.True(t, strings.HasPrefix(out.String(), "{"))
}
