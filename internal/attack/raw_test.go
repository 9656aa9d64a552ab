package attack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/socket"
)

// raw is a raw session: one goroutine sends, another receives.
type raw struct {
	*front
	s       *realtime.RawSession
	account *account

	accepted int
	sent     []string // what was accepted and not taken, in order
	got      []string // what arrived, in order
}

func newRaw(f *front) *raw { return &raw{front: f} }

func (x *raw) run() {
	opts := x.opts
	opts.Reconnect = nil
	if x.rng.IntN(2) == 0 {
		opts.SendPolicy, opts.SendQueueBytes = socket.SendFail, 8<<10
	}
	if !x.connect(func(ctx context.Context) (err error) {
		x.account = newAccount()
		opts.Taps = []*realtime.Tap{x.account.tap()}
		x.s, err = x.client.ConnectRaw(ctx, realtime.Model("gpt-realtime-2.1"), &opts)
		return err
	}) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(5+x.rng.IntN(60))*x.unit())
	defer cancel()
	var wg, receiver sync.WaitGroup
	receiver.Go(func() {
		for message, err := range x.s.Messages(context.Background()) {
			x.judge(err)
			if err == nil {
				x.got = append(x.got, string(message))
			}
		}
	})
	if x.rng.IntN(2) == 0 {
		wg.Go(func() { x.end(ctx, x.account, x.s); cancel() })
	}
	wg.Go(func() { x.send(ctx, x.stream(2)) })
	wg.Wait()
	err := x.within(x.opts.CloseTimeout, "Close", x.s.Close)
	receiver.Wait()
	assert.True(x.t, ended(x.s.Err()) || errors.Is(x.s.Err(), errAborted), "%v", x.s.Err())
	a := x.account
	a.check(x.front, x.s, err, nil, -1)
	fates := a.fates[socket.Written].Load() + a.fates[socket.Uncertain].Load() + a.fates[socket.Unsent].Load()
	assert.EqualValues(x.t, x.accepted, fates, "one fate for each message")
	if x.strict() {
		x.compare(x.net.srv.Conns())
	}
}

func (x *raw) send(ctx context.Context, rng *rand.Rand) {
	for n := 0; ctx.Err() == nil && x.s.Err() == nil && n < 200; n++ {
		message := fmt.Sprintf(`{ "type": "conversation.item.create",%s"event_id":"raw_%d","item":{"id":"i_%d","type":"message","role":"user","content":[{"type":"input_text","text":%q}]} }`,
			strings.Repeat(" ", rng.IntN(3)), n, n, strings.Repeat("x", rng.IntN(3000)))
		call, cancel := context.WithTimeout(context.Background(), time.Duration(rng.Int64N(int64(40*x.unit()))))
		err := x.within(40*x.unit(), "raw Send", func() error { return x.s.Send(call, []byte(message)) })
		cancel()
		if err == nil {
			x.accepted++
			x.sent = append(x.sent, message)
		}
		switch rng.IntN(30) {
		case 0:
			x.without(x.s.TakeUnsent())
		case 1:
			call, cancel := context.WithTimeout(context.Background(), x.unit())
			_ = x.within(x.unit(), "raw Flush", func() error { return x.s.Flush(call) })
			cancel()
		default:
		}
		x.sleep(ctx, rng, x.unit()/2)
	}
}

// without removes what was taken from what is to arrive.
func (x *raw) without(taken []socket.UnsentEvent) {
	tally.add("events taken", len(taken))
	if !assert.LessOrEqual(x.t, len(taken), len(x.sent)) {
		return
	}
	from := len(x.sent) - len(taken)
	for i, e := range taken {
		assert.Equal(x.t, x.sent[from+i], string(e.Message), "taken")
	}
	x.sent = x.sent[:from]
}

// compare holds that both sides got the bytes that the other sent, in order and without
// a gap.
func (x *raw) compare(conns []*realtimetest.Conn) {
	tally.add("raw sessions compared", 1)
	for _, c := range conns {
		var sent, received []string
		for _, e := range c.Log() {
			if e.Direction == realtimetest.Sent {
				sent = append(sent, string(e.Data))
			} else {
				received = append(received, string(e.Data))
			}
		}
		if len(x.got) > 0 && (len(sent) == 0 || sent[0] != x.got[0]) {
			assert.Empty(x.t, received, "a connection that was given up before")
			continue
		}
		for i, m := range received {
			if !assert.Less(x.t, i, len(x.sent)) || !assert.Equal(x.t, x.sent[i], m) {
				return
			}
		}
		for i, m := range x.got {
			if !assert.Less(x.t, i, len(sent)) || !assert.Equal(x.t, sent[i], m) {
				return
			}
		}
		if len(x.got) > 0 {
			return
		}
	}
	if len(x.got) > 0 && !errors.Is(x.s.Err(), io.EOF) {
		tally.add("raw sessions broken", 1)
	}
}
