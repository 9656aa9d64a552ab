// Package socket compares the cost of sending audio, from the call to the write on the
// connection.
package socket

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"runtime"
	"strconv"
	"strings"

	"github.com/voicelane/realtime-go/bench/internal/frames"
	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/server"
	"github.com/voicelane/realtime-go/bench/internal/stat"
)

var (
	sizes   = []int{160, 960, 4800, 10000}
	senders = []string{bare, ours, client, vendor}
)

// measured has the samples for one size of audio.
type measured struct {
	size    int
	secure  bool
	samples []stat.Sample
	writes  []float64 // per send, by sender
}

// Run measures every size, over TCP and over TLS.
func Run(ctx context.Context, plan stat.Plan, p process.Programs) (report.Section, error) {
	s := report.Section{
		Title: "Sending", Intro: fmt.Sprintf("An append of audio, from the call to the write on the connection, which counts and discards it; each send waits for\n"+
			"the write. GOMAXPROCS is 1; %d rounds of turns of about %v. The handshake is real, over loopback.\n"+
			"realtime-go calls Session.Send with the same event; AppendAudio makes an event for each call, one more allocation.", plan.Rounds, plan.Turn),
		Skipped: []string{"The vendor's Node package, sending: its writes cannot be observed."},
	}
	srv, err := server.Start(ctx, p.Server)
	if err != nil {
		return s, err
	}
	defer srv.Close()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var raw strings.Builder
	s.Ratios = map[string]float64{}
	for _, secure := range []bool{false, true} {
		all, err := transport(ctx, srv, secure, plan)
		if err != nil {
			return s, err
		}
		s.Tables = append(s.Tables, table(all, secure))
		for i := range all {
			s.Goals = append(s.Goals, all[i].goals()...)
			s.Ratios[fmt.Sprintf("send %d bytes over %s, to the bare socket", all[i].size, name(secure))] = stat.Find(all[i].samples, bare).Times(stat.Find(all[i].samples, ours))
			stat.Raw(&raw, fmt.Sprintf("send-%s/%d", strings.Fields(name(secure))[0], all[i].size), all[i].samples)
		}
	}
	s.Raw = raw.String()
	return s, nil
}

func name(secure bool) string {
	if secure {
		return "TLS"
	}
	return "plain TCP"
}

func transport(ctx context.Context, srv *server.Remote, secure bool, plan stat.Plan) ([]measured, error) {
	conf, base := &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: x509.NewCertPool()}, srv.Plain
	conf.RootCAs.AppendCertsFromPEM([]byte(srv.Roots))
	if secure {
		base = srv.TLS
	}
	var all []*sender
	for _, name := range senders {
		s, err := open(ctx, name, base, conf)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		defer func() { _ = s.end() }()
		all = append(all, s)
	}
	var out []measured
	for _, size := range sizes {
		m, err := measure(all, size, plan)
		if err != nil {
			return nil, err
		}
		m.secure = secure
		out = append(out, m)
	}
	return out, nil
}

func measure(all []*sender, size int, plan stat.Plan) (m measured, err error) {
	m.size = size
	audio := frames.PCM(size)
	var peers []stat.Peer
	for _, s := range all {
		peers = append(peers, stat.Peer{Name: s.name, Run: func() error { return s.once(audio) }})
		writes, err := s.count(audio)
		if err != nil {
			return m, fmt.Errorf("%s: %w", s.name, err)
		}
		m.writes = append(m.writes, writes)
	}
	m.samples, err = plan.Measure(peers)
	return m, err
}

// once sends audio and waits for the first write.
func (s *sender) once(audio []byte) error {
	if err := s.send(audio); err != nil {
		return err
	}
	s.conn.await()
	return nil
}

// count returns the number of writes of one send, and checks that all data was written.
func (s *sender) count(audio []byte) (float64, error) {
	const n = 100
	if err := s.once(audio); err != nil {
		return 0, err
	}
	writes, bytes := s.conn.writes.Load(), s.conn.bytes.Load()
	for range n {
		if err := s.once(audio); err != nil {
			return 0, err
		}
	}
	if s.conn.bytes.Load()-bytes < int64(n*len(audio)*4/3) {
		return 0, errShort
	}
	return float64(s.conn.writes.Load()-writes) / n, nil
}

func table(all []measured, secure bool) report.Table {
	t := report.Table{
		Title:   "Over " + name(secure),
		Columns: []string{"client", "bytes of audio", "time", "times as fast as the community client", "writes", "bytes allocated", "allocations"},
	}
	for i := range all {
		ref := stat.Find(all[i].samples, client)
		for k := range all[i].samples {
			s := &all[i].samples[k] //nolint:gosec // k is in range.
			t.Rows = append(t.Rows, []string{
				s.Peer, strconv.Itoa(all[i].size), fmt.Sprintf("%s ± %.0f%%", report.Nanos(s.Median()), 100*s.Spread()),
				fmt.Sprintf("%.1f", s.Times(ref)), fmt.Sprintf("%.3g", all[i].writes[k]), report.Count(s.Bytes), report.Count(s.Allocs),
			})
		}
	}
	return t
}

// goals compares the samples with the goals. The goal for speed applies to 100 ms of
// audio and more without TLS: below that, the unavoidable work alone exceeds a
// thirtieth of the community client's time.
func (m *measured) goals() []report.Goal {
	var writes float64
	for i, s := range m.samples {
		if s.Peer == ours {
			writes = m.writes[i]
		}
	}
	s, ref := stat.Find(m.samples, ours), stat.Find(m.samples, client)
	what := fmt.Sprintf("Send an append of %d bytes over %s", m.size, name(m.secure))
	out := []report.Goal{{
		What: what, Goal: "exactly one write, at most 1 allocation", Met: writes == 1 && s.Allocs <= 1,
		Here: fmt.Sprintf("%.3g, %.0f", writes, s.Allocs),
	}}
	if m.size >= server.Sound && !m.secure {
		speed := s.Times(ref)
		out = append(out, report.Goal{
			What: what, Goal: "at least 30 times as fast as the community client", Met: speed >= 30,
			Here: fmt.Sprintf("%.1f; the bare socket %.1f", speed, stat.Find(m.samples, bare).Times(ref)),
		})
	}
	return out
}
