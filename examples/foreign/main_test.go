package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	require.NoError(t, run(&log))
	assert.Equal(t, `lamp.switched: on is true, warm
lamp.warning: this lamp only switches at 41.5 degrees
not sent: to: must be between 0 and 100, is 400
`, log.String())
}
