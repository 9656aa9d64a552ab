package main

import (
	"cmp"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// buildInfo is what the Go command has written of the program into it.
type buildInfo struct {
	Version  string `json:"version"`            // "(devel)" without a tag or a repository.
	Revision string `json:"revision,omitempty"` // of the repository
	Modified bool   `json:"modified,omitempty"` // since that revision
	Go       string `json:"go"`
}

func buildOf(info *debug.BuildInfo, ok bool) buildInfo {
	if !ok {
		return buildInfo{Version: "(unknown)", Go: "an unknown Go"}
	}
	b := buildInfo{Version: cmp.Or(info.Main.Version, "(devel)"), Go: info.GoVersion}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

func (b buildInfo) String() string { return b.Version + ", built with " + b.Go }

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of this command",
		Long: `Print the version of this command and that of the Go that has built it, as --version does.
With --json the revision of the repository is printed as well, where the build knows it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b := buildOf(debug.ReadBuildInfo())
			return outputOf(cmd).show(b, "realtime %s", b)
		},
	}
}
