package assemble

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/gen/api"
)

// TestEmptyPartsAreBounded holds that a server cannot make parts without end.
func TestEmptyPartsAreBounded(t *testing.T) {
	t.Parallel()
	var a Output
	for i := range 100 {
		a.Add(&api.ResponseOutputTextDelta{OutputIndex: i})
	}
	assert.Equal(t, 99*partSize, a.Size())
}
