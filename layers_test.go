package realtimego

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/voicelane/realtime-go"

// layers lists the allowed direct and indirect dependencies of packages: within the
// module by exact path, with the internal packages below it, outside by prefix. Unlike the
// linter, which only checks imports and skips generated files, the test checks all
// dependencies. A layer includes the packages below its path that have no layer of their
// own.
var layers = []struct {
	pkg     string
	inside  []string
	outside []string
}{
	{"wire", nil, []string{"github.com/segmentio/asm", "github.com/emmansun/base64", "golang.org/x/sys"}},
	{"gen/api", []string{"wire"}, nil},
	{"gen/exotel", []string{"wire"}, nil},
	{"gen/plivo", []string{"wire"}, nil},
	{"gen/telnyx", []string{"wire"}, nil},
	{"gen/twilio", []string{"wire"}, nil},
	{"gen/vonage", []string{"wire"}, nil},
	{"audio", nil, nil},
	{"socket", nil, nil},
	{"recording", nil, nil},
	{"internal/link", []string{"socket"}, []string{"github.com/gorilla/websocket", "golang.org/x/sys"}},
	{"internal/mirror", []string{"gen/api", "wire"}, nil},
	{"internal/assemble", []string{"gen/api", "wire"}, nil},
	{"internal/outage", []string{"internal/link", "socket"}, nil},
	{"internal/greeting", []string{"gen/api", "internal/link", "socket", "wire"}, nil},
	{"internal/restore", []string{"gen/api", "internal/link", "internal/mirror", "socket", "wire"}, nil},
	{
		"realtime",
		[]string{"gen/api", "internal/link", "internal/mirror", "socket", "wire"},
		[]string{"github.com/cenkalti/backoff"},
	},
	{
		"voice",
		[]string{"audio", "realtime", "gen/api", "internal/link", "internal/mirror", "socket", "wire"},
		nil,
	},
	{
		"agent",
		[]string{"audio", "voice", "realtime", "gen/api", "internal/link", "internal/mirror", "socket", "wire"},
		[]string{"github.com/google/jsonschema-go"},
	},
	{
		"telephony",
		[]string{
			"audio", "voice", "realtime", "gen/api", "gen/exotel", "gen/plivo", "gen/telnyx", "gen/twilio", "gen/vonage",
			"internal/link", "internal/mirror", "socket", "wire",
		},
		[]string{"github.com/gorilla/websocket"},
	},
	{
		"transcribe",
		[]string{"audio", "realtime", "gen/api", "internal/link", "internal/mirror", "socket", "wire"},
		nil,
	},
	{
		"usage",
		[]string{"realtime", "gen/api", "internal/link", "internal/mirror", "socket", "wire"},
		nil,
	},
	{"recording/proxy", []string{"recording"}, []string{"github.com/gorilla/websocket"}},
	{
		"recording/tap",
		[]string{"agent", "audio", "voice", "realtime", "recording", "usage", "gen/api", "internal/link", "internal/mirror", "socket", "wire"},
		[]string{"github.com/google/jsonschema-go"},
	},
	{
		"view",
		[]string{"audio", "recording", "usage", "realtime", "gen/api", "internal/link", "internal/mirror", "socket", "wire"},
		nil,
	},
	{
		"probe",
		[]string{"realtime", "gen/api", "internal/link", "internal/mirror", "socket", "wire"},
		nil,
	},
	{
		"identity",
		[]string{"realtime", "gen/api", "internal/link", "internal/mirror", "socket", "wire"},
		nil,
	},
	{
		"clientsecret",
		[]string{"realtime", "gen/api", "internal/link", "internal/mirror", "socket", "wire"},
		nil,
	},
	{
		"calls",
		[]string{"realtime", "gen/api", "internal/link", "internal/mirror", "socket", "wire"},
		nil,
	},
	{
		"caller/carriers",
		[]string{
			"caller", "agent", "audio", "gen/api", "gen/exotel", "gen/plivo", "gen/telnyx", "gen/twilio", "gen/vonage", "internal/link", "internal/mirror",
			"realtime", "realtimetest", "realtimetest/like", "recording", "recording/proxy", "socket", "telephony", "telephony/telephonytest", "usage", "view", "voice", "wire",
		},
		[]string{"go.yaml.in/yaml"},
	},
	{
		"caller",
		[]string{
			"agent", "audio", "gen/api", "internal/link", "internal/mirror", "realtime", "realtimetest", "realtimetest/like", "recording", "recording/proxy", "socket", "usage", "view", "voice", "wire",
		},
		[]string{"go.yaml.in/yaml"},
	},
	{
		"realtimetest",
		[]string{"audio", "gen/api", "recording", "recording/proxy", "wire"},
		[]string{"github.com/gorilla/websocket"},
	},
}

func TestDependenciesPointDown(t *testing.T) {
	t.Parallel()
	deps := listDeps(t)
	// A layer may also use the outside dependencies of the layers below it.
	var below []string
	for _, layer := range layers {
		below = append(below, layer.outside...)
		for pkg, all := range deps {
			if layerOf(pkg) != layer.pkg {
				continue
			}
			for _, dep := range all {
				if path, ok := strings.CutPrefix(dep, module+"/"); ok {
					helper := strings.HasPrefix(path, "internal/") && path != "internal/link" && path != "internal/mirror"
					allowed := within(path, layer.pkg) || helper || slices.ContainsFunc(layer.inside, func(p string) bool { return path == p || within(path, p+"/internal") })
					assert.Truef(t, allowed, "%s depends on %s", pkg, path)
					continue
				}
				allowed := slices.ContainsFunc(below, func(p string) bool { return within(dep, p) })
				assert.Truef(t, allowed, "%s depends on %s", pkg, dep)
			}
		}
	}
}

// layerOf returns the layer of a package: the longest path that is the package's or above
// it, "" for a package without one.
func layerOf(pkg string) (longest string) {
	for _, layer := range layers {
		if within(pkg, layer.pkg) && len(layer.pkg) > len(longest) {
			longest = layer.pkg
		}
	}
	return longest
}

func TestNothingDependsOnTheGenerator(t *testing.T) {
	t.Parallel()
	for pkg, all := range listDeps(t) {
		if within(pkg, "cmd") {
			continue
		}
		for _, dep := range all {
			assert.Falsef(t, within(dep, module+"/cmd"), "%s depends on %s", pkg, dep)
		}
	}
}

func TestBrowsersGetNoSocketLibrary(t *testing.T) {
	t.Parallel()
	deps := listDeps(t, "GOOS=js", "GOARCH=wasm")
	require.Contains(t, deps, "realtime")
	for pkg, all := range deps {
		if within(pkg, "realtime") {
			for _, dep := range all {
				assert.Falsef(t, within(dep, "github.com/gorilla/websocket"), "%s depends on %s in a browser", pkg, dep)
			}
		}
	}
}

// listDeps returns the dependencies of each package of the module, without the standard
// library. The keys are paths within the module. The environment env can select another
// platform.
func listDeps(t *testing.T, env ...string) map[string][]string {
	t.Helper()
	deps := list(t, `{{.ImportPath}}{{range .Deps}} {{.}}{{end}}`, append(env, "./...")...)
	for pkg, all := range deps {
		deps[pkg] = slices.DeleteFunc(all, func(dep string) bool {
			first, _, _ := strings.Cut(dep, "/")
			return !strings.Contains(first, ".")
		})
	}
	return deps
}

// list runs go list and returns the words of each line, by the first word: a package's
// path within the module. Arguments that start with GO are added to the environment.
func list(t *testing.T, format string, args ...string) map[string][]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-f", format)
	cmd.Env = cmd.Environ()
	for _, arg := range args {
		if strings.HasPrefix(arg, "GO") {
			cmd.Env = append(cmd.Env, arg)
		} else {
			cmd.Args = append(cmd.Args, arg)
		}
	}
	out, err := cmd.Output()
	require.NoError(t, err)
	words := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		if fields := strings.Fields(line); len(fields) > 0 {
			words[strings.TrimPrefix(strings.TrimPrefix(fields[0], module), "/")] = fields[1:]
		}
	}
	require.NotEmpty(t, words)
	return words
}

// within reports whether path is parent or lies below it.
func within(path, parent string) bool {
	return path == parent || strings.HasPrefix(path, parent+"/")
}
