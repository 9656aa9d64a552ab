package fleet_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet"
	"github.com/voicelane/realtime-go/fleet/inproc"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// order is what a worker process does: the test binary starts itself again with it.
type order struct {
	ID, NATS, API string
	Lease         time.Duration
	// Effects is where a tool has its effect: an HTTP request.
	Effects string
	// Stop is the point of a call at which the process reports and goes no further.
	Stop string
	// With Dir the process has a NATS server of its own there, and with Offer a call for it.
	Dir   string
	Offer []byte
}

// The points at which a process stops. At "accept" the job is its own and the accept not
// sent, at "fetched" nothing is written.
const (
	atFetched = "fetched"
	atAccept  = "accept"
	atRun     = "run"
	atTool    = "tool"   // begun, without an effect
	atEffect  = "effect" // with its effect, and not recorded as finished
	atHangUp  = "hang up"

	atTransfer = "transfer"
)

// report is a line that a process prints.
type report struct {
	At, Call string
	Epoch    int
	Err      string
}

const orderEnv = "FLEET_TEST_ORDER"

// process is a worker process.
type process struct {
	cmd     *exec.Cmd
	reports chan report
	read    chan struct{} // closed when its output has ended
}

func start(t *testing.T, o order) *process {
	t.Helper()
	data, err := json.Marshal(o)
	require.NoError(t, err)
	p := &process{cmd: exec.Command(os.Args[0]), reports: make(chan report, 1000), read: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), orderEnv+"="+string(data))
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	go func() {
		defer close(p.read)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			var r report
			if json.Unmarshal(lines.Bytes(), &r) == nil {
				p.reports <- r
			}
		}
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		p.wait()
	})
	return p
}

// kill ends the process as a crash does.
func (p *process) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Kill())
}

// wait waits until a process that was killed has gone.
func (p *process) wait() {
	<-p.read
	_ = p.cmd.Wait() // It was killed.
}

func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(s))
}

// until waits for a report of a point.
func (p *process) until(t *testing.T, at string) report {
	t.Helper()
	for {
		if r := next(t, p.reports); r.At == at {
			return r
		}
	}
}

// obey is the main func of a worker process.
func obey(text string) int {
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if o.Stop == atFetched {
		return fetchAndStop(ctx, o)
	}
	f, err := o.open(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	defer f.Close()
	rt, err := realtime.NewClient(&realtime.Config{APIKey: "sk-secret", BaseURL: o.API, Proxy: realtime.NoProxy})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	say(report{At: "up"})
	err = f.Work(ctx, calls.New(rt), &fleet.Worker{ID: o.ID, Plan: o.plan, Ended: func(job *fleet.Job, err error) {
		say(report{At: "ended", Call: job.ID(), Epoch: job.Epoch(), Err: fmt.Sprint(err)})
	}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	return 0
}

func (o order) open(ctx context.Context) (*fleet.Fleet, error) {
	if o.Dir == "" {
		return fleet.Open(ctx, &fleet.Config{URL: o.NATS, Lease: o.Lease, Shards: 1})
	}
	s, err := inproc.Start(ctx, o.Dir)
	if err != nil {
		return nil, err
	}
	f, err := fleet.Open(ctx, &fleet.Config{Conn: s.Conn, Lease: o.Lease, Shards: 1})
	if err != nil || o.Offer == nil {
		return f, err
	}
	in := &api.RealtimeCallIncoming{}
	if err := json.Unmarshal(o.Offer, in); err != nil {
		return nil, err
	}
	return f, f.Offer(in)
}

// fetchAndStop takes a job as a worker does, and dies before it has written anything.
func fetchAndStop(ctx context.Context, o order) int {
	nc, err := nats.Connect(o.NATS)
	if err != nil {
		return 2
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return 2
	}
	c, err := js.Consumer(ctx, "voice_JOBS_0", "workers")
	if err != nil {
		return 2
	}
	say(report{At: "up"})
	for {
		batch, err := c.Fetch(1, jetstream.FetchMaxWait(time.Second))
		if err != nil {
			return 2
		}
		for range batch.Messages() {
			say(report{At: atFetched})
			select {}
		}
	}
}

func say(r report) {
	data, err := json.Marshal(r)
	if err == nil {
		fmt.Println(string(data))
	}
}

// plan answers each call with one tool, and waits for the end.
func (o order) plan(_ context.Context, job *fleet.Job) (*calls.Plan, error) {
	point := func(at string) {
		say(report{At: at, Call: job.ID(), Epoch: job.Epoch()})
		if o.Stop == at {
			select {}
		}
	}
	return &calls.Plan{
		Session: session(),
		Before: func(_ context.Context, step calls.Step) error {
			point(step.Kind.String())
			return nil
		},
		Run: func(ctx context.Context, call *calls.Call) error {
			call.Session.Discard()
			_, err := job.Once(ctx, "charge", func(ctx context.Context) ([]byte, error) {
				point(atTool)
				if err := o.effect(ctx, job.ID()); err != nil {
					return nil, err
				}
				point(atEffect)
				return []byte("paid"), nil
			})
			say(report{At: "once", Call: job.ID(), Epoch: job.Epoch(), Err: fmt.Sprint(err)})
			switch o.Stop {
			case atHangUp:
				return calls.ErrHangUp
			case atTransfer:
				return calls.TransferTo("tel:+15550199")
			}
			select {
			case <-call.Session.Done():
				return call.Session.Err()
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		},
	}, nil
}

func (o order) effect(ctx context.Context, call string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.Effects+"/"+call, http.NoBody)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	return res.Body.Close()
}
