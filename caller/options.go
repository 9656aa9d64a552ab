package caller

import (
	"github.com/voicelane/realtime-go/caller/internal/journal"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/usage"
	"github.com/voicelane/realtime-go/voice"
)

// Options are how scenarios are run. Nil and the zero value run them against a scripted
// server.
type Options struct {
	// Live, if not nil, is the server that answers, such as the service itself, in place of
	// a scripted one. Calls then take as long as they do; scripts and stubs are not used.
	Live *realtime.Config
	// Target is what sessions connect to; nil is the model gpt-realtime.
	Target realtime.Target
	// Server configures the scripted server. The script, if the scenario has one, and what
	// it hears are the scenario's. By default answers are sent at four times their speed.
	Server *realtimetest.Config
	// Line, if not nil, makes the line of each call and its far end, such as a simulated
	// carrier, in place of a *[voice.SimLine].
	Line func(Carrier) (voice.Line, Far, error)
	// Calls is how often each scenario is run; 0 is once.
	Calls int
	// Prices by which live calls are charged; nil are [usage.Published].
	Prices *usage.Prices
	// Dir is where the recordings and the pages of calls that fail are written; empty is
	// realtime-caller in the system's directory for temporary files.
	Dir string
}

func (o *Options) target() realtime.Target {
	if o.Target != nil {
		return o.Target
	}
	return realtime.Model("gpt-realtime")
}

// line returns the line of a call and its far end.
func (o *Options) line(c Carrier) (l voice.Line, far Far, err error) {
	if o.Line != nil {
		return o.Line(c)
	}
	return c.line()
}

// serve returns the scripted server of a call, which the caller closes.
func (o *Options) serve(s *Scenario, j *journal.Journal) *realtimetest.Server {
	const pace = 4
	cfg := realtimetest.Config{Pace: pace}
	if o.Server != nil {
		cfg = *o.Server
	}
	if s.Script != nil {
		cfg.Script = *s.Script
	}
	if len(cfg.Script.Heard) == 0 && cfg.Script.Listen == nil {
		cfg.Script.Listen = func() realtimetest.Heard { return realtimetest.Heard{Text: j.Latest()} }
	}
	return realtimetest.New(&cfg)
}
