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

// turn is what a window gave.
type turn struct {
	perEvent time.Duration // processor time
	behind   float64       // intervals that the client lagged at the end
	sent     float64       // what the server sent of what was due
}

// fair reports that the server kept its own pace.
func (t turn) fair() bool { return t.sent > 0.97 }

// measure runs one turn, with a client process of its own.
func measure(ctx context.Context, srv *server.Remote, c cell, plan Plan, p process.Programs) (t turn, err error) {
	client, err := contender.Start(ctx, c.kind, p.Client, p.Node)
	if err != nil {
		return t, err
	}
	defer client.Close()
	defer func() { err = errors.Join(err, srv.Drop(ctx)) }()
	if err := client.Open(ctx, &srv.Address, c.secure, c.sessions); err != nil {
		return t, err
	}
	if err := srv.Stream(ctx); err != nil {
		return t, err
	}
	if err := process.Pause(ctx, plan.Warm); err != nil {
		return t, err
	}
	from, err := look(ctx, client, srv)
	if err != nil {
		return t, err
	}
	if err := process.Pause(ctx, plan.Window); err != nil {
		return t, err
	}
	to, err := look(ctx, client, srv)
	if err != nil {
		return t, err
	}
	return from.until(to, c.sessions)
}

// view is the state of both sides at a point in time.
type view struct {
	at     time.Time
	client contender.Stat
	server server.Stat
}

func look(ctx context.Context, c *contender.Remote, s *server.Remote) (v view, err error) {
	if v.client, err = c.Stat(ctx); err != nil {
		return v, err
	}
	v.server, err = s.Stat(ctx)
	v.at = time.Now()
	return v, err
}

// until says what happened between two views.
func (v view) until(end view, sessions int) (turn, error) {
	events := end.client.Events - v.client.Events
	switch {
	case end.client.Broken > 0:
		return turn{}, fmt.Errorf("%d sessions ended", end.client.Broken)
	case end.server.Sessions != sessions:
		return turn{}, fmt.Errorf("the server has %d sessions", end.server.Sessions)
	case events <= 0:
		return turn{}, errors.New("no event arrived")
	}
	due := float64(sessions) * float64(end.at.Sub(v.at)) / float64(server.Interval)
	return turn{
		perEvent: (end.client.CPU - v.client.CPU) / time.Duration(events),
		behind:   max(0, float64(end.server.Sent-end.client.Events)/float64(sessions)),
		sent:     float64(end.server.Sent-v.server.Sent) / due,
	}, nil
}
