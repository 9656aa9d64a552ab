package openaigo

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// theirs and ours are the programs that hold the code of one column, a function for each row.
const (
	theirs = `package theirs

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/auth"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/websocket"
	vendor "github.com/openai/openai-go/v3/realtime"
)

var (
	_ = base64.StdEncoding
	_ = errors.As
	_ = option.WithAPIKey
	_ websocket.Options
	_ = openai.NewClient

	err error
	client openai.Client
	conn *vendor.RealtimeConnection
	session *vendor.TranslationSession
	event vendor.RealtimeServerEventUnion
	httpClient *http.Client
	trace option.Middleware
	workload auth.WorkloadIdentity
	header http.Header
	schema map[string]any
	vendorEvent vendor.RealtimeClientEventUnionParam
	pcm, body, data []byte
	key, address, org, project, model, callID, itemID, output string
)

func handle(vendor.RealtimeServerEventUnion) {}
`
	ours = `package ours

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net/http"

	"github.com/openai/openai-go/v3"
	vendor "github.com/openai/openai-go/v3/realtime"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/openaigo"
	"github.com/voicelane/realtime-go/realtime"
)

var (
	_ = openaigo.Config
	_ = calls.New
	_ = http.ProxyFromEnvironment

	err, errStopped error
	client *realtime.Client
	s *realtime.Session
	raw *realtime.RawSession
	session *realtime.TranslationSession
	stream *realtime.ResponseStream
	event api.ServerEvent
	clientEvent api.ClientEvent
	tlsConfig *tls.Config
	traced func(http.RoundTripper) http.RoundTripper
	tokens realtime.CredentialFunc
	vendorClient openai.Client
	vendorEvent vendor.RealtimeClientEventUnionParam
	schema json.RawMessage
	supervisor *calls.Supervisor
	header http.Header
	pcm, body, data []byte
	key, address, org, project, model, callID, itemID, output, secret string
)

func handle(api.ServerEvent) {}
`
)

// TestMigrationCompiles compiles the code of both columns of the tables in docs/from-openai-go.md.
func TestMigrationCompiles(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/from-openai-go.md")
	require.NoError(t, err)
	rows := regexp.MustCompile("(?m)^\\| ([^|`]+) \\| `([^`]+)` \\| `([^`]+)`.* \\|$").FindAllStringSubmatch(string(page), -1)
	require.Len(t, rows, strings.Count(string(page), "\n| ")-2*strings.Count(string(page), "\n| --- |"), "a row has no code in one of its columns")
	var left, right strings.Builder
	left.WriteString(theirs)
	right.WriteString(ours)
	for i, row := range rows {
		left.WriteString(function(t, i, row[1], row[2]))
		right.WriteString(function(t, i, row[1], row[3]))
	}
	dir, err := os.MkdirTemp(".", ".migration-") //nolint:usetesting // Inside the module, so that its imports resolve.
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	for name, source := range map[string]string{"theirs": left.String(), "ours": right.String()} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name, "rows.go"), []byte(source), 0o600))
	}
	path := "./" + filepath.ToSlash(dir)
	out, err := exec.CommandContext(t.Context(), "go", "build", path+"/theirs", path+"/ours").CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// function makes a function of the code of a row, which uses each variable that it declares.
func function(t *testing.T, i int, name, code string) string {
	t.Helper()
	var source strings.Builder
	fmt.Fprintf(&source, "\n// %s\nfunc row%d(ctx context.Context) {\n%s\n", name, i, code)
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+source.String()+"}", parser.SkipObjectResolution)
	require.NoError(t, err, "%s: %s", name, code)
	row, ok := file.Decls[0].(*ast.FuncDecl)
	require.True(t, ok)
	for _, s := range row.Body.List {
		if a, ok := s.(*ast.AssignStmt); ok && a.Tok == token.DEFINE {
			for _, x := range a.Lhs {
				if id, ok := x.(*ast.Ident); ok && id.Name != "_" {
					source.WriteString("_ = " + id.Name + "\n")
				}
			}
		}
	}
	source.WriteString("}\n")
	return source.String()
}
