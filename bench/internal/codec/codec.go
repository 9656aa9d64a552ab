// Package codec compares this module's decoder and encoder with their peers. All run in
// one process and alternate.
package codec

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

// heap is the size in bytes of live data during the measurement. With an empty heap the
// garbage collector runs every 4 MB and dominates the result, which is measured
// separately.
const heap = 16 << 20

// measured is a group and its samples, with live data and with an empty heap.
type measured struct {
	group

	samples []stat.Sample
	empty   []stat.Sample
}

// Run measures every group. The directory node has the vendor's Node package.
func Run(ctx context.Context, plan stat.Plan, node string) (report.Section, error) {
	s := report.Section{Title: "Codec", Intro: intro(plan), Ratios: map[string]float64{}}
	peer, err := startNode(ctx, node)
	if err != nil {
		s.Skipped = append(s.Skipped, fmt.Sprintf("The vendor's Node package, decoding and encoding: %v.", err))
	}
	defer peer.close()
	s.Skipped = append(s.Skipped, "The community client itself: its module is not available here. A stand-in replaces it in all tables.")
	s.Skipped = append(s.Skipped, "jx in the tables of large events: it has no reflection, so their structs would need hand-written decoders.")
	all := groups(peer)
	if err := verify(all); err != nil {
		return s, err
	}
	var done []measured
	var raw strings.Builder
	for _, g := range all {
		m, err := measure(g, plan)
		if err != nil {
			return s, fmt.Errorf("%s: %w", g.name, err)
		}
		done = append(done, m)
		stat.Raw(&raw, g.name, m.samples)
		s.Tables = append(s.Tables, m.table())
		s.Goals = append(s.Goals, m.goals()...)
		for i := range m.samples {
			if peer := &m.samples[i]; strings.HasPrefix(peer.Peer, ours) {
				s.Ratios[fmt.Sprintf("%s, %s, to the community client", m.title, peer.Peer)] = m.find(client).Times(peer)
			}
		}
	}
	s.Raw = raw.String()
	s.Charts = []report.Chart{chart(done)}
	return s, nil
}

func intro(plan stat.Plan) string {
	return fmt.Sprintf("%d rounds; in each, every peer of a table has a turn of about %v, in random order. Times are medians, ± half\n"+
		"the distance between the quartiles, with %d MB of other data alive; *empty heap* is a third of the rounds without such data.\n"+
		"Ratios are medians over the rounds. The goals take the community client as the reference.", plan.Rounds, plan.Turn, heap>>20)
}

func measure(g group, plan stat.Plan) (m measured, err error) {
	m.group = g
	ballast := make([]byte, heap)
	m.samples, err = plan.Measure(g.peers)
	runtime.KeepAlive(ballast)
	if err != nil {
		return m, err
	}
	plan.Rounds = max(plan.Rounds/3, 1)
	runtime.GC()
	m.empty, err = plan.Measure(g.peers)
	return m, err
}

func (m *measured) find(peer string) *stat.Sample { return stat.Find(m.samples, peer) }

func (m *measured) table() report.Table {
	base, ref := m.find(floor), m.find(client)
	t := report.Table{Title: m.title, Note: m.note, Columns: []string{"", "time", "times as fast as the community client"}}
	if base != nil {
		t.Columns = append(t.Columns, "multiple of the floor", "empty heap")
	} else {
		t.Columns = append(t.Columns, "empty heap")
	}
	t.Columns = append(t.Columns, "bytes", "allocations")
	for i := range m.samples {
		s := &m.samples[i]
		row := []string{
			s.Peer, fmt.Sprintf("%s ± %.0f%%", report.Nanos(s.Median()), 100*s.Spread()), fmt.Sprintf("%.1f", s.Times(ref)),
		}
		if base != nil {
			row = append(row, fmt.Sprintf("%.2f", base.Times(s)), fmt.Sprintf("%.2f", stat.Find(m.empty, floor).Times(&m.empty[i])))
		} else {
			row = append(row, report.Nanos(m.empty[i].Median()))
		}
		t.Rows = append(t.Rows, append(row, report.Count(s.Bytes), report.Count(s.Allocs)))
	}
	return t
}

// chart returns the peers' multiples of the floor by the size of the audio.
func chart(all []measured) report.Chart {
	c := report.Chart{File: "decode.svg", Title: "Decoding an audio delta: multiples of one copy and one base64 decode"}
	for _, m := range all {
		base := m.find(floor)
		if base == nil {
			continue
		}
		c.Sizes = append(c.Sizes, fmt.Sprintf("%d KB", m.size>>10))
		for i := range m.samples {
			if len(c.Lines) <= i {
				c.Lines = append(c.Lines, report.Line{Name: m.samples[i].Peer})
			}
			c.Lines[i].Values = append(c.Lines[i].Values, base.Times(&m.samples[i]))
		}
	}
	c.Lines = c.Lines[1:] // Omit the floor, which is 1.
	return c
}
