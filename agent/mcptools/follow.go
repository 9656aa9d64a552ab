package mcptools

import (
	"context"
	"time"

	"github.com/voicelane/realtime-go/agent"
)

// refreshWithin bounds a refresh, so that a later change is not missed.
const refreshWithin = 30 * time.Second

// Follow has the agent that speaks in a conversation take over the server's tools each
// time they change, by [agent.Conversation.Refresh]. It blocks until the conversation
// ends, the server is closed or ctx ends: run it on a goroutine. A refresh that fails is
// logged, and the next change tries again.
func (s *Server) Follow(ctx context.Context, c *agent.Conversation) {
	news := make(chan struct{}, 1)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.followers[news] = true
	s.mu.Unlock()
	defer s.unfollow(news)

	life, stop := context.WithCancel(ctx)
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = c.Wait(life) // Its error is for others.
	}()
	defer func() {
		stop()
		<-over
	}()
	for {
		select {
		case _, open := <-news:
			if !open {
				return
			}
			s.refresh(life, c)
		case <-over:
			return
		}
	}
}

func (s *Server) unfollow(news chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.followers, news)
}

func (s *Server) refresh(ctx context.Context, c *agent.Conversation) {
	ctx, cancel := context.WithTimeout(ctx, refreshWithin)
	defer cancel()
	if err := c.Refresh(ctx); err != nil && c.End() == (agent.End{}) && ctx.Err() == nil {
		s.log.Warn("mcp tools not refreshed", "error", err)
	}
}
