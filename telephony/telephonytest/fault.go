package telephonytest

import (
	"math/rand/v2"
	"time"
)

// Network simulates the connection between carrier and program. The zero value adds no
// delay and loses nothing.
type Network struct {
	// Latency is the time that each message takes in each direction, and Jitter the most
	// that is added to it at random. Messages of a connection do not overtake each other.
	Latency, Jitter time.Duration
	// Loss is the share of the caller's sound that is lost, and Disorder the share of its
	// pieces that change places with the next one. A carrier that promises order, all but
	// Telnyx, ignores Disorder; Vonage and Asterisk lose nothing.
	Loss, Disorder float64
	// Seed makes runs equal.
	Seed uint64
}

// ClearBehaviour is what a clear does to marks that have not come back.
type ClearBehaviour int

// The behaviours. AsDocumented is that of the carrier: Twilio, SignalWire and Telnyx return
// them, Plivo drops them, and what Vonage and Exotel do is not documented: they drop them
// here, unless the configuration says otherwise.
const (
	AsDocumented ClearBehaviour = iota
	ReturnsMarks                // all come back at once
	DropsMarks                  // none comes back
	KeepsMarks                  // each comes back when its sound would have been played
)

// dice are the random numbers of one call.
type dice struct{ rng *rand.Rand }

func newDice(seed, call uint64) dice { return dice{rand.New(rand.NewPCG(seed, call))} } //nolint:gosec // A simulation.

// delay returns the time that a message takes.
func (d dice) delay(n *Network) time.Duration {
	if n.Jitter <= 0 {
		return n.Latency
	}
	return n.Latency + time.Duration(d.rng.Int64N(int64(n.Jitter)+1))
}

func (d dice) hit(share float64) bool { return share > 0 && d.rng.Float64() < share }
