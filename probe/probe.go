package probe

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/voicelane/realtime-go/realtime"
)

// Names returns the names of all checks, in the order in which they are made.
func Names() []string {
	names := make([]string, len(checks))
	for i, c := range checks {
		names[i] = c.name
	}
	return names
}

// Run makes the checks, one after the other, each on a session of its own. The error
// is that of the first dial if not even that succeeds, or the context's; what a server
// cannot do is not an error. Unknown names in the options are an error.
func Run(ctx context.Context, client *realtime.Client, target realtime.Target, o *Options) (*Report, error) {
	if o == nil {
		o = &Options{}
	}
	p := &prober{client: client, target: target, o: *o}
	if p.o.Wait <= 0 {
		p.o.Wait = 10 * time.Second
	}
	if p.o.Transcription == "" {
		p.o.Transcription = "gpt-4o-mini-transcribe"
	}
	if p.o.Session != nil {
		session := *p.o.Session
		session.Reconnect = nil
		p.o.Session = &session
	}
	if err := known(slices.Concat(o.Checks, o.Require)); err != nil {
		return nil, err
	}
	r, err := p.first(ctx)
	if err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	for _, c := range checks {
		if !p.chosen(c.name) {
			continue
		}
		r.Results = append(r.Results, p.check(ctx, c, r))
		if err := ctx.Err(); err != nil {
			return r, fmt.Errorf("probe: %s: %w", c.name, err)
		}
	}
	return r, nil
}

// first returns an empty report of a server that accepts connections.
func (p *prober) first(ctx context.Context) (*Report, error) {
	s, err := p.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer s.close()
	r := &Report{Server: address(s.s.URL()), required: p.o.Require}
	if s.greeting(ctx) == nil {
		r.Model = s.model
	}
	return r, nil
}

func known(names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(checks, func(c check) bool { return matches(c.name, name) }) {
			return fmt.Errorf("probe: there is no check %q: Names lists all", name)
		}
	}
	return nil
}

func address(u string) string {
	parsed, err := url.Parse(u)
	if err != nil {
		return ""
	}
	parsed.RawQuery, parsed.User = "", nil
	return parsed.String()
}

// prober makes checks, each on a session of its own.
type prober struct {
	client *realtime.Client
	target realtime.Target
	o      Options
}

func (p *prober) chosen(name string) bool {
	return len(p.o.Checks) == 0 || slices.ContainsFunc(p.o.Checks, func(n string) bool { return matches(name, n) })
}

// dial opens a session.
func (p *prober) dial(ctx context.Context) (*peer, error) {
	s, err := p.client.ConnectRaw(ctx, p.target, p.o.Session)
	if err != nil {
		return nil, err
	}
	return &peer{s: s, o: &p.o}, nil
}

// check makes one check.
func (p *prober) check(ctx context.Context, c check, r *Report) Result {
	result := Result{Name: c.name, About: c.about, Outcome: Can}
	began := time.Now()
	err := p.make(ctx, c, r)
	result.Took = time.Since(began)
	if err == nil {
		return result
	}
	result.Outcome, result.Detail = Cannot, err.Error()
	if _, ok := errors.AsType[skipped](err); ok {
		result.Outcome = Unknown
	}
	return result
}

func (p *prober) make(ctx context.Context, c check, r *Report) error {
	if needed, made := r.Result(c.needs); made && needed.Outcome != Can {
		return skipped("needs " + c.needs)
	}
	s, err := p.dial(ctx)
	if err != nil {
		return skipped("no session: " + err.Error())
	}
	defer s.close()
	if !c.early {
		if err := s.greeting(ctx); err != nil {
			return skipped("no session: " + err.Error())
		}
	}
	return c.run(ctx, s)
}
