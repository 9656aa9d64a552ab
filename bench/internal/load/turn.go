package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/bench/internal/contender"
	"github.com/voicelane/realtime-go/bench/internal/process"
	"github.com/voicelane/realtime-go/bench/internal/server"
)

// turn is the result of one window.
type turn struct {
	perEvent time.Duration // processor time
	behind   float64       // intervals that the client lagged at the end
	sent     float64       // share of the due frames that the server sent
	allocs   float64       // objects that the client allocated for an event
}

// fair reports whether the server kept its pace.
func (t turn) fair() bool { return t.sent > 0.97 }

// client is a client process and the range of its sessions on the server.
type client struct {
	remote   *contender.Remote
	srv      *server.Remote
	separate bool // whether no other client has srv
	sessions server.Range
}

func (c *client) close() {
	c.remote.Close()
	if c.separate {
		c.srv.Close()
	}
}

// connect starts a client and connects its sessions.
func connect(ctx context.Context, srv *server.Remote, c cell, pace server.Pace, p process.Programs) (*client, error) {
	before, err := srv.Stat(ctx)
	if err != nil {
		return nil, err
	}
	remote, err := contender.Start(ctx, c.kind, p.Client, p.Node)
	if err != nil {
		return nil, err
	}
	if err := remote.Open(ctx, &srv.Address, c.secure, c.sessions); err != nil {
		remote.Close()
		return nil, err
	}
	if c.kind != contender.Node {
		if err := remote.Expect(ctx, pace); err != nil {
			remote.Close()
			return nil, err
		}
	}
	return &client{remote: remote, srv: srv, sessions: server.Range{From: before.Sessions, To: before.Sessions + c.sessions}}, nil
}

// turns streams to clients whose sessions follow each other, while the others are idle. It
// returns the turn of each.
func turns(ctx context.Context, srv *server.Remote, all []*client, plan Plan) (out []turn, err error) {
	begin, err := look(ctx, srv, all)
	if err != nil {
		return nil, err
	}
	some := server.Range{From: all[0].sessions.From, To: all[len(all)-1].sessions.To}
	if err := srv.Stream(ctx, some, plan.Pace); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rest(ctx, srv, all, begin)) }()
	if err := process.Pause(ctx, plan.Warm); err != nil {
		return nil, err
	}
	from, err := look(ctx, srv, all)
	if err != nil {
		return nil, err
	}
	if err := process.Pause(ctx, plan.Window); err != nil {
		return nil, err
	}
	to, err := look(ctx, srv, all)
	if err != nil {
		return nil, err
	}
	return begin.turns(from, to, some.To-some.From, plan.Pace.Every)
}

// patience is the maximum time that a client gets to handle a backlog.
const patience = 10 * time.Second

// rest ends the stream and waits until the clients have handled all of it, so that the
// next one has the core for itself.
func rest(ctx context.Context, srv *server.Remote, all []*client, begin view) error {
	if err := srv.Halt(ctx); err != nil {
		return err
	}
	for end := time.Now().Add(patience); ; {
		now, err := look(ctx, srv, all)
		if err != nil || now.lag(begin) == 0 {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("%d events are unhandled after %v", now.lag(begin), patience)
		}
		if err := process.Pause(ctx, server.Interval/2); err != nil {
			return err
		}
	}
}

// view is the state of clients and their server at one time.
type view struct {
	at      time.Time
	clients []contender.Stat
	server  server.Stat
}

func look(ctx context.Context, srv *server.Remote, all []*client) (v view, err error) {
	v.clients = make([]contender.Stat, len(all))
	for i, c := range all {
		if v.clients[i], err = c.remote.Stat(ctx); err != nil {
			return v, err
		}
	}
	v.server, err = srv.Stat(ctx)
	v.at = time.Now()
	return v, err
}

// lag returns the number of events that were sent since begin and not yet handled.
func (v view) lag(begin view) int64 {
	n := v.server.Sent - begin.server.Sent
	for i := range v.clients {
		n -= v.clients[i].Events - begin.clients[i].Events
	}
	return n
}

// turns returns the results of the window between two views, in a stream that began at v and
// went to so many sessions.
func (v view) turns(from, to view, sessions int, every time.Duration) ([]turn, error) {
	if to.server.Sessions != from.server.Sessions {
		return nil, fmt.Errorf("the server has %d sessions and had %d", to.server.Sessions, from.server.Sessions)
	}
	due := float64(sessions) * float64(to.at.Sub(from.at)) / float64(every)
	out := make([]turn, len(to.clients))
	for i := range to.clients {
		first, last := &from.clients[i], &to.clients[i]
		events := last.Events - first.Events
		switch {
		case last.Broken > 0:
			return nil, fmt.Errorf("%d sessions ended", last.Broken)
		case events <= 0:
			return nil, errors.New("no event arrived")
		}
		out[i] = turn{
			perEvent: (last.CPU - first.CPU) / time.Duration(events),
			behind:   max(0, float64(to.lag(v))/float64(sessions)),
			sent:     float64(to.server.Sent-from.server.Sent) / due,
			allocs:   float64(last.Allocs-first.Allocs) / float64(events),
		}
	}
	return out, nil
}
