package attack

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// translation is a translation session, with updates beside its audio.
type translation struct {
	*front
	s       *realtime.TranslationSession
	account *account
}

func newTranslation(f *front) *translation { return &translation{front: f} }

func (x *translation) run() {
	opts := x.opts
	if !x.connect(func(ctx context.Context) (err error) {
		x.account = newAccount()
		opts.Taps = []*realtime.Tap{x.account.tap()}
		x.s, err = x.client.ConnectTranslation(ctx, "gpt-realtime-translate", &opts)
		return err
	}) {
		return
	}
	x.account.armed.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(5+x.rng.IntN(60))*x.unit())
	defer cancel()
	var wg, receiver sync.WaitGroup
	receiver.Go(func() {
		for e, err := range x.s.Events(context.Background()) {
			x.judge(err)
			if _, ok := e.(*realtime.TranslationReconnected); ok {
				tally.add("outages of translations", 1)
			}
		}
	})
	wg.Go(func() { x.speak(ctx, x.s.AppendAudio, x.s.Done()) })
	wg.Go(func() {
		rng := x.stream(2)
		for ctx.Err() == nil && x.s.Err() == nil {
			call, done := context.WithTimeout(context.Background(), time.Duration(rng.IntN(20000))*x.unit()/1000)
			change := api.TranslationSessionChange{Audio: &api.TranslationAudio{Output: &api.TranslationAudioOutput{Language: new("pt")}}}
			switch rng.IntN(5) {
			case 0:
				_ = x.within(20*x.unit(), "SendReceipt", func() error {
					r, err := x.s.SendReceipt(call, &api.TranslationSessionUpdate{Session: change})
					x.account.keep(r, err)
					return err
				})
			case 1:
				_ = x.within(20*x.unit(), "Flush", func() error { return x.s.Flush(call) })
			case 2:
				if rng.IntN(3) == 0 {
					x.account.take(x.s)
				}
			default:
				_ = x.within(20*x.unit(), "Update", func() error { _, err := x.s.Update(call, change); return err })
			}
			done()
			x.sleep(ctx, rng, 4*x.unit())
		}
	})
	if x.rng.IntN(4) == 0 {
		wg.Go(func() { x.end(ctx, x.account, x.s); cancel() })
	}
	wg.Wait()
	err := x.finish(x.s.Finish, x.s.Close, x.s.Err)
	receiver.Wait()
	x.account.check(x.front, x.s, err, nil, 0)
	if x.strict() {
		x.checkAudio(x.net.srv.Conns(), x.account.skipped)
	}
}

// speak appends numbered audio until the context or the session ends.
func (f *front) speak(ctx context.Context, appendAudio func(context.Context, []byte) error, done <-chan struct{}) {
	rng := f.stream(1)
	var count uint32
	for ctx.Err() == nil && count < 1<<18 {
		audio := numbered(&count, 100+rng.IntN(4000))
		call, cancel := context.WithTimeout(context.Background(), 40*f.unit())
		err := f.within(40*f.unit(), "AppendAudio", func() error { return appendAudio(call, audio) })
		cancel()
		if err != nil {
			return
		}
		select {
		case <-done:
			return
		default:
		}
		f.sleep(ctx, rng, f.unit())
	}
}

// finish ends a session by Finish, given up a few times, or by Close alone. It returns
// the error of Close.
func (f *front) finish(finish func(context.Context) error, closing func() error, end func() error) error {
	rng := f.stream(3)
	finished := false
	for range rng.IntN(3) {
		d := time.Duration(rng.IntN(3000)) * f.unit() / 1000
		ctx, cancel := context.WithTimeout(context.Background(), d)
		finished = f.within(d+f.opts.CloseTimeout, "Finish given up", func() error { return finish(ctx) }) == nil
		cancel()
	}
	if rng.IntN(3) > 0 {
		f.temper.calmDown()
		ctx, cancel := context.WithTimeout(context.Background(), 600*f.unit())
		err := f.within(600*f.unit()+f.opts.CloseTimeout, "Finish", func() error { return finish(ctx) })
		cancel()
		if f.strict() {
			assert.False(f.t, errors.Is(err, context.DeadlineExceeded) && !finished, "Finish does not end: %v", end())
		}
	}
	err := f.within(f.opts.CloseTimeout, "Close", closing)
	f.judge(end())
	assert.Error(f.t, end())
	return err
}

// transcription is a transcription session.
type transcription struct {
	*front
	s       *realtime.Session
	account *account
}

func newTranscription(f *front) *transcription { return &transcription{front: f} }

func (x *transcription) run() {
	opts := x.opts
	if !x.connect(func(ctx context.Context) (err error) {
		x.account = newAccount()
		opts.Taps = []*realtime.Tap{x.account.tap()}
		x.s, err = x.client.Connect(ctx, realtime.Transcription(), &opts)
		return err
	}) {
		return
	}
	x.account.armed.Store(true)
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(5+x.rng.IntN(60))*x.unit())
	defer cancel()
	var wg, receiver sync.WaitGroup
	receiver.Go(func() {
		for {
			e, err := x.s.Recv(context.Background())
			if _, ok := e.(*realtime.Reconnected); ok {
				tally.add("outages of transcriptions", 1)
			}
			x.judge(err)
			var malformed *api.DecodeError
			if err != nil && !errors.As(err, &malformed) {
				assert.True(x.t, ended(err) || errors.Is(err, io.EOF) || x.s.Err() != nil, "%v", err)
				return
			}
		}
	})
	wg.Go(func() { x.speak(ctx, x.s.AppendAudio, x.s.Done()) })
	wg.Go(func() {
		rng := x.stream(2)
		for ctx.Err() == nil && x.s.Err() == nil {
			_ = x.within(40*x.unit(), "commit", func() error {
				call, done := context.WithTimeout(context.Background(), 40*x.unit())
				defer done()
				e := &api.InputAudioBufferCommit{}
				switch rng.IntN(6) {
				case 0:
					return x.s.Send(call, e)
				case 1:
					r, err := x.s.SendReceipt(call, e)
					x.account.keep(r, err)
					return err
				case 2:
					return x.s.Flush(call)
				case 3:
					if rng.IntN(3) == 0 {
						x.account.take(x.s)
					}
					return nil
				default:
					_, err := x.s.Request(call, e)
					return err
				}
			})
			x.sleep(ctx, rng, 4*x.unit())
		}
	})
	if x.rng.IntN(4) == 0 {
		wg.Go(func() { x.end(ctx, x.account, x.s); cancel() })
	}
	wg.Wait()
	err := x.finish(x.s.Finish, x.s.Close, x.s.Err)
	receiver.Wait()
	x.account.check(x.front, x.s, err, nil, 0)
	if x.strict() {
		x.checkAudio(x.net.srv.Conns(), x.account.skipped)
	}
}
