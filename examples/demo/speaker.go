package main

import (
	"slices"
	"time"
)

// speaker stands for a loudspeaker: it keeps the time that sound takes to be
// heard, which is what an interruption has to know. The API sends answers
// faster than they play, so what has arrived is not what has been heard.
type speaker struct {
	item    string // The answer that is playing.
	content int
	sound   []byte    // All of it that has arrived.
	until   time.Time // When that will have been heard.
	heard   []byte    // The answers before it, as far as they were heard.
}

// play adds sound of an item to what is to be heard.
func (p *speaker) play(item string, content int, sound []byte, now time.Time) {
	if item != p.item {
		p.heard = append(p.heard, p.sound...)
		p.item, p.content, p.sound = item, content, nil
	}
	p.sound = append(p.sound, sound...)
	if p.until.Before(now) {
		p.until = now
	}
	p.until = p.until.Add(duration(len(sound)))
}

// playing reports whether there is something left to hear.
func (p *speaker) playing(now time.Time) bool { return p.until.After(now) }

// position returns how much of the item has been heard.
func (p *speaker) position(now time.Time) time.Duration {
	return max(duration(len(p.sound))-max(p.until.Sub(now), 0), 0)
}

// stop falls silent, and returns what was heard of which item.
func (p *speaker) stop(now time.Time) (item string, content int, heard time.Duration) {
	heard = p.position(now)
	n := int(heard*(bytesPerSecond/2)/time.Second) * 2
	p.sound = p.sound[:min(n, len(p.sound))]
	p.until = now
	return p.item, p.content, heard
}

// recording returns all that was heard.
func (p *speaker) recording() []byte { return slices.Concat(p.heard, p.sound) }
