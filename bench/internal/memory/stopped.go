package memory

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/voicelane/realtime-go/bench/internal/contender"
	"github.com/voicelane/realtime-go/bench/internal/frames"
	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/bench/internal/report"
	"github.com/voicelane/realtime-go/bench/internal/server"
)

// offered is how much audio is sent to a session whose handler has stopped.
const offered = 96 << 20

// queue is the default bound of a session's receive queue.
const queue = 32 << 20

// stopped is a session whose handler has stopped.
type stopped struct {
	kind   contender.Kind
	taken  float64 // bytes of what was offered
	growth float64 // of heap and stack, in bytes
}

type stops []stopped

// stopAll measures each client with a receiver that stops.
func stopAll(ctx context.Context, srv *server.Remote, p process.Programs) (stops, error) {
	var out stops
	for _, k := range []contender.Kind{contender.Bare, contender.Reused, contender.Owned, contender.Community, contender.OpenAI, contender.OpenAIRaw} {
		one, err := stopOne(ctx, srv, k, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
		out = append(out, one)
	}
	return out, nil
}

func stopOne(ctx context.Context, srv *server.Remote, k contender.Kind, p process.Programs) (s stopped, err error) {
	client, err := contender.Start(ctx, k, p.Client, p.Node)
	if err != nil {
		return s, err
	}
	defer client.Close()
	defer func() { err = errors.Join(err, srv.Drop(ctx)) }()
	if err := errors.Join(client.Open(ctx, &srv.Address, false, 1), client.Stop(ctx)); err != nil {
		return s, err
	}
	before, err := client.Memory(ctx)
	if err != nil {
		return s, err
	}
	taken, err := srv.Flood(ctx, server.All, offered)
	if err != nil {
		return s, err
	}
	after, err := client.Memory(ctx)
	return stopped{k, float64(taken), after.Heap + after.Stack - before.Heap - before.Stack}, err
}

func megabytes(v float64) string { return fmt.Sprintf("%.1f MB", v/(1<<20)) }

func (all stops) table() report.Table {
	minute := float64(len(frames.AudioDelta(server.Sound))) * 600
	t := report.Table{
		Title: "When a receiver stops",
		Note: fmt.Sprintf("A session over plain TCP whose handler does not return, while the server sends %s of events as fast as they are taken.\n"+
			"What is not taken stays with the server, which sees that the client does not read; some MB of it are in the system's buffers.\n"+
			"A minute of PCM16 is %s of events.", megabytes(offered), megabytes(minute)),
		Columns: []string{"client", "taken", "growth of heap and stack", "growth for a MB taken"},
	}
	for _, s := range all {
		t.Rows = append(t.Rows, []string{string(s.kind), megabytes(s.taken), megabytes(s.growth), fmt.Sprintf("%.2f MB", s.growth/s.taken)})
	}
	return t
}

// goal bounds the growth of a session by its receive queue, and what is decoded outside it.
func (all stops) goal() report.Goal {
	g := report.Goal{What: "Session whose receiver stops, plain TCP, " + megabytes(offered) + " sent", Goal: "grows by at most the receive queue's 32 MB and a tenth"}
	most, theirs := 0.0, 0.0
	for _, s := range all {
		if slices.Contains([]contender.Kind{contender.Reused, contender.Owned}, s.kind) {
			most = max(most, s.growth)
		}
		if s.kind == contender.OpenAI {
			theirs = s.growth
		}
	}
	g.Here = fmt.Sprintf("%s; openai-go %s", megabytes(most), megabytes(theirs))
	g.Met = most <= 1.1*queue
	return g
}
