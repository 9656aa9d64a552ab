package caller

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/voicelane/realtime-go/caller/internal/journal"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/internal/ctxerr"
	"github.com/voicelane/realtime-go/realtimetest"
)

const (
	// turnPause is how long the agent is silent before the caller speaks.
	turnPause = 600 * time.Millisecond
	// patience is the default of Scenario.Patience.
	patience = 10 * time.Second
	// longest bounds the wait for an agent that goes on and on.
	longest = 5 * time.Minute
)

// errLineEnded ends a performance early.
var errLineEnded = errors.New("the line has ended")

// performer does what the caller does.
type performer struct {
	scenario *Scenario
	sounds   *sounds
	far      Far
	journal  *journal.Journal
	board    *switchboard
	server   *realtimetest.Server // nil for a live one
}

// listen notes what comes out of the telephone, until the line ends.
func (p *performer) listen(ctx context.Context) error {
	_, format := p.far.Formats()
	for {
		sound, at, err := p.far.Hear(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		loud := audible(sound, format)
		p.journal.Note(func(_ time.Duration, e *journal.Events) {
			e.Hear(at.Sub(p.journal.Began), format.Duration(len(sound)), loud)
		})
	}
}

// perform does all steps and hangs up. It returns the index of the step that could not be
// done, and why.
func (p *performer) perform(ctx context.Context) (step int, err error) {
	defer func() {
		p.journal.Note(func(now time.Duration, e *journal.Events) {
			if n := len(e.Steps); n > 0 {
				e.Steps[n-1].To = now
			}
			e.Ended = now
		})
		p.far.Leave()
	}()
	if err := p.until(ctx, func(_ time.Duration, e *journal.Events) (bool, time.Duration) { return e.Connected, 0 }); err != nil {
		return 0, fmt.Errorf("the agent has not connected: %w", err)
	}
	for i, s := range p.scenario.Steps {
		if err := p.wait(ctx, i, s.After); err != nil {
			return i, err
		}
		p.journal.Note(func(now time.Duration, e *journal.Events) {
			if i > 0 {
				e.Steps[i-1].To = now
			}
			e.Steps = append(e.Steps, journal.Span{From: now, To: now})
		})
		if err := p.do(ctx, i, s.Do); err != nil {
			return i, err
		}
		if _, over := s.Do.(HangUp); over {
			return 0, nil
		}
	}
	err = p.wait(ctx, len(p.scenario.Steps), After{})
	if errors.Is(err, errLineEnded) {
		err = nil // The agent has hung up.
	}
	return len(p.scenario.Steps) - 1, err
}

// until waits for a state of the journal, the end of the line, or ctx.
func (p *performer) until(ctx context.Context, f func(now time.Duration, e *journal.Events) (bool, time.Duration)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-p.far.Ended():
			cancel(errLineEnded)
		case <-stop:
		}
	}()
	return p.journal.Until(ctx, f)
}

// wait waits for the moment of a step.
func (p *performer) wait(ctx context.Context, step int, after After) error {
	limit := p.scenario.Patience
	if limit <= 0 {
		limit = patience
	}
	var began, spoke time.Duration // of the step before, and the end of its sound
	answer := false                // it wants one
	p.journal.Read(func(_ time.Duration, e *journal.Events) {
		if step == 0 {
			return
		}
		began = e.Steps[step-1].From
		spoke = began
		for _, u := range e.Spoke {
			if u.Step == step-1 {
				spoke = u.To
				answer = u.Kind != journal.Noise
			}
		}
	})
	switch {
	case after.Heard > 0:
		return p.waitHeard(ctx, spoke, after.Heard, limit)
	case after.Tool != "":
		return p.waitTool(ctx, began, after.Tool, limit)
	case after.Silence > 0:
		return p.until(ctx, func(now time.Duration, e *journal.Events) (bool, time.Duration) {
			quiet := now - max(e.LastHeard(), spoke)
			return quiet >= after.Silence, after.Silence - quiet
		})
	}
	return p.waitTurn(ctx, spoke, answer, limit)
}

func (p *performer) waitHeard(ctx context.Context, since, length, limit time.Duration) error {
	late := false
	err := p.until(ctx, func(now time.Duration, e *journal.Events) (bool, time.Duration) {
		heard := e.HeardSince(since)
		// The limit is on silence: an agent that pauses may go on.
		late = heard < length && now-max(e.LastHeard(), since) >= limit && !e.Busy()
		return heard >= length || late, limit
	})
	if err == nil && late {
		err = fmt.Errorf("the caller waited %s to hear %s of the agent, in vain", limit, length)
	}
	return err
}

func (p *performer) waitTool(ctx context.Context, since time.Duration, tool string, limit time.Duration) error {
	late := false
	err := p.until(ctx, func(now time.Duration, e *journal.Events) (bool, time.Duration) {
		for _, c := range e.Calls {
			if c.Name == tool && c.At >= since {
				return true, 0
			}
		}
		late = now-max(e.LastHeard(), since) >= limit && !e.Busy()
		return late, limit
	})
	if err == nil && late {
		err = fmt.Errorf("the caller waited %s for a call of %s, in vain", limit, tool)
	}
	return err
}

// waitTurn waits until the agent has answered, if that is wanted, has nothing more to do
// and is silent. An agent that does not answer is waited for no longer than the limit.
func (p *performer) waitTurn(ctx context.Context, since time.Duration, answer bool, limit time.Duration) error {
	return p.until(ctx, func(now time.Duration, e *journal.Events) (bool, time.Duration) {
		last := max(e.LastHeard(), since)
		if now-last >= limit && (!e.Busy() || now-last >= max(limit, longest)) {
			return true, 0
		}
		if e.Busy() || answer && e.LastHeard() <= since {
			return false, max(limit-(now-last), time.Second)
		}
		quiet := now - max(last, e.LastDone()) // What follows a tool or a new connection takes a moment.
		return quiet >= turnPause, turnPause - quiet
	})
}

// do does a step.
func (p *performer) do(ctx context.Context, step int, action Action) error {
	switch do := action.(type) {
	case Say:
		return p.speak(ctx, step, journal.Spoken, string(do))
	case Play:
		return p.speak(ctx, step, journal.Spoken, do.Text)
	case Noise:
		return p.speak(ctx, step, journal.Noise, "("+do.Kind+")")
	case Press:
		p.journal.Note(func(now time.Duration, e *journal.Events) {
			e.Spoke = append(e.Spoke, journal.Utterance{Span: journal.Span{From: now, To: now}, Kind: journal.Pressed, Step: step, Text: string(do)})
		})
		p.far.Press(string(do))
	case Wait:
		ctx, cancel := context.WithTimeoutCause(ctx, time.Duration(do), errWaited)
		defer cancel()
		err := p.until(ctx, func(time.Duration, *journal.Events) (bool, time.Duration) { return false, 0 })
		if !errors.Is(err, errWaited) {
			return err
		}
	case Drop:
		p.drop(do)
	case HangUp:
	}
	return nil
}

var errWaited = errors.New("waited")

// speak makes a sound, and notes it from its beginning on.
func (p *performer) speak(ctx context.Context, step int, kind journal.Kind, text string) error {
	format, _ := p.far.Formats()
	sound := converted(p.sounds.steps[step], format)
	at := 0
	p.journal.Note(func(now time.Duration, e *journal.Events) {
		at = len(e.Spoke)
		e.Spoke = append(e.Spoke, journal.Utterance{Span: journal.Span{From: now, To: now + format.Duration(len(sound))}, Kind: kind, Step: step, Text: text})
	})
	if err := p.far.Speak(ctx, sound); err != nil {
		if ctx.Err() != nil {
			return ctxerr.Of(ctx)
		}
		return errLineEnded
	}
	p.journal.Note(func(now time.Duration, e *journal.Events) {
		u := &e.Spoke[at]
		u.From, u.To = max(now-u.Length(), u.From), now
		u.To = audibleEnd(*u, sound, format)
	})
	return nil
}

// audibleEnd returns when the audible part of a sound of the caller ended.
func audibleEnd(u journal.Utterance, sound []byte, f audio.Format) time.Duration {
	frame := f.Bytes(frameTime)
	quiet := 0
	for quiet+frame < len(sound) && !audible(sound[len(sound)-quiet-frame:len(sound)-quiet], f) {
		quiet += frame
	}
	return u.To - f.Duration(quiet)
}

// drop breaks the connection. With a close code the server closes it.
func (p *performer) drop(d Drop) {
	p.board.refuseNext(d.Refuse)
	if d.Code == 0 || d.Code == journal.Abnormal || p.server == nil {
		p.board.cut()
		return
	}
	for _, c := range p.server.Conns() {
		select {
		case <-c.Done():
		default:
			c.Close(d.Code, "the scenario drops the connection")
		}
	}
}
