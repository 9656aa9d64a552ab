package spec

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// go generate adds new lines to the lists in testdata. It removes none: a removal breaks
// users, so it must be made by hand.
//
//go:generate go test . -run ^(TestWirePaths|TestExchanges)$ -count=1 -args -add

// readSpec reads both documents as the generator does.
func readSpec(t *testing.T) *specdoc.Document {
	t.Helper()
	doc, err := specdoc.Read("asyncapi.yaml", os.ReadFile)
	require.NoError(t, err)
	return doc
}
