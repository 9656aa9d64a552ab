package main

import (
	"fmt"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/voice"
)

// summary prints the turns and totals of the conversation.
func (c *conversation) summary() {
	l := c.log
	l.line("summary", "%d turns, %d events received", len(c.turns), l.events)
	var heard time.Duration
	for _, t := range c.turns {
		for _, u := range t.Utterances {
			for _, h := range u.Heard {
				heard += h.Sound
			}
		}
	}
	l.write("", fmt.Sprintf("audio: %.1f s sent, %.1f s received, %.1f s heard",
		c.mic.Length().Seconds(), audio.PCM24k.Duration(c.received).Seconds(), heard.Seconds()))
	for i, t := range c.turns {
		l.write("", fmt.Sprintf("turn %d: first audio after %.2f s; %s", i+1, t.FirstSound.Seconds(), outcome(t)))
		l.write("", fmt.Sprintf("  you:   %q", t.User))
		l.write("", fmt.Sprintf("  model: %q", t.Said))
		if t.Unheard != "" {
			l.write("", fmt.Sprintf("  not heard: %q", t.Unheard))
		}
	}
}

// outcome describes how the last response of a turn ended.
func outcome(t *voice.Turn) string {
	u := t.Utterances[len(t.Utterances)-1]
	switch {
	case u.Status == "":
		return "not finished"
	case t.Cut && len(u.Heard) > 0:
		return fmt.Sprintf("%s, interrupted at %.2f s", u.Status, u.Heard[0].Sound.Seconds())
	default:
		return string(u.Status)
	}
}
