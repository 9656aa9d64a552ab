package agent

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

var schedules = flag.Int("schedules", 500, "random schedules of each test that runs them")

// TestAgentsInRandomSchedules runs whole conversations: up to five parallel tools that
// return, fail, panic, exit, take too long, repeat, are pending or wait for a person,
// beside hand-offs in the session and to a session of another model, guards that stop
// answers and calls, interruptions, sayings and responses beside the conversation, with a
// server that refuses and fails, and with connections that break after any frame. Every
// turn must get its answer, no call may run twice, no response may be asked for while one
// runs, and nothing may follow the words of a guard. A failure names the seed and prints the frames of the server:
//
//	go test ./agent -run 'AgentsInRandomSchedules/seed_7$' -schedules 8
func TestAgentsInRandomSchedules(t *testing.T) {
	t.Parallel()
	for seed := range seeds() {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { newPlay(t, uint64(seed)).run() })
		})
	}
}

// seeds returns how many schedules to run.
func seeds() int {
	if testing.Short() {
		return min(*schedules, 20)
	}
	return *schedules
}

// play is one random schedule.
type play struct {
	t    *testing.T
	srv  *realtimetest.Server
	desk *Desk

	mu   sync.Mutex // guards what follows
	rng  *rand.Rand
	runs map[string]int // by the arguments of calls
	asks map[string]int // for the approval of calls of the service, by name and arguments
	// outcomes of calls of the service, by name and arguments.
	outcomes map[string]int
	remote   bool // the service calls an MCP server
	apart    bool // the agents need sessions of their own
	trace    []string
	begun    time.Time
	quiet    bool // nothing is refused, fails or breaks any more
}

func newPlay(t *testing.T, seed uint64) *play {
	t.Helper()
	p := &play{t: t, desk: &Desk{Patience: 20 * time.Second}, rng: rand.New(rand.NewPCG(seed, 17)), begun: time.Now()}
	p.runs, p.asks, p.outcomes = map[string]int{}, map[string]int{}, map[string]int{}
	p.remote = p.n(2) == 0
	p.srv = realtimetest.New(&realtimetest.Config{
		PingInterval: -1,
		Script:       realtimetest.Script{Rules: []realtimetest.Rule{{Answer: p.answer}}, Faults: p.faults(), MCP: p.servers()},
	})
	return p
}

func (p *play) n(most int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rng.IntN(most)
}

func (p *play) pause(most time.Duration) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Duration(p.rng.Int64N(int64(most)))
}

func (p *play) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trace = append(p.trace, fmt.Sprintf("%8.3f ", time.Since(p.begun).Seconds())+fmt.Sprintf(format, args...))
}

// faults breaks up to three connections after any frame of either side.
func (p *play) faults() []realtimetest.Fault {
	var faults []realtimetest.Fault
	for i := range p.n(4) {
		do := realtimetest.Step(realtimetest.Cut{})
		if p.n(2) == 0 {
			do = realtimetest.HangUp{Code: 1012}
		}
		faults = append(faults, realtimetest.Fault{
			Conn: i + 1, At: func(realtimetest.Entry) bool { return true }, Nth: 8 + p.n(150), Do: do,
		})
	}
	return faults
}

type job struct {
	Key string `json:"key"`
}

// answer is the model: it makes the calls that the last message asks for and that the
// conversation does not hold, and then answers that all is done.
func (p *play) answer(turn *realtimetest.Turn) []realtimetest.Step {
	if turn.Params != nil && turn.Params.Conversation != nil {
		return []realtimetest.Step{realtimetest.Wait(p.pause(2 * time.Second)), say("Beside.")}
	}
	if turn.Params != nil && turn.Params.ToolChoice != nil {
		_, text, _ := strings.Cut(*turn.Params.Instructions, "\n\n")
		return []realtimetest.Step{realtimetest.Wait(p.pause(time.Second)), say(text)}
	}
	p.mu.Lock()
	quiet := p.quiet
	p.mu.Unlock()
	switch luck := p.n(30); {
	case luck == 0 && !quiet:
		return []realtimetest.Step{realtimetest.Refuse{Type: "server_error", Code: api.Value("overloaded"), Message: "later"}}
	case luck == 1 && !quiet:
		return []realtimetest.Step{realtimetest.Wait(p.pause(time.Second)), realtimetest.Fail{Type: "server_error", Code: "broken", Message: "m"}}
	}
	var asked string
	made := map[string]bool{}
	for _, item := range turn.Items {
		switch x := item.(type) {
		case *api.UserMessage:
			asked = p.asked(x)
		default:
			for _, call := range madeBy(x) {
				made[call] = true
			}
		}
	}
	steps := []realtimetest.Step{realtimetest.Wait(p.pause(2 * time.Second))}
	calls := 0
	for c := range strings.FieldsSeq(asked) {
		name, key, ok := strings.Cut(c, "=")
		arguments := fmt.Sprintf(`{"key":%q}`, key)
		if strings.HasPrefix(name, "transfer") {
			arguments = "{}"
		}
		if ok && !made[name+arguments] {
			steps = append(steps, call(name, arguments))
			calls++
		}
	}
	if calls == 0 {
		steps = append(steps, say("done "+asked))
	}
	return steps
}

// asked returns what a message asks for. One that was spoken asks for calls that depend on
// its id, since its text is the same on each connection.
func (p *play) asked(m *api.UserMessage) string {
	if text := m.Content[0].Text; text != nil && strings.HasPrefix(*text, "request-") || text != nil && strings.HasPrefix(*text, "transfer_") {
		return *text
	}
	id := api.ItemID(m)
	sum := 0
	for _, b := range []byte(id) {
		sum += int(b)
	}
	words, names := []string{"request-" + id}, p.names()
	for k := range sum % 4 {
		words = append(words, fmt.Sprintf("%s=%s.%d", names[(sum+k)%len(names)], id, k))
	}
	return strings.Join(words, " ")
}

// tool is a function of an agent, which ends in any way.
func (p *play) tool(name string) Tool {
	t := Func(name, "Does "+name+".", func(ctx context.Context, j job) (string, error) {
		p.mu.Lock()
		p.runs[name+j.Key]++
		p.mu.Unlock()
		p.note("%s %s runs", name, j.Key)
		luck, takes := p.n(12), p.pause(4*time.Second)
		if p.n(10) == 0 {
			takes *= 5
		}
		time.Sleep(takes)
		switch luck {
		case 0:
			panic("a fault")
		case 1:
			runtime.Goexit()
		case 2:
			<-ctx.Done()
		case 3:
			return "", errors.New("no luck")
		}
		return "ok " + j.Key, nil
	})
	t.Timeout = 15 * time.Second
	switch name {
	case "once":
		t.Once = true
	case "approved":
		t.Approve = p.desk.Approve
	case "pending":
		t.Approve, t.Pending = p.desk.Approve, 2*time.Second
	case "filled":
		t.Filler = "One moment."
	}
	return t
}

var toolNames = []string{"plain", "once", "approved", "filled", "pending", "other"}

func (p *play) agents() *Agent {
	var tools []Tool
	for _, name := range toolNames {
		tools = append(tools, p.tool(name))
	}
	a := &Agent{Name: "a", Tools: tools}
	b := &Agent{Name: "b", Tools: tools, Handoffs: []*Agent{a}}
	a.Handoffs = []*Agent{b}
	p.reach(a)
	p.reach(b)
	if p.apart = p.n(2) == 0; p.apart {
		a.Model, b.Model = "gpt-realtime", "gpt-realtime-mini"
		a.Voice, b.Voice = api.VoiceMarin, api.VoiceCedar
	}
	if p.n(2) == 0 {
		a.Guards, b.Guards = []Guard{p.guard()}, []Guard{p.guard()}
	}
	return a
}

// guard stops an answer in some, and a tool before or after it runs.
func (p *play) guard() Guard {
	luck := func(n int) error {
		if p.n(n) == 0 {
			return errors.New("a guard")
		}
		return nil
	}
	g := Guard{
		Name: "luck", Every: 1 + p.n(40), Instead: "Instead.",
		Check:  func(context.Context, string) error { time.Sleep(p.pause(200 * time.Millisecond)); return luck(20) },
		Input:  func(context.Context, *Call) error { return luck(10) },
		Output: func(context.Context, *Call) error { return luck(10) },
	}
	if p.n(2) == 0 {
		g.Instead = ""
	}
	return g
}

// connect opens the session of an agent.
func (p *play) connect(_ context.Context, a *Agent) (*realtime.Session, error) {
	p.note("connects for %s", a.Name)
	return dial(p.t, p.srv, string(cmp.Or(a.Model, "gpt-realtime"))), nil
}

// request is what the user asks: calls in parallel, or a hand-off.
func (p *play) request(i int, c *Conversation) string {
	if p.n(6) == 0 {
		to := map[string]string{"a": "b", "b": "a"}[c.Agent().Name]
		return fmt.Sprintf("transfer_to_%s=%d", to, i)
	}
	words, names := []string{fmt.Sprintf("request-%d", i)}, p.names()
	for k := range p.n(6) {
		words = append(words, fmt.Sprintf("%s=%d.%d", names[p.n(len(names))], i, k))
	}
	return strings.Join(words, " ")
}

func (p *play) run() {
	t := p.t
	defer p.srv.Close()
	o := &Options{Connect: p.connect}
	if p.n(2) == 0 {
		o.Greeting = "Hello."
	}
	c, err := Start(t.Context(), nil, p.agents(), o)
	require.NoError(t, err)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	go p.watch(c)
	wg.Go(func() { p.decide(stop) })
	wg.Go(func() { p.disturb(c, stop) })
	for i := range 1 + p.n(4) {
		time.Sleep(p.pause(6 * time.Second))
		p.ask(c, i)
	}
	close(stop)
	wg.Wait()
	time.Sleep(5 * time.Minute)
	c.mu.Lock()
	if !c.arbiter.Idle() && !c.interrupted() {
		assert.Fail(t, "not idle", "%+v", c.arbiter)
	}
	for name, left := range map[string]int{"making": len(c.making), "pending": len(c.pending), "replies": len(c.replies)} {
		assert.Zero(t, left, "an hour of responses must not fill %s", name)
	}
	c.mu.Unlock()
	require.NoError(t, c.Close())
	p.check()
	if t.Failed() {
		p.print()
	}
}

// interrupted reports whether outputs wait since the program has interrupted.
func (c *Conversation) interrupted() bool {
	return c.arbiter.Resting(func(string) bool { return true })
}

// ask asks, and expects an answer within a bound.
func (p *play) ask(c *Conversation, i int) {
	text := p.request(i, c)
	p.note("asks %s", text)
	ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Minute)
	defer cancel()
	answer, err := c.Ask(ctx, text)
	if err != nil {
		p.note("not asked: %v", err)
		_, refused := errors.AsType[*realtime.ServerError](err)
		assert.True(p.t, refused, "%v", err)
		return
	}
	if p.n(4) == 0 {
		return // The next one overtakes it.
	}
	turn, err := answer.Turn(ctx)
	if !assert.NoError(p.t, err, "no answer to %s", text) {
		return
	}
	p.note("answered %s: %q cut %t", text, turn.Said, turn.Cut)
	assert.True(p.t, turn.Cut || strings.Contains(turn.Said, "done "+text), "%q: %q", text, turn.Said)
	_, after, _ := strings.Cut(turn.Said, "Instead.")
	assert.NotContains(p.t, after, "done", "the model goes on after a guard: %q", turn.Said)
}

// decide approves and refuses calls.
func (p *play) decide(stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(p.pause(8 * time.Second)):
		}
		for _, c := range p.desk.Waiting() {
			var why error
			if p.n(3) == 0 {
				why = errors.New("refused by a person")
			}
			p.desk.Decide(c.ID, why)
		}
	}
}

// disturb does what programs do beside.
func (p *play) disturb(c *Conversation, stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(p.pause(20 * time.Second)):
		}
		ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
		switch p.n(5) {
		case 4:
			p.note("hands off: %v", c.HandOff(ctx, c.Agent().Handoffs[0]))
		case 0:
			p.note("interrupts")
			assert.NoError(p.t, c.Interrupt(ctx))
		case 1:
			err := c.Say(ctx, "Something.")
			p.note("said: %v", err)
			assert.True(p.t, err == nil || errors.Is(err, ErrCut) || errors.Is(err, ErrUnanswered), "%v", err)
		case 2:
			_, err := c.Session().Respond(ctx, &api.ResponseCreate{Response: &api.ResponseParams{Conversation: new(api.ResponseConversationNone)}})
			p.note("beside: %v", err)
		case 3:
			p.note("told: %v", c.Tell(ctx, "Something."))
		}
		cancel()
	}
}

// check holds what the server saw to the rules.
func (p *play) check() {
	for key, n := range p.runs {
		assert.Equal(p.t, 1, n, "%s ran %d times", key, n)
	}
	for _, conn := range p.srv.Conns() {
		for _, e := range realtimetest.AllSent[*api.ErrorEvent](conn) {
			code, _ := e.Error.Code.Get()
			assert.NotEqual(p.t, realtime.CodeResponseActive, code)
		}
		calls := map[string]int{}
		for _, e := range realtimetest.AllReceived[*api.ConversationItemCreate](conn) {
			if f, ok := e.Item.(*api.FunctionCallOutput); ok {
				calls[f.CallID]++
			}
		}
		for id, n := range calls {
			assert.LessOrEqual(p.t, n, 3, "output of %s", id)
		}
	}
	p.checkRemote()
}

func (p *play) print() {
	p.t.Log(p, "\n"+strings.Join(p.trace, "\n"))
	for i, conn := range p.srv.Conns() {
		for _, e := range conn.Log() {
			var m map[string]any
			_ = json.Unmarshal(e.Data, &m)
			if !strings.Contains(e.Type, "delta") && !strings.Contains(e.Type, "content_part") && !strings.Contains(e.Type, "rate_limits") {
				p.t.Logf("%d %8.3f %s %s", i, e.At.Seconds(), e.Direction, string(e.Data[:min(len(e.Data), 420)]))
			}
		}
	}
}
