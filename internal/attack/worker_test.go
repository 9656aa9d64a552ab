package attack

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/socket"
)

// worker is one goroutine that sends.
type worker struct {
	*talk
	w, n int
	rng  *rand.Rand
	mine []string // ids of its items
}

func (w *worker) run() {
	for w.ctx.Err() == nil && w.s.Err() == nil && w.n < 60 {
		w.n++
		w.step()
		w.sleep(w.ctx, w.rng, 2*w.unit())
	}
}

func (w *worker) mark() string { return fmt.Sprintf("%s_w%d_%d", w.name, w.w, w.n) }

// bound returns a context for a call, often a short one.
func (w *worker) bound() (context.Context, context.CancelFunc, time.Duration) {
	d := 40 * w.unit()
	if w.rng.IntN(3) == 0 {
		d = time.Duration(w.rng.Int64N(int64(w.unit())))
	}
	ctx, cancel := context.WithTimeout(context.Background(), d)
	return ctx, cancel, d
}

func (w *worker) step() {
	ctx, cancel, d := w.bound()
	defer cancel()
	switch w.rng.IntN(16) {
	case 0:
		w.respond(ctx, d)
	case 1:
		_ = w.within(d, "Flush", func() error { return w.s.Flush(ctx) })
	case 2:
		st := w.s.Stats()
		assert.LessOrEqual(w.t, st.SendQueueBytes, 1<<20)
		assert.LessOrEqual(w.t, st.ReceiveQueueEvents, w.opts.ReceiveQueueEvents)
		_ = w.s.Current()
		_ = fmt.Sprint(w.s, w.s.URL(), w.s.RequestID())
	case 3, 4, 5:
		e := w.event()
		err := w.within(d, "Request "+e.EventType(), func() error { _, err := w.s.Request(ctx, e); return err })
		w.note(e, err, true)
	case 6, 7:
		e := w.event()
		err := w.within(d, "SendReceipt "+e.EventType(), func() error {
			r, err := w.s.SendReceipt(ctx, e)
			w.account.keep(r, err)
			return err
		})
		w.note(e, err, false)
	case 8:
		e := w.event()
		err := w.within(d, "StartRequest "+e.EventType(), func() error {
			r, err := w.s.StartRequest(ctx, e)
			if err != nil || w.rng.IntN(2) == 0 {
				return err
			}
			_, err = r.Wait(ctx)
			return err
		})
		w.note(e, err, true)
	case 9:
		if w.rng.IntN(4) == 0 {
			w.account.take(w.s)
		}
	default:
		e := w.event()
		err := w.within(d, "Send "+e.EventType(), func() error { return w.s.Send(ctx, e) })
		w.note(e, err, false)
	}
}

// event returns an event of any kind, with ids that name the worker and the step.
func (w *worker) event() api.ClientEvent {
	id := new("e_" + w.mark())
	switch w.rng.IntN(10) {
	case 0:
		return &api.SessionUpdate{EventID: id, Session: &api.RealtimeSessionConfig{Instructions: new(w.mark())}}
	case 1:
		return &api.ResponseCreate{EventID: id, Response: &api.ResponseParams{Metadata: api.Value(api.Metadata{"mark": w.mark()})}}
	case 2:
		return &api.ResponseCancel{EventID: id}
	case 3:
		if len(w.mine) > 0 {
			i := w.rng.IntN(len(w.mine))
			item := w.mine[i]
			return &api.ConversationItemDelete{EventID: id, ItemID: item}
		}
		return &api.ConversationItemRetrieve{EventID: id, ItemID: "nothing"}
	case 4:
		if len(w.mine) > 0 {
			return &api.ConversationItemRetrieve{EventID: id, ItemID: w.mine[w.rng.IntN(len(w.mine))]}
		}
		return &api.InputAudioBufferCommit{EventID: id}
	case 5:
		return &api.InputAudioBufferCommit{EventID: id}
	default:
		text := w.mark()
		if w.rng.IntN(4) == 0 {
			text += " tool"
		}
		if w.rng.IntN(8) == 0 {
			text += string(make([]byte, w.rng.IntN(20_000)))
		}
		item := api.UserText(text)
		item.ID = new("i_" + w.mark())
		return &api.ConversationItemCreate{EventID: id, Item: item}
	}
}

// note writes down what became of an event, as far as the call tells.
func (w *worker) note(e api.ClientEvent, err error, requested bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.book.note(e, err, requested)
	if x, ok := e.(*api.ConversationItemCreate); ok && err == nil {
		w.mine = append(w.mine, api.ItemID(x.Item))
	}
}

func (w *worker) respond(ctx context.Context, d time.Duration) {
	mark := w.mark()
	e := &api.ResponseCreate{EventID: new("e_" + mark), Response: &api.ResponseParams{Metadata: api.Value(api.Metadata{"mark": mark})}}
	err := w.within(d, "Respond", func() error {
		stream, err := w.s.Respond(ctx, e)
		if err != nil {
			return err
		}
		answer, err := stream.Answer(ctx)
		if err == nil && w.strict() {
			if m, ok := answer.Response.Metadata.Get(); ok {
				assert.Equal(w.t, mark, m["mark"], "the answer to another")
			}
		}
		return err
	})
	w.note(e, err, true)
}

// numbered returns audio in which every four bytes are their number.
func numbered(count *uint32, n int) []byte {
	b := make([]byte, 0, 4*n)
	for range n {
		b = binary.LittleEndian.AppendUint32(b, *count)
		*count++
	}
	return b
}

// ended reports whether an error means the end of a session.
func ended(err error) bool {
	var closed *socket.CloseError
	var broken *socket.TransportError
	return errors.Is(err, socket.ErrClosed) || errors.Is(err, io.EOF) || errors.As(err, &closed) || errors.As(err, &broken)
}
