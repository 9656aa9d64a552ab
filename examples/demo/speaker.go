package main

import "time"

// speaker simulates a loudspeaker. It tracks the time that audio takes to play: the API
// sends faster than real time, so an interruption must know which part of the received
// audio was played.
type speaker struct {
	sound  []byte    // All audio that was played or is queued.
	played int       // Bytes counted by earlier stops.
	until  time.Time // When the queue will be empty.
}

// play appends audio to the queue.
func (p *speaker) play(sound []byte, now time.Time) {
	p.sound = append(p.sound, sound...)
	if p.until.Before(now) {
		p.until = now
	}
	p.until = p.until.Add(duration(len(sound)))
}

// stop discards the queue and returns the number of bytes played since the last stop.
func (p *speaker) stop(now time.Time) (heard int) {
	left := int(max(p.until.Sub(now), 0)*(bytesPerSecond/2)/time.Second) * 2
	p.sound = p.sound[:max(len(p.sound)-left, 0)]
	heard = len(p.sound) - p.played
	p.until, p.played = now, len(p.sound)
	return heard
}

// recording returns all audio that was played or is queued.
func (p *speaker) recording() []byte { return p.sound }
