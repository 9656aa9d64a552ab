//go:build !js

package conformance

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// NewServer returns the server for the tests of this package.
func NewServer() *realtimetest.Server {
	step := func(s ...realtimetest.Step) []realtimetest.Step { return s }
	srv := realtimetest.NewServer(&realtimetest.Config{
		Credentials: admit,
		Models: func(model string) error {
			if model == modelMissing {
				return errors.New("the model does not exist")
			}
			return nil
		},
		Script: realtimetest.Script{Rules: []realtimetest.Rule{
			{When: realtimetest.Said(askClose), Do: step(realtimetest.HangUp{Code: 4001, Reason: "as asked"})},
			{When: instructed(askDrop), Do: step(realtimetest.HangUp{})},
			{When: realtimetest.Said(askLast), Do: step(
				realtimetest.Wait(50*time.Millisecond), // By then the client's write has returned.
				realtimetest.Emit{Event: &api.UnknownServerEvent{Type: "test.last", Raw: []byte(`{"type":"test.last","word":"bye"}`)}},
				realtimetest.HangUp{Code: 1000, Reason: "done"},
			)},
			{When: realtimetest.Said(askTool), Do: step(realtimetest.Call{Name: "clock", Arguments: `{"zone":"UTC"}`})},
			{When: realtimetest.Said(askHang), Do: step(realtimetest.Hang{})},
			{When: realtimetest.Returned("clock"), Answer: func(t *realtimetest.Turn) []realtimetest.Step {
				out, _ := t.Result("clock")
				return step(realtimetest.Say{Text: "It is " + out + "."})
			}},
		}},
	})
	go garble(srv)
	return srv
}

// instructed returns a condition that is met by a response with these instructions.
// Unlike messages, they are not repeated on a new connection.
func instructed(text string) func(*realtimetest.Turn) bool {
	return func(t *realtimetest.Turn) bool {
		return t.Params != nil && t.Params.Instructions != nil && *t.Params.Instructions == text
	}
}

func admit(c realtimetest.Credential) error {
	switch {
	case c.Key == keyBad:
		return errors.New("the key is unknown")
	case c.Key == keyTeam && (c.Organization != "org-1" || c.Project != "proj_1"):
		return errors.New("the key is for another organization or project")
	case c.Key == "":
		return errors.New("the key is missing")
	default:
		return nil
	}
}

// garble sends frames that are not events to each connection that asks for them. It
// returns when the server is closed.
func garble(srv *realtimetest.Server) {
	for {
		c, err := srv.Accept(context.Background())
		if err != nil {
			return
		}
		go func() {
			_, err := c.WaitFor(context.Background(), func(e realtimetest.Entry) bool {
				return e.Direction == realtimetest.Received && strings.Contains(string(e.Data), askGarble)
			})
			if err != nil {
				return
			}
			for _, frame := range []string{`{"type":`, `[1]`, `{"type":7}`} {
				c.SendRaw([]byte(frame))
			}
		}()
	}
}
