package codec

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

// The build without assembly is a separate process: this program, built with a tag.

// portable is the sample of one group from that process.
type portable struct {
	Title   string        `json:"title"`
	Audio   bool          `json:"audio"` // decoded
	Samples []stat.Sample `json:"samples"`
}

type portables struct {
	Groups []portable `json:"groups"`
}

var portablePeers = []string{reused, session, ours, client, std, stdOne}

// Main runs the process without assembly. It serves requests from standard input.
func Main() error {
	return process.Serve(func(plan stat.Plan) (any, error) {
		var out []portable
		for _, g := range groups(nil) {
			g.peers = slices.DeleteFunc(g.peers, func(p stat.Peer) bool { return !slices.Contains(portablePeers, p.Name) })
			m, err := measure(g, plan)
			if err != nil {
				return nil, err
			}
			out = append(out, portable{g.title, g.kind == audioDelta, m.samples})
		}
		return portables{out}, nil
	})
}

// Purego measures the build without assembly. The argument makes this program run
// [Main].
func Purego(ctx context.Context, plan stat.Plan, argument string) (report.Section, error) {
	s := report.Section{
		Title: "Codec without assembly",
		Intro: "The same with the build tag `purego`, in a separate process, as on a processor without assembly.",
	}
	dir, err := os.MkdirTemp("", "bench-*")
	if err != nil {
		return s, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program := filepath.Join(dir, "bench")
	build := exec.CommandContext(ctx, "go", "build", "-tags", "purego", "-o", program, ".") //nolint:gosec // The command line is this program's own.
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return s, err
	}
	child, err := process.Start(ctx, process.Spec{Name: program, Args: []string{argument}, Core: process.AnyCore})
	if err != nil {
		return s, err
	}
	defer child.Close()
	var all portables
	if err := child.Ask(ctx, plan, &all); err != nil {
		return s, err
	}
	s.Tables, s.Goals = []report.Table{portableTable(all.Groups)}, portableGoals(all.Groups)
	return s, nil
}

func portableTable(all []portable) report.Table {
	t := report.Table{Columns: []string{"", "client", "time", "times as fast as the community client", "as two passes, unions left raw"}}
	for _, p := range all {
		for i := range p.Samples {
			s := &p.Samples[i]
			if !slices.Contains([]string{reused, session, ours}, s.Peer) {
				continue
			}
			row := []string{p.Title, s.Peer, report.Nanos(s.Median()), fmt.Sprintf("%.1f", s.Times(stat.Find(p.Samples, client)))}
			if two := stat.Find(p.Samples, std); two != nil {
				row = append(row, fmt.Sprintf("%.1f", s.Times(two)))
			} else {
				row = append(row, "–")
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// portableGoals compares the worst size of audio with the goals.
func portableGoals(all []portable) []report.Goal {
	var out []report.Goal
	for _, peer := range []string{reused, ours} {
		worst := 0.0
		for _, p := range all {
			if !p.Audio {
				continue
			}
			if speed := stat.Find(p.Samples, peer).Times(stat.Find(p.Samples, std)); worst == 0 || speed < worst {
				worst = speed
			}
		}
		how := "fresh"
		if peer == reused {
			how = "reused"
		}
		out = append(out, report.Goal{
			What: "Decode an audio delta without assembly, " + how, Goal: "at least 10 times as fast as two passes of encoding/json",
			Here: fmt.Sprintf("%.1f at the worst size", worst), Met: worst >= 10,
		})
	}
	return out
}
