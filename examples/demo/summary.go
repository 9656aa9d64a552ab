package main

import (
	"fmt"
	"time"
)

// summary prints the turns and totals of the conversation.
func (c *conversation) summary() {
	l := c.log
	l.line("summary", "%d turns, %d events received", len(c.turns), l.events)
	heard := duration(len(c.speaker.recording()))
	l.write("", fmt.Sprintf("audio: %.1f s sent, %.1f s received, %.1f s played",
		c.mic.length().Seconds(), duration(c.received).Seconds(), heard.Seconds()))
	for i, t := range c.turns {
		l.write("", fmt.Sprintf("turn %d: first audio after %.2f s; %s", i+1, t.latency.Seconds(), outcome(t)))
		l.write("", fmt.Sprintf("  you:   %q", t.user))
		l.write("", fmt.Sprintf("  model: %q", t.model))
	}
}

func outcome(t *turn) string {
	switch {
	case t.cutAt > 0:
		return fmt.Sprintf("%s, interrupted at %.2f s", t.status, t.cutAt.Round(time.Millisecond).Seconds())
	case t.status == "":
		return "not finished"
	}
	return string(t.status)
}
