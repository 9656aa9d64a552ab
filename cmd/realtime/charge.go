package main

import (
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/usage"
)

// charge counts what a recorded call used in an account, as a meter in the session would
// have: by the messages that came from the service, which hold the counts at every level
// of content.
func charge(account *usage.Account, rec *recording.Recording) {
	var events []api.ServerEvent
	named := false
	for _, line := range rec.Lines {
		frame, ok := line.Body.(*recording.Frame)
		if !ok || frame.Direction != recording.In || frame.Event == nil {
			continue
		}
		e, err := api.DecodeServerEvent(frame.Event)
		if err != nil {
			continue // It is no event, and is not charged.
		}
		if _, ok := e.(*api.SessionCreated); ok {
			named = true
		}
		events = append(events, e)
	}
	o := &usage.Options{Account: account}
	if s := rec.Header.Session; s != nil && !named { // As beside a call.
		o.Model = s.Model
	}
	tap := usage.NewMeter(o).Tap()
	for _, e := range events {
		tap.Received(e, nil, nil)
	}
}
