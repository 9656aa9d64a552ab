package caller

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/voicelane/realtime-go/caller/internal/journal"

	"github.com/voicelane/realtime-go/realtime"
)

// leave is how long a program has to end after the end of the call.
const leave = 30 * time.Second

var errStays = errors.New("caller: the program has not ended 30 s after the call")

// Run runs a scenario once in real time, and returns what became of it. Options may be
// nil. The error is that of the scenario, such as a recording that is missing, or of ctx;
// expectations that are not met, and errors of the program, are in the result. For tests
// see [Test], which runs scripted calls in virtual time.
func Run(ctx context.Context, s *Scenario, p Program, o *Options) (*Result, error) {
	if o == nil {
		o = &Options{}
	}
	if err := s.check(o); err != nil {
		return nil, err
	}
	sounds, err := s.prepare(ctx, o.Live == nil)
	if err != nil {
		return nil, err
	}
	return run(ctx, s, sounds, p, o)
}

// check returns what is wrong with a scenario that was not read from a file.
func (s *Scenario) check(o *Options) error {
	for i, step := range s.Steps {
		if d, ok := step.Do.(Drop); ok && o.Live != nil && d.Code != 0 && d.Code != journal.Abnormal {
			return fmt.Errorf("caller: %s: step %d: only a scripted server can close with code %d; a live connection can break with %d", s.Name, i+1, d.Code, journal.Abnormal)
		}
	}
	if len(s.Steps) == 0 {
		return fmt.Errorf("caller: %s: there are no steps", s.Name)
	}
	return nil
}

// run runs a scenario once with its sounds. The program runs on the goroutine of run.
func run(ctx context.Context, s *Scenario, sounds *sounds, p Program, o *Options) (*Result, error) {
	line, far, err := o.line(s.Carrier)
	if err != nil {
		return nil, err
	}
	defer closeFar(far)
	c := &Call{Line: line, scenario: s, options: o, board: &switchboard{}, journal: journal.New()}
	if o.Live != nil {
		c.config = *o.Live
		if c.board.dial = o.Live.DialContext; c.board.dial == nil {
			c.board.dial = (&net.Dialer{}).DialContext
		}
	} else {
		c.Server = o.serve(s, c.journal)
		defer c.Server.Close()
		c.config = realtime.Config{BaseURL: c.Server.URL, APIKey: "scripted", Proxy: realtime.NoProxy}
		c.board.dial = c.Server.DialContext
	}
	c.config.DialContext = c.board.DialContext

	perform := &performer{scenario: s, sounds: sounds, far: newLossy(far, s.Carrier.Loss), journal: c.journal, board: c.board, server: c.Server}
	result := newResult(s, o, sounds)
	failed := c.play(ctx, perform, p, result)
	if err := context.Cause(ctx); err != nil {
		c.journal.Forget()
		return nil, err
	}
	result.judge(c, s)
	result.program(failed)
	result.save(c, o)
	return result, nil
}

// closeFar closes a far end that can be closed. Nothing is lost with its error.
func closeFar(far Far) {
	if c, ok := far.(io.Closer); ok {
		_ = c.Close()
	}
}

// play runs the program beside the caller, and returns the program's error when both are
// over. What kept the caller from its steps goes into the result.
func (c *Call) play(ctx context.Context, perform *performer, p Program, result *Result) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer perform.far.Leave()
	defer cancel(nil)

	tasks.Go(func() {
		if err := perform.listen(ctx); err != nil && ctx.Err() == nil {
			result.fail(-1, "", "the line: "+err.Error(), 0)
		}
	})
	tasks.Go(func() {
		step, err := perform.perform(ctx)
		if err != nil && ctx.Err() == nil {
			result.fail(step, "", err.Error(), -1)
		}
		over := time.AfterFunc(leave, func() { cancel(errStays) })
		<-ctx.Done()
		over.Stop()
	})
	err := p(ctx, c)
	if cause := context.Cause(ctx); errors.Is(cause, errStays) {
		err = errors.Join(cause, err)
	}
	return err
}
