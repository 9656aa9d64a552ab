package main

import "time"

// speaker stands for a loudspeaker: it keeps the time that sound takes to be
// heard, which is what an interruption has to know. The API sends answers
// faster than they play, so what has arrived is not what has been heard.
type speaker struct {
	sound  []byte    // All that was heard, and then what will be.
	played int       // How much of it an earlier stop has counted.
	until  time.Time // When all of it will have been heard.
}

// play adds sound to what is to be heard.
func (p *speaker) play(sound []byte, now time.Time) {
	p.sound = append(p.sound, sound...)
	if p.until.Before(now) {
		p.until = now
	}
	p.until = p.until.Add(duration(len(sound)))
}

// stop falls silent, and returns how many bytes were heard since the last time.
func (p *speaker) stop(now time.Time) (heard int) {
	left := int(max(p.until.Sub(now), 0)*(bytesPerSecond/2)/time.Second) * 2
	p.sound = p.sound[:max(len(p.sound)-left, 0)]
	heard = len(p.sound) - p.played
	p.until, p.played = now, len(p.sound)
	return heard
}

// recording returns all that was heard, or will be.
func (p *speaker) recording() []byte { return p.sound }
