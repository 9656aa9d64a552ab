package site

import (
	"slices"
	"time"

	"github.com/voicelane/realtime-go/examples/demo/recordings"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// Live makes the page connect to the API with the key and URL from the environment.
func Live(cfg *Config) error {
	client, err := realtime.NewClient(nil)
	if err != nil {
		return err
	}
	cfg.Client, cfg.URL = client, client.BaseURL()
	cfg.About = "Your voice goes from this page to the service. The page's server only gives it a secret, which is valid for a minute."
	return nil
}

// Scripted returns Speaker and About of Config for the server in this process.
func Scripted() (speaker, about string) {
	return "a test server", "It has no model and plays a script, whatever you say. Nothing leaves this machine."
}

// InProcess makes the page connect to a server in this process. The returned func
// closes the server.
func InProcess(cfg *Config) (end func(), err error) {
	script, err := Script()
	if err != nil {
		return func() {}, err
	}
	srv := realtimetest.New(&realtimetest.Config{Script: *script, Pace: 1.5})
	err = Attach(cfg, srv)
	cfg.Speaker, cfg.About = Scripted()
	return srv.Close, err
}

// Attach makes the page connect to srv.
func Attach(cfg *Config, srv *realtimetest.Server) (err error) {
	cfg.Realtime, cfg.URL = srv, ""
	cfg.Client, err = realtime.NewClient(&realtime.Config{
		APIKey: "no-key-needed", BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy,
	})
	return err
}

// Transcripts of the recordings.
const (
	Question     = "What will the weather be like in Lisbon on Saturday?"
	Interruption = "Wait, and tomorrow?"
	Answer       = "On Saturday Lisbon will be sunny and warm, with a light breeze from the sea."
	Tomorrow     = "Tomorrow it will rain until noon."
)

// thinking is the delay of the in-process server before it answers.
const thinking = 600 * time.Millisecond

// Script returns the conversation of the in-process server. A microphone changes the
// recordings, so they cannot be recognized: turns are identified by their order.
func Script() (*realtimetest.Script, error) {
	answer, err := recordings.Read("answer")
	if err != nil {
		return nil, err
	}
	tomorrow, err := recordings.Read("answer-tomorrow")
	if err != nil {
		return nil, err
	}
	turns := []realtimetest.Heard{{Text: Question}, {Text: Interruption}}
	return &realtimetest.Script{
		Heard: slices.Repeat(turns, 20),
		Rules: []realtimetest.Rule{
			{When: realtimetest.Returned("weather"), Do: []realtimetest.Step{
				realtimetest.Say{Text: Answer, Audio: answer},
			}},
			{When: realtimetest.Said("tomorrow"), Do: []realtimetest.Step{
				realtimetest.Wait(thinking), realtimetest.Say{Text: Tomorrow, Audio: tomorrow},
			}},
			{When: realtimetest.Said("weather"), Do: []realtimetest.Step{
				realtimetest.Wait(thinking),
				realtimetest.Call{Name: "weather", Arguments: `{"city":"Lisbon","day":"Saturday"}`},
			}},
		},
	}, nil
}
