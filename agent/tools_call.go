package agent

import (
	"context"
	"crypto/rand"
	"errors"
	"runtime/debug"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// confirmWithin is how long an output may stay without an answer. The server is then
// taken for one that does not answer.
const confirmWithin = 5 * time.Second

// function returns the output for arguments. Its error is for the model.
type function func(ctx context.Context, arguments []byte) (string, error)

// execution is one call while its function runs and its output is sent. It has one
// goroutine, and a second one only when the function takes too long.
type execution struct {
	l           *toolLoop
	s           *realtime.Session
	ctx         context.Context //nolint:containedctx // It lives as long as the call, without the handler's end.
	row         *owed
	f           function // nil when the function is unknown
	timeout     time.Duration
	outputBytes int
}

// start runs the call.
func (x *execution) start() { x.l.running.Go(x.run) }

func (x *execution) run() {
	ctx, cancel := x.context()
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		if errors.Is(context.Cause(ctx), ErrTooSlow) && x.claim() {
			defer x.l.running.Done()
			x.finish(errorOutput("the function took too long"), ErrTooSlow)
		}
	})
	output, fault := errorOutput("the function failed"), ErrExited
	defer func() { // It also runs when the function leaves by Goexit.
		stop()
		if x.claim() {
			defer x.l.running.Done()
			x.finish(output, fault)
		}
	}()
	output, fault = x.call(ctx)
}

// context returns the function's context: with the values of the handler's, and the end
// of the session or of the call's time.
func (x *execution) context() (context.Context, context.CancelFunc) {
	ctx := &joined{Context: x.s.Context(), values: x.ctx}
	if x.timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, x.timeout, ErrTooSlow)
}

// joined is a context with values of another.
type joined struct {
	context.Context //nolint:containedctx // That is its purpose.

	values context.Context //nolint:containedctx // That is its purpose.
}

func (j *joined) Value(key any) any {
	if v := j.values.Value(key); v != nil {
		return v
	}
	return j.Context.Value(key)
}

// claim reports whether the caller is the first to have an output. It must call
// running.Done then.
func (x *execution) claim() (first bool) {
	x.l.with(func(t *table) {
		if first = t.claim(x.row); first {
			x.l.running.Add(1)
		}
	})
	return first
}

// call returns the output of the function, whatever happens in it, and what went wrong.
func (x *execution) call(ctx context.Context) (output string, fault error) {
	defer func() {
		if v := recover(); v != nil {
			output, fault = errorOutput("the function failed"), &realtime.PanicError{EventType: "response.output_item.done", Value: v, Stack: debug.Stack()}
		}
	}()
	if x.f == nil {
		return errorOutput("there is no such function"), ErrUnknownFunction
	}
	output, err := x.f(ctx, []byte(x.row.arguments))
	switch {
	case err == nil:
		return output, nil
	case errors.Is(context.Cause(ctx), ErrTooSlow):
		return errorOutput("the function took too long"), ErrTooSlow
	default:
		return errorOutput(err.Error()), nil
	}
}

// finish sends the output and asks the model to go on.
func (x *execution) finish(output string, fault error) {
	if x.outputBytes > 0 && len(output) > x.outputBytes {
		output, fault = errorOutput("the output is too large"), ErrOutputTooLarge
	}
	if fault != nil && x.s.Err() == nil {
		x.l.report(x.ctx, x.s, fault, x.row)
	}
	for again := true; again; {
		err := x.send(output)
		if contentRefused(err) && output != refusedOutput {
			x.l.report(x.ctx, x.s, err, x.row)
			output = refusedOutput
			continue
		}
		again = x.answered(err)
	}
	x.l.goOn(x.ctx, x.s)
}

// refusedOutput stands for an output whose text the server does not take.
const refusedOutput = `{"error":"the output was refused"}`

// contentRefused reports whether the server refuses the text of an output, rather than
// the output of that call.
func contentRefused(err error) bool {
	refused, ok := errors.AsType[*realtime.ServerError](err)
	return ok && refused.Param() == "item.output"
}

// send sends the output and waits for the answer.
func (x *execution) send(output string) error {
	ctx, cancel := context.WithCancel(x.ctx)
	defer cancel()
	item := api.FunctionOutput(x.row.id, output)
	x.l.with(func(t *table) {
		x.row.cancel = cancel
		if x.row.output == "" {
			x.row.output = "out_" + rand.Text()[:24]
		}
		item.ID = new(x.row.output)
	})
	_, err := request(ctx, x.s, &api.ConversationItemCreate{Item: item}, confirmWithin)
	return err
}

// answered notes the outcome of sending an output. It reports whether to send it again.
func (x *execution) answered(err error) (again bool) {
	if err == nil {
		return false // The mux has the event next.
	}
	if errors.Is(err, realtime.ErrReplaced) {
		return x.replaced()
	}
	refused, _ := errors.AsType[*realtime.ServerError](err)
	report := false
	x.l.with(func(t *table) {
		switch {
		case x.row.stage != sent:
		case errors.Is(err, errOverdue):
			t.assume(x.row)
		case refused != nil && refused.Code() == codeItemExists:
			t.confirm(x.row)
		default:
			t.drop(x.row)
			report = true
		}
	})
	if report && x.s.Err() == nil {
		x.l.report(x.ctx, x.s, err, x.row)
	}
	return false
}

// codeItemExists refuses an item whose id the conversation has.
const codeItemExists = "item_already_exists"

// replaced waits until it is known what a new connection holds. It reports whether to
// send the output again.
func (x *execution) replaced() (again bool) {
	for {
		open := false
		x.l.with(func(t *table) {
			open = x.row.stage == sent
			if again = open && x.row.epoch != t.epoch; again {
				x.row.epoch = t.epoch
			}
		})
		if again || !open {
			return again
		}
		select {
		case <-x.row.news:
		case <-x.s.Done():
			return false
		}
	}
}
