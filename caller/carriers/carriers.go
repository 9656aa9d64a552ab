// Package carriers lets scenarios of package caller come over simulated carriers: through
// the carrier's protocol and the program's own handler of its calls.
//
//	o := &caller.Options{Line: carriers.Line(telephonytest.Twilio,
//		telephonytest.Config{URL: address, Secret: token},
//		func(o telephony.Options) (http.Handler, error) {
//			return twilio.New(&twilio.Config{Options: o, URL: address, AuthToken: token})
//		})}
//	caller.Test(t, scenario, program, o)
package carriers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/voicelane/realtime-go/caller"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/voice"
)

// Line returns what Options.Line of package caller is to be, so that calls come over a
// simulated carrier. config is that of the carrier; its Handler is what handler returns for
// each call, which is to have the options that it is given: their Call hands the line to
// the scenario. The scenario's line.carrier is not looked at, but for its losses.
func Line(
	kind telephonytest.Kind, config telephonytest.Config, handler func(telephony.Options) (http.Handler, error),
) func(caller.Carrier) (voice.Line, caller.Far, error) {
	return func(caller.Carrier) (voice.Line, caller.Far, error) {
		lines, done := make(chan *telephony.Line, 1), make(chan struct{})
		h, err := handler(telephony.Options{Call: func(ctx context.Context, l *telephony.Line) error {
			select {
			case lines <- l:
			default:
				return errTwice
			}
			select {
			case <-done: // The program is done with the line.
			case <-ctx.Done():
			}
			return nil
		}})
		if err != nil {
			return nil, nil, err
		}
		config := config
		config.Handler = h
		carrier := telephonytest.New(kind, &config)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		call, err := carrier.Call(ctx, "+15550100", "+15550199")
		if err != nil {
			close(done)
			carrier.Close()
			return nil, nil, err
		}
		far := &phone{Call: call, carrier: carrier, done: done}
		select {
		case l := <-lines:
			return l, far, nil
		case <-call.Ended():
			return nil, nil, errors.Join(errNoLine, far.Close())
		case <-ctx.Done():
			return nil, nil, errors.Join(errNoLine, far.Close())
		}
	}
}

var (
	errTwice  = errors.New("carriers: a handler takes one call of a scenario")
	errNoLine = errors.New("carriers: the program's handler has not taken the call: it has to run Options.Call")
)

// phone is the caller's telephone.
type phone struct {
	*telephonytest.Call

	carrier *telephonytest.Carrier
	done    chan struct{}
}

// Leave hangs up.
func (p *phone) Leave() { p.HangUp() }

// Close ends the call and the carrier.
func (p *phone) Close() error {
	close(p.done)
	p.carrier.Close()
	return nil
}
