package realtime

import (
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	scripted "github.com/voicelane/realtime-go/internal/peer"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// breakage is how a connection fails: after the nth frame of a direction, in the middle
// of the nth frame of the client, or by a server that reads on and sends no more than n
// frames.
type breakage struct {
	how string // afterWrite, inWrite, afterRead, silent, or "" for a connection that works
	n   int
}

const (
	afterWrite = "after write"
	inWrite    = "in write"
	afterRead  = "after read"
	silent     = "silent after"
)

func (b breakage) String() string {
	if b.how == "" {
		return "works"
	}
	return fmt.Sprint(b.how, " ", b.n)
}

// frail is the client's side of a connection that breaks.
type frail struct {
	net.Conn
	breakage

	mu    sync.Mutex // guards what follows
	wrote int
	read  int // with the answer to the handshake
}

func (c *frail) Write(p []byte) (int, error) {
	if p[0] == 'G' { // The handshake.
		return c.Conn.Write(p)
	}
	c.mu.Lock()
	c.wrote++
	n := c.wrote
	c.mu.Unlock()
	switch {
	case c.how == inWrite && n == c.n:
		half, _ := c.Conn.Write(p[:len(p)/2])
		_ = c.Close()
		return half, io.ErrClosedPipe
	case c.how == afterWrite && n == c.n:
		defer c.Close()
	}
	return c.Conn.Write(p)
}

func (c *frail) Read(p []byte) (int, error) {
	c.mu.Lock()
	over := c.how == afterRead && c.read == c.n+1
	c.mu.Unlock()
	if over {
		_ = c.Close()
		return 0, io.EOF
	}
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read++
	return n, err
}

// breakages returns the ways that a connection fails within its first frames.
func breakages(frames int) []breakage {
	list := []breakage{{}}
	for n := 1; n <= frames; n++ {
		list = append(list, breakage{afterWrite, n}, breakage{inWrite, n}, breakage{afterRead, n}, breakage{silent, n})
	}
	return list
}

// TestNothingIsSentTwiceOverOneConnection breaks a connection while items are confirmed,
// written without an answer, half written and waiting, breaks the restoration after each
// of its frames or lets the server fall silent there, and breaks the connection that
// follows at its begin. Over each connection an item is sent once at most, and in the end
// the conversation holds every item once, in the order in which they were accepted.
func TestNothingIsSentTwiceOverOneConnection(t *testing.T) {
	t.Parallel()
	firsts := []breakage{
		{afterWrite, 1}, {afterRead, 2}, {afterWrite, 2}, {inWrite, 2}, {inWrite, 3}, {afterRead, 3}, {afterWrite, 4}, {inWrite, 4},
	}
	thirds := []breakage{{}, {afterWrite, 1}, {afterWrite, 2}, {inWrite, 2}, {afterRead, 2}}
	step := 1
	if testing.Short() {
		step = 7
	}
	n := 0
	for _, first := range firsts {
		for _, second := range breakages(7) {
			for _, third := range thirds {
				if n++; n%step != 0 {
					continue
				}
				name := fmt.Sprintf("%v, %v, %v", first, second, third)
				for _, mute := range []bool{false, true} {
					if mute {
						name += ", mute"
					}
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) { sendOnce(t, mute, first, second, third) })
					})
				}
			}
		}
	}
}

// onceServer keeps which items arrived over each connection.
type onceServer struct {
	mute bool // It confirms no item.
	how  []breakage

	mu   sync.Mutex // guards what follows
	held [][]string // by connection
}

func (o *onceServer) breakage(n int) breakage {
	if n <= len(o.how) {
		return o.how[n-1]
	}
	return breakage{}
}

// breaks makes the connections of a network fail as they should.
func (o *onceServer) breaks(network *scripted.Network) {
	dials := 0
	network.Wrap = func(conn net.Conn) net.Conn {
		dials++
		return &frail{Conn: conn, breakage: o.breakage(dials)}
	}
}

func (o *onceServer) play(p *peer) {
	o.mu.Lock()
	for len(o.held) < p.N {
		o.held = append(o.held, nil)
	}
	o.mu.Unlock()
	sent := 0
	send := func(frame string) {
		if sent++; o.breakage(p.N).how != silent || sent <= o.breakage(p.N).n {
			p.Send(frame)
		}
	}
	send(`{"type":"session.created","event_id":"s1","session":{"type":"realtime","id":"sess_1"}}`)
	for m := p.Read(); m != nil; m = p.Read() {
		if m["type"] == "session.update" {
			send(`{"type":"session.updated","event_id":"e","session":{"type":"realtime","id":"sess_1"}}`)
		}
		if m["type"] != "conversation.item.create" {
			continue
		}
		id := textAt(m, "item", "id")
		o.mu.Lock()
		o.held[p.N-1] = append(o.held[p.N-1], id)
		o.mu.Unlock()
		if o.mute {
			continue
		}
		rest := `"type":"message","role":"user","content":[{"type":"input_text","text":"x"}]`
		switch textAt(m, "item", "type") {
		case "function_call":
			rest = `"type":"function_call","call_id":"call_1","name":"f","arguments":"{}","status":"completed"`
		case "function_call_output":
			rest = `"type":"function_call_output","call_id":"call_1","output":"done"`
		}
		send(item(id, rest))
	}
}

func sendOnce(t *testing.T, mute bool, how ...breakage) {
	t.Helper()
	srv := &onceServer{mute: mute, how: how}
	c, network := scriptNet(t, srv.play)
	srv.breaks(network)
	s := connect(t, c, &Options{PingInterval: -1, Reconnect: &Reconnect{Attempts: 20, InitialDelay: time.Second}})
	var lost []string
	var receiver sync.WaitGroup
	down := make(chan struct{}, 99)
	receiver.Go(func() {
		for e, err := range s.Events(t.Context()) {
			if !assert.NoError(t, err) {
				return
			}
			switch e := e.(type) {
			case *Reconnecting:
				down <- struct{}{}
			case *Reconnected:
				for _, l := range e.Lost {
					lost = append(lost, l.ID)
				}
			default:
			}
		}
	})
	said := func(id string) api.Item {
		return &api.UserMessage{ID: &id, Content: []api.UserContent{{Type: api.UserContentTypeInputText, Text: new("x")}}}
	}
	var accepted []string
	send := func(item api.Item) {
		require.NoError(t, s.SendItem(t.Context(), item))
		accepted = append(accepted, api.ItemID(item))
	}
	require.NoError(t, s.Send(t.Context(), &api.SessionUpdate{Session: &api.RealtimeSessionConfig{Instructions: new("x")}}))
	send(said("a"))
	send(&api.FunctionCall{ID: new("b"), CallID: "call_1", Name: "f", Arguments: "{}"})
	send(&api.FunctionCallOutput{ID: new("c"), CallID: "call_1", Output: "done"})
	<-down
	send(said("d"))
	send(said("e"))
	time.Sleep(5 * time.Minute)
	send(said("f"))
	time.Sleep(5 * time.Minute)
	require.NoError(t, s.Close())
	receiver.Wait()

	srv.mu.Lock()
	defer srv.mu.Unlock()
	for i, ids := range srv.held {
		once := slices.Compact(slices.Sorted(slices.Values(ids)))
		assert.Len(t, once, len(ids), "connection %d: %v", i+1, srv.held)
	}
	assert.Equal(t, accepted, srv.held[len(srv.held)-1], "%v", srv.held)
	assert.Empty(t, lost)
}

// TestALateRestorationChangesNothing lets the time for a restoration run out with its last
// answer. The attempt may count as failed then, although the new connection had everything:
// the next one sends each item once, and the report is as if it had been the first.
func TestALateRestorationChangesNothing(t *testing.T) {
	t.Parallel()
	for _, mute := range []bool{false, true} {
		for range 20 { // Whether the attempt counts is up to a select.
			synctest.Test(t, func(t *testing.T) {
				srv := &onceServer{mute: mute, how: []breakage{{afterWrite, 3}}}
				c, network := scriptNet(t, srv.play)
				srv.breaks(network)
				late := 2
				if mute {
					late = 3 // One attempt finds out that the server confirms nothing.
				}
				const timeout = 10 * time.Second
				s := connect(t, c, &Options{
					PingInterval: -1, Reconnect: &Reconnect{RestoreTimeout: timeout},
					Taps: []*Tap{{Received: func(e Event, _ error, _ []byte) {
						if _, greets := e.(*api.SessionCreated); mute && !greets || network.Dials() != late {
							return
						}
						if x, ok := e.(*api.ConversationItemAdded); mute || ok && api.ItemID(x.Item) == "b" {
							time.Sleep(timeout)
						}
					}}},
				})
				require.NoError(t, s.AppendAudio(t.Context(), make([]byte, 960)))
				for _, id := range []string{"a", "b"} {
					require.NoError(t, s.SendItem(t.Context(), &api.UserMessage{ID: &id, Content: []api.UserContent{{Type: api.UserContentTypeInputText, Text: new("x")}}}))
				}
				again := next[*Reconnected](t, s)
				assert.Equal(t, 960, again.UncommittedAudio)
				if mute {
					assert.Len(t, again.Uncertain, 2)
				} else {
					assert.Equal(t, []string{"a", "b"}, again.Restored)
				}
				synctest.Wait()
				require.NoError(t, s.Close())
				assert.Equal(t, []string{"a", "b"}, srv.held[len(srv.held)-1], "%v", srv.held)
			})
		}
	}
}
