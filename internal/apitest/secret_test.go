package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/gen/api"
)

// secretTypes have a value for each component with a member that is a secret.
func secretTypes() map[string]any {
	return map[string]any{
		"ClientSecret": new(api.ClientSecret), "TranslationClientSecret": new(api.TranslationClientSecret), "MCPTool": new(api.MCPTool),
	}
}

// secretMembers returns the members that the spec marks with x-go-secret, by component.
func secretMembers(t *testing.T) map[string][]string {
	t.Helper()
	data, err := os.ReadFile("../../spec/openapi.yaml")
	require.NoError(t, err)
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]map[string]any `yaml:"properties"`
			} `yaml:"schemas"`
		} `yaml:"components"`
	}
	require.NoError(t, yaml.Unmarshal(data, &doc))
	members := map[string][]string{}
	for name, schema := range doc.Components.Schemas {
		for member, keywords := range schema.Properties {
			if keywords["x-go-secret"] == true {
				members[name] = append(members[name], member)
			}
		}
	}
	require.Len(t, members, len(secretTypes()), "%v", members)
	return members
}

// TestSecretsArePrintedNowhere holds that no verb and no logger shows a member that the
// spec marks as a secret, whatever its form on the wire was, and that encoding keeps it.
func TestSecretsArePrintedNowhere(t *testing.T) {
	t.Parallel()
	const secret = "ek_verysecret"
	for name, members := range secretMembers(t) {
		for _, member := range members {
			for _, form := range []string{`"%s"`, `{"h":"%s"}`, `["%s"]`} {
				x := secretTypes()[name]
				require.Contains(t, secretTypes(), name)
				wire := fmt.Sprintf(`{"type":"mcp","%s":%s}`, member, fmt.Sprintf(form, secret))
				require.NoError(t, json.Unmarshal([]byte(wire), x))
				encoded, err := json.Marshal(x)
				require.NoError(t, err)
				assert.Contains(t, string(encoded), secret)
				for where, text := range prints(x) {
					assert.NotContains(t, text, secret, "%s.%s by %s", name, member, where)
					assert.NotContains(t, text, fmt.Sprintf("%x", secret), "%s.%s by %s", name, member, where)
					assert.NotContains(t, text, strings.Trim(fmt.Sprintf("%d", []byte(secret)), "[]"), "%s.%s by %s", name, member, where)
				}
			}
		}
	}
}

// prints returns a value as verbs and loggers print it, alone and within others.
func prints(x any) map[string]string {
	texts := map[string]string{}
	values := map[string]any{"it": x, "a slice of it": []any{x}}
	switch x := x.(type) {
	case *api.ClientSecret:
		values["its value"], values["a struct with it"] = *x, struct{ S api.ClientSecret }{*x}
	case *api.TranslationClientSecret:
		values["its value"] = *x
	case *api.MCPTool:
		values["its value"], values["settings with it"] = *x, []api.Tool{x}
	}
	for name, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			texts[verb+" of "+name] = fmt.Sprintf(verb, v)
		}
	}
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, nil)).Info("text", "x", x)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("json", "x", x)
	texts["slog"] = b.String()
	return texts
}
