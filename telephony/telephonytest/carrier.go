package telephonytest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
)

// Carrier simulates a carrier. All methods may be called from any goroutine.
type Carrier struct {
	kind   Kind
	c      Config
	dial   dialer
	memory *memory
	server *http.Server
	web    webhook
	wg     sync.WaitGroup

	mu    sync.Mutex // guards what follows
	calls map[string]*Call
	count int
}

// New returns a carrier. Close it after use.
func New(kind Kind, c *Config) *Carrier {
	x := &Carrier{kind: kind, c: *c, memory: newMemory(), calls: map[string]*Call{}}
	x.dial = c.Dial
	if x.dial == nil {
		x.dial = x.memory.dial
	}
	if c.Handler != nil {
		x.Serve(c.Handler)
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return x.dial(ctx) }
	x.web = webhook{kind, &x.c, &http.Client{Transport: &http.Transport{DialContext: dial, DialTLSContext: dial, DisableKeepAlives: true}}}
	return x
}

// Serve serves a handler in memory, as Config.Handler does, for a program that is made after
// the carrier because it has the carrier's [Carrier.Client]. Call it at most once, before the
// first call. It does not block.
func (c *Carrier) Serve(h http.Handler) {
	c.server = &http.Server{Handler: h} //nolint:gosec // Its only client is the simulation.
	c.wg.Go(func() { _ = c.server.Serve(c.memory) })
}

// Listener returns a listener for package audiosocket, to which the carrier connects.
func (c *Carrier) Listener() net.Listener { return c.memory }

// Close ends all calls and waits for them.
func (c *Carrier) Close() {
	c.mu.Lock()
	var running []*Call
	for _, call := range c.calls {
		running = append(running, call)
	}
	c.mu.Unlock()
	for _, call := range running {
		call.Drop()
		call.running.Wait()
	}
	if c.server != nil {
		_ = c.server.Close()
	}
	_ = c.memory.Close()
	c.wg.Wait()
}

// Call lets a caller call. It returns once the stream has begun. [ErrBusy] is returned when
// the program answers so, and a *[RefusedError] when it does not accept the proof of the carrier.
func (c *Carrier) Call(ctx context.Context, from, to string) (*Call, error) {
	call := c.newCall(from, to)
	if err := c.connect(ctx, call); err != nil {
		return nil, err
	}
	call.begin(c.kind != AudioSocket)
	c.mu.Lock()
	c.calls[call.id] = call
	c.mu.Unlock()
	call.running.Go(call.read)
	call.running.Go(call.run)
	return call, nil
}

func (c *Carrier) newCall(from, to string) *Call {
	c.mu.Lock()
	c.count++
	n := c.count
	c.mu.Unlock()
	t := traitsOf(c.kind)
	call := &Call{
		scene: scene{
			from: from, to: to, traits: t, in: t.in, out: t.out, id: callID(c.kind, n), streamID: fmt.Sprintf("MZ%04d", n),
		},
		network: c.c.Network, kick: make(chan struct{}, 1), ended: make(chan struct{}),
		dice: newDice(c.c.Network.Seed, uint64(n)), //nolint:gosec // A small number.
	}
	if c.c.OnClear != AsDocumented {
		call.traits.onClear = c.c.OnClear
	}
	if c.c.In.Valid() {
		call.in = c.c.In
	}
	if c.c.Out.Valid() {
		call.out = c.c.Out
	}
	call.ear.format = call.out
	return call
}

// callID returns the id of the n-th call, in the form that the carrier has.
func callID(k Kind, n int) string {
	switch k {
	case Twilio, Exotel:
		return fmt.Sprintf("CA%04d", n)
	case Telnyx:
		return fmt.Sprintf("v3:call-%04d", n)
	default:
		return fmt.Sprintf("7d00aabb-0000-4000-8000-%012d", n)
	}
}

// connect announces a call and opens its stream.
func (c *Carrier) connect(ctx context.Context, call *Call) error {
	switch c.kind {
	case Twilio:
		call.far = &farTwilio{}
	case SignalWire:
		call.far = &farTwilio{other: true}
	case Exotel:
		call.far = &farExotel{camel: c.c.CamelCase}
	case Telnyx:
		call.far = &farTelnyx{}
	case Plivo:
		call.far = &farPlivo{}
	case Vonage:
		call.far = farVonage{}
	case AudioSocket:
		call.far = newFarAudioSocket(call.in)
		return c.connectSocket(ctx, call)
	default:
		return errors.New("telephonytest: the kind of carrier is unknown")
	}
	d, err := c.web.announce(ctx, &call.scene)
	if err != nil {
		return err
	}
	call.parameters = d.parameters
	t, err := dialStream(ctx, c.dial, d.address, d.header, d.subprotocols...)
	if err != nil {
		return err
	}
	call.conn = t
	return nil
}

// connectSocket opens a connection of AudioSocket. A program that takes it sends silence at
// once.
func (c *Carrier) connectSocket(ctx context.Context, call *Call) error {
	if c.c.Forge || c.c.ForgeStream {
		call.id = "ffffffff-0000-4000-8000-000000000000"
	}
	raw, err := c.dial(ctx)
	if err != nil {
		return ErrBusy
	}
	t := newTCPTransport(raw)
	if err := t.write(call.far.begin(&call.scene)[0]); err != nil || !t.answered() {
		_ = raw.Close()
		return ErrBusy
	}
	call.conn = t
	return nil
}
