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

func (c *client) count() int { return c.sessions.To - c.sessions.From }

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

// turn streams to one client while the others are idle.
func (c *client) turn(ctx context.Context, srv *server.Remote, plan Plan) (t turn, err error) {
	begin, err := c.look(ctx, srv)
	if err != nil {
		return t, err
	}
	if err := srv.Stream(ctx, c.sessions, plan.Pace); err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, c.rest(ctx, srv, begin)) }()
	if err := process.Pause(ctx, plan.Warm); err != nil {
		return t, err
	}
	from, err := c.look(ctx, srv)
	if err != nil {
		return t, err
	}
	if err := process.Pause(ctx, plan.Window); err != nil {
		return t, err
	}
	to, err := c.look(ctx, srv)
	if err != nil {
		return t, err
	}
	return begin.turn(from, to, c.count(), plan.Pace.Every)
}

// patience is the maximum time that a client gets to handle a backlog.
const patience = 10 * time.Second

// rest ends the stream and waits until the client has handled all of it, so that the
// next client has the core for itself.
func (c *client) rest(ctx context.Context, srv *server.Remote, begin view) error {
	if err := srv.Halt(ctx); err != nil {
		return err
	}
	for end := time.Now().Add(patience); ; {
		now, err := c.look(ctx, srv)
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

// view is the state of client and server at one time.
type view struct {
	at     time.Time
	client contender.Stat
	server server.Stat
}

func (c *client) look(ctx context.Context, srv *server.Remote) (v view, err error) {
	if v.client, err = c.remote.Stat(ctx); err != nil {
		return v, err
	}
	v.server, err = srv.Stat(ctx)
	v.at = time.Now()
	return v, err
}

// lag returns the number of events that were sent since begin and not yet handled.
func (v view) lag(begin view) int64 {
	return (v.server.Sent - begin.server.Sent) - (v.client.Events - begin.client.Events)
}

// turn returns the result of the window between two views, in a stream that began at v.
func (v view) turn(from, to view, sessions int, every time.Duration) (turn, error) {
	events := to.client.Events - from.client.Events
	switch {
	case to.client.Broken > 0:
		return turn{}, fmt.Errorf("%d sessions ended", to.client.Broken)
	case to.server.Sessions != from.server.Sessions:
		return turn{}, fmt.Errorf("the server has %d sessions and had %d", to.server.Sessions, from.server.Sessions)
	case events <= 0:
		return turn{}, errors.New("no event arrived")
	}
	due := float64(sessions) * float64(to.at.Sub(from.at)) / float64(every)
	return turn{
		perEvent: (to.client.CPU - from.client.CPU) / time.Duration(events),
		behind:   max(0, float64(to.lag(v))/float64(sessions)),
		sent:     float64(to.server.Sent-from.server.Sent) / due,
		allocs:   float64(to.client.Allocs-from.client.Allocs) / float64(events),
	}, nil
}
