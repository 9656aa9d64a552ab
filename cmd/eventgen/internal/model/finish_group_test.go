package model

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestPlural checks the names of the files of event unions.
func TestPlural(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"server_event": "server_events", "query": "queries", "reply": "replies", "day": "days", "switch": "switches",
		"news": "news", "incoming": "incoming", "received": "received", "box": "boxes", "bus": "buses", "events": "events",
		"address": "addresses",
	} {
		assert.Equal(t, want, plural(name))
	}
	assert.Equal(t, "types_events", (&Struct{Unions: []*Union{{Name: "Type", Event: true}}}).group())
}
