package spec

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/internal/specdoc"
)

// go generate adds what is new to the lists in testdata. It removes nothing: what
// is gone from the wire is gone for a user, so a person decides about it.
//
//go:generate go test . -run ^(TestWirePaths|TestExchanges)$ -count=1 -args -add

// readSpec reads both documents as the generator does.
func readSpec(t *testing.T) *specdoc.Document {
	t.Helper()
	doc, err := specdoc.Read("asyncapi.yaml", os.ReadFile)
	require.NoError(t, err)
	return doc
}
