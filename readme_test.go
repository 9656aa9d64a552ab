package realtimego

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fragment is a program that contains a README snippet which is not a program.
const fragment = `package main

import (
	"context"
	"encoding/json"
	"log"

	"github.com/voicelane/realtime-go/agent"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

var (
	_ json.RawMessage
	_ api.ServerEvent
	_ *realtimetest.Server
	_ *agent.Agent
	_ voice.Line
	_ = log.Print
)

func snippet(ctx context.Context, s *realtime.Session) (any, error) {
	var client *realtime.Client
	_ = client
	%s
	return client, err
}

func main() {}
`

func TestReadmeCompiles(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	snippets := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(readme, -1)
	require.NotEmpty(t, snippets)
	dir, err := os.MkdirTemp(".", ".readme-") //nolint:usetesting // Inside the module, so that its imports resolve.
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	args := []string{"vet"}
	for i, s := range snippets {
		source := string(s[1])
		if !strings.HasPrefix(source, "package ") {
			source = fmt.Sprintf(fragment, source)
		}
		pkg := filepath.Join(dir, strconv.Itoa(i))
		args = append(args, "./"+filepath.ToSlash(pkg))
		require.NoError(t, os.Mkdir(pkg, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(pkg, "main.go"), []byte(source), 0o600))
	}
	out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
}
