package main

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	r := realtimeAlone(t, "version")
	assert.Zero(t, r.status, r.stderr)
	assert.Regexp(t, `^realtime \S+, built with go\S+`, r.stdout)
	for _, flag := range []string{"-version", "--version", "-v"} {
		assert.Equal(t, r, withoutDir(realtimeAlone(t, flag), r.dir), flag)
	}
	var b buildInfo
	require.NoError(t, json.Unmarshal([]byte(realtimeAlone(t, "version", "-json").stdout), &b))
	assert.Equal(t, runtime.Version(), b.Go)
	assert.NotEmpty(t, b.Version)
	assert.Contains(t, realtimeAlone(t, "__complete", "ver").stdout, "version\t")
	assert.Contains(t, realtimeAlone(t).stdout, "--version")
}

func withoutDir(r result, dir string) result {
	r.dir = dir
	return r
}

func TestVersionOfABuild(t *testing.T) {
	t.Parallel()
	info := &debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Version: "v0.3.0"}, Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"},
	}}
	assert.Equal(t, buildInfo{Version: "v0.3.0", Revision: "abc", Modified: true, Go: "go1.26.0"}, buildOf(info, true))
	assert.Equal(t, "v0.3.0, built with go1.26.0", buildOf(info, true).String())
	assert.Equal(t, "(devel), built with go1.26.0", buildOf(&debug.BuildInfo{GoVersion: "go1.26.0"}, true).String())
	assert.Equal(t, "(unknown), built with an unknown Go", buildOf(nil, false).String())
}
