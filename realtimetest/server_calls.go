package realtimetest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/voicelane/realtime-go/gen/api"
)

// Ring starts an incoming call: it posts the signed webhook and returns when the
// answer is a 2xx. The error is that of the last delivery.
func (s *Server) Ring(ctx context.Context, r *Ringing) (*PhoneCall, error) {
	c := newPhoneCall(s.rest.newID(callPrefix), s.cfg.Clock, false)
	c.notFound = r.NotFound
	s.rest.calls.add(c)
	body, err := json.Marshal(api.RealtimeCallIncoming{
		ID: s.rest.newID("evt"), CreatedAt: s.cfg.Clock.Now().Unix(), Object: new("event"),
		Data: api.IncomingCall{CallID: c.id, SIPHeaders: r.headers()},
	})
	if err != nil {
		return nil, fmt.Errorf("realtimetest: %w", err)
	}
	if err := r.deliver(ctx, s.cfg.Clock, s.rest.newID("wh"), body); err != nil {
		c.finish(End{By: EndServer})
		return nil, err
	}
	return c, nil
}

// Call returns a call by its id: one of Ring, or one that a client has created. It
// returns nil if there is none.
func (s *Server) Call(id string) *PhoneCall { return s.rest.calls.get(id) }

// Requests returns the REST requests so far, without the oldest if they exceed
// [Config.LogBytes].
func (s *Server) Requests() []Request {
	requests, _ := s.rest.requests.All()
	return slices.Clone(requests)
}

// ExpireSecrets expires all client secrets that the server has issued so far. Their
// sessions go on.
func (s *Server) ExpireSecrets() { s.rest.expireSecrets() }
