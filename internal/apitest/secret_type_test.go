package apitest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// apiSource is what the source of package api declares.
type apiSource struct {
	names   map[string][]string        // the identifiers in the declaration of each type
	arms    map[string][]string        // the variants of each union
	methods map[string]map[string]bool // by receiver
}

func parseAPI(t *testing.T) apiSource {
	t.Helper()
	s := apiSource{names: map[string][]string{}, arms: map[string][]string{}, methods: map[string]map[string]bool{}}
	files, err := filepath.Glob("../../gen/api/*.go")
	require.NoError(t, err)
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				s.types(d)
			case *ast.FuncDecl:
				s.method(d)
			}
		}
	}
	return s
}

func (s *apiSource) types(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		spec, ok := spec.(*ast.TypeSpec)
		if !ok {
			continue
		}
		s.names[spec.Name.Name] = nil
		ast.Inspect(spec.Type, func(n ast.Node) bool {
			if f, ok := n.(*ast.Field); ok {
				f.Names = nil // A field may have the name of a type.
			}
			if id, ok := n.(*ast.Ident); ok && id.IsExported() {
				s.names[spec.Name.Name] = append(s.names[spec.Name.Name], id.Name)
			}
			return true
		})
	}
}

// method notes a method. That of a union is the marker of its variants.
func (s *apiSource) method(d *ast.FuncDecl) {
	if d.Recv == nil {
		return
	}
	on := d.Recv.List[0].Type
	if p, ok := on.(*ast.StarExpr); ok {
		on = p.X
	}
	id, ok := on.(*ast.Ident)
	if !ok {
		return
	}
	if s.methods[id.Name] == nil {
		s.methods[id.Name] = map[string]bool{}
	}
	s.methods[id.Name][d.Name.Name] = true
	if union, ok := strings.CutPrefix(d.Name.Name, "is"); ok {
		s.arms[union] = append(s.arms[union], id.Name)
	}
}

// holders returns the types that may hold a value of one of these types.
func (s *apiSource) holders(types []string) map[string]bool {
	holds := map[string]bool{}
	for _, name := range types {
		holds[name] = true
	}
	for changed := true; changed; {
		changed = false
		for name, inner := range s.names {
			inner = slices.Concat(inner, s.arms[name])
			if !holds[name] && slices.ContainsFunc(inner, func(n string) bool { return holds[n] }) {
				holds[name], changed = true, true
			}
		}
	}
	return holds
}

// TestWhatHoldsASecretLogsWithoutIt holds that each struct of package api that may
// contain a secret, however deep, has a form for logs: a JSON logger would otherwise
// encode it.
func TestWhatHoldsASecretLogsWithoutIt(t *testing.T) {
	t.Parallel()
	source := parseAPI(t)
	holds := source.holders(slices.Collect(maps.Keys(secretMembers(t))))
	structs := 0
	for name := range holds {
		if !source.methods[name]["AppendJSON"] || strings.HasPrefix(name, "Unknown") {
			continue // A union, or the arm that keeps what is not known.
		}
		structs++
		assert.True(t, source.methods[name]["LogValue"], "%s may hold a secret, and a JSON logger encodes it whole", name)
	}
	assert.Greater(t, structs, 10, "%v", holds)
	assert.Contains(t, holds, "SessionUpdate")
}

// TestNestedSecretsAreNotLogged logs values with a secret in every place in which one
// arrives: in its member, in a member of another form, and in a tool that is not known.
func TestNestedSecretsAreNotLogged(t *testing.T) {
	t.Parallel()
	const secret = "sk-verysecret"
	for name, tools := range map[string]string{
		"a member":         `[{"type":"mcp","server_label":"crm","authorization":"` + secret + `"}]`,
		"headers":          `[{"type":"mcp","server_label":"crm","headers":{"a":"` + secret + `"}}]`,
		"an odd member":    `[{"type":"mcp","server_label":"crm","authorization":["` + secret + `"]}]`,
		"an unknown tool":  `[{"type":"mcp2","server_label":"crm","authorization":"` + secret + `"}]`,
		"tools that are 1": `{"authorization":"` + secret + `","server_label":"crm"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			session := `{"type":"realtime","model":"m","tools":` + tools + `}`
			for wire, x := range map[string]any{
				session: new(api.RealtimeSessionConfig),
				`{"type":"session.update","session":` + session + `}`:                                new(api.SessionUpdate),
				`{"type":"session.updated","event_id":"e","session":` + session + `}`:                new(api.SessionUpdated),
				`{"type":"response.create","response":{"instructions":"crm","tools":` + tools + `}}`: new(api.ResponseCreate),
				`{"value":"` + secret + `","expires_at":1,"session":` + session + `}`:                new(api.ClientSecret),
				`{"expires_after":{"anchor":"created_at","seconds":600},"session":` + session + `}`:  new(api.ClientSecretRequest),
			} {
				require.NoError(t, json.Unmarshal([]byte(wire), x))
				encoded, err := json.Marshal(x)
				require.NoError(t, err)
				require.JSONEq(t, wire, string(encoded), "encoding keeps it")
				var text, lines bytes.Buffer
				slog.New(slog.NewTextHandler(&text, nil)).Info("m", "x", x)
				slog.New(slog.NewJSONHandler(&lines, nil)).Info("m", "x", x)
				assert.NotContains(t, text.String(), secret, "%T", x)
				assert.NotContains(t, lines.String(), secret, "%T", x)
				var line struct{ X map[string]any }
				require.NoError(t, json.Unmarshal(lines.Bytes(), &line), "%T: %s", x, lines.String())
				assert.NotEmpty(t, line.X, "the rest is logged")
			}
		})
	}
}

// TestResponsesHoldTheirSecrets holds that every response of the REST client has a form for
// output and logs: it keeps its body as it came and the header of its request, with the key.
func TestResponsesHoldTheirSecrets(t *testing.T) {
	t.Parallel()
	source := parseAPI(t)
	responses := 0
	for name := range source.names {
		if strings.HasSuffix(name, "HTTPResponse") {
			responses++
			assert.True(t, source.methods[name]["LogValue"], "%s holds a body, and a logger writes it whole", name)
			assert.True(t, source.methods[name]["Format"], "%s holds a body, and fmt prints it", name)
		}
	}
	assert.Greater(t, responses, 5)
}

// TestPrintedResponsesHideTheirSecrets prints and logs answers with a new key, and a
// failure that repeats the caller's.
func TestPrintedResponsesHideTheirSecrets(t *testing.T) {
	t.Parallel()
	const key, secret = "sk-verysecret", "ek_verysecret"
	answer := func(status int, body string) *http.Response {
		return &http.Response{
			StatusCode: status, Status: "said " + key, Header: http.Header{"Content-Type": {"application/json"}, "X-Echo": {key}},
			Body: io.NopCloser(strings.NewReader(body)), Request: &http.Request{Header: http.Header{"Authorization": {"Bearer " + key}}},
		}
	}
	issued := `{"value":"` + secret + `","expires_at":1700000000,"session":{"type":"realtime","model":"some-model","other":"` + secret + `"}}`
	refused := `{"error":{"type":"invalid_request_error","message":"the key ` + key + ` is unknown"}}`
	realtime, err := api.ParseCreateClientSecretHTTPResponse(answer(200, issued))
	require.NoError(t, err)
	require.Equal(t, secret, realtime.JSON200.Value)
	translation, err := api.ParseCreateTranslationClientSecretHTTPResponse(answer(200, issued))
	require.NoError(t, err)
	require.Equal(t, secret, translation.JSON200.Value)
	failure, err := api.ParseCreateCallHTTPResponse(answer(401, refused))
	require.NoError(t, err)
	require.Contains(t, failure.JSONDefault.Error.Message, key)
	for want, x := range map[string]any{
		"some-model": realtime, `"expires_at":1700000000`: *translation, `"status":401`: failure,
	} {
		var text, lines bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("m", "x", x)
		slog.New(slog.NewJSONHandler(&lines, nil)).Info("m", "x", x)
		out := []string{text.String(), lines.String()}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			out = append(out, fmt.Sprintf(verb, x), fmt.Sprintf(verb, struct{ Answer any }{x}))
		}
		for _, o := range out {
			for _, hidden := range []string{"verysecret", hex.EncodeToString([]byte("verysecret")), "118 101 114 121 115", base64.StdEncoding.EncodeToString([]byte(secret))[:12]} {
				assert.NotContains(t, o, hidden, "%T", x)
			}
		}
		assert.Contains(t, lines.String(), want, "the rest is logged")
	}
}
