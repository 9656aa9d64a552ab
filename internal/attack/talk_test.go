package attack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/socket"
)

// talk is a conversation: several goroutines send, request, stream and append audio,
// another receives, runs tools or discards, and one may close in the midst of it.
type talk struct {
	*front
	name string
	s    *realtime.Session

	ctx    context.Context // Ends when the senders stop.
	cancel context.CancelFunc
	closes bool // It is closed in the midst.

	account *account

	mu   sync.Mutex // guards what follows
	book ledger
}

func newTalk(f *front) *talk {
	k := &talk{front: f, name: fmt.Sprintf("t%d", f.number), book: newLedger()}
	k.closes = k.rng.IntN(3) == 0
	return k
}

func (k *talk) run() {
	opts := k.opts
	switch k.rng.IntN(12) {
	case 0:
		opts.Overflow = socket.OverflowFail
	case 1, 2:
		opts.Overflow = socket.OverflowDropOldest
	default:
	}
	if !k.connect(func(ctx context.Context) (err error) {
		k.account = newAccount()
		opts.Taps = []*realtime.Tap{k.account.tap()}
		k.s, err = k.client.Connect(ctx, realtime.Model("gpt-realtime-2.1"), &opts)
		return err
	}) {
		return
	}
	k.account.armed.Store(true)
	k.ctx, k.cancel = context.WithTimeout(context.Background(), time.Duration(10+k.rng.IntN(120))*k.unit())
	defer k.cancel()
	receiver := k.receive()
	k.work()
	k.quiet()
	err := k.within(k.opts.CloseTimeout, "Close", k.s.Close)
	k.judge(k.s.Err())
	receiver.Wait()
	k.check(err)
}

// work runs the senders until their time is over.
func (k *talk) work() {
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() { (&worker{talk: k, w: w, rng: k.stream(uint64(10 + w))}).run() })
	}
	wg.Go(func() { k.speak(k.ctx, k.s.AppendAudio, k.s.Done()) })
	if k.closes {
		wg.Go(func() { k.end(k.ctx, k.account, k.s); k.cancel() })
	}
	wg.Wait()
}

// quiet ends the mischief of the proxy for this talk's end: if the session lives, it
// has to work again.
func (k *talk) quiet() {
	if k.s.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 600*k.unit())
	defer cancel()
	k.temper.calmDown()
	for n := 0; k.s.Err() == nil && n < 20; n++ {
		item := api.UserText("end")
		item.ID = new(fmt.Sprintf("%s_end%d", k.name, n))
		e := &api.ConversationItemCreate{Item: item}
		err := k.within(600*k.unit(), "the last request", func() error { _, err := k.s.Request(ctx, e); return err })
		if err == nil {
			k.mu.Lock()
			k.book.ended = *item.ID
			k.mu.Unlock()
			return
		}
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
	}
	assert.True(k.t, k.s.Err() != nil || k.opts.Reconnect == nil || !k.strict(), "%s: the session lives and does not work", k.name)
}

// receive starts the receiver.
func (k *talk) receive() *sync.WaitGroup {
	var wg sync.WaitGroup
	switch k.rng.IntN(4) {
	case 0:
		k.s.Discard()
		k.book.blind = true
	case 1: // Slow, and it receives events one by one.
		wg.Go(func() { k.loop(k.stream(8)) })
	case 2:
		wg.Go(func() { k.loop(nil) })
	default:
		k.book.blind = true
		m := realtime.NewMux()
		realtime.On(m, k.call)
		m.OnServerError(func(_ context.Context, _ *realtime.Session, err *realtime.ServerError) error {
			k.judge(err)
			return nil
		})
		m.OnError(func(_ context.Context, _ *realtime.Session, err error) error { k.judge(err); return nil })
		m.HandleAll(func(_ context.Context, _ *realtime.Session, e api.ServerEvent) error { k.take(e); return nil })
		wg.Go(func() { k.judge(m.Run(context.Background(), k.s)) })
	}
	if k.rng.IntN(2) == 0 {
		responses := k.s.Responses(context.Background())
		wg.Go(func() {
			for r, err := range responses {
				k.judge(err)
				if err != nil {
					return
				}
				if _, err := io.Copy(io.Discard, r.Audio(context.Background())); err != nil {
					k.judge(err)
				}
			}
		})
	}
	return &wg
}

// call runs a function that the model calls, and asks the model to go on.
func (k *talk) call(ctx context.Context, s *realtime.Session, e *api.ResponseOutputItemDone) error {
	call, ok := e.Item.(*api.FunctionCall)
	if !ok {
		return nil
	}
	d := 10 * k.unit()
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	output := &api.FunctionCallOutput{CallID: call.CallID, Output: "done"}
	_ = k.within(d, "Output", func() error { return s.SendItem(ctx, output) })
	_ = k.within(d, "GoOn", func() error { return s.Send(ctx, &api.ResponseCreate{}) })
	return nil
}

// loop receives with Recv and contexts that end, or with Events.
func (k *talk) loop(slow *rand.Rand) {
	if slow == nil {
		for e, err := range k.s.Events(context.Background()) {
			k.judge(err)
			if err == nil {
				k.take(e)
			}
		}
		return
	}
	for {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(slow.IntN(2000))*k.unit()/1000)
		e, err := k.s.Recv(ctx)
		cancel()
		var malformed *api.DecodeError
		switch {
		case err == nil:
			k.take(e)
		case errors.Is(err, context.DeadlineExceeded) && k.s.Err() == nil, errors.As(err, &malformed):
			k.judge(err)
		case errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, k.s.Err()): // The session's end comes next.
		default:
			k.judge(err)
			return
		}
		if slow.IntN(20) == 0 {
			k.sleep(k.ctx, slow, k.unit())
		}
	}
}

func (k *talk) take(e api.ServerEvent) {
	if x, ok := e.(*api.ErrorEvent); ok {
		k.judge(realtime.NewServerError(x))
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.book.take(e)
}
