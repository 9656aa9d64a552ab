package fleet_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet"
	"github.com/voicelane/realtime-go/fleet/inproc"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// One process receives the webhook of a call and handles the call. With the URL of a NATS
// cluster in place of inproc, any number of processes does.
func Example() {
	srv := realtimetest.NewServer(nil) // Stands for the service.
	defer srv.Close()
	dir, err := os.MkdirTemp("", "calls")
	check(err)
	defer os.RemoveAll(dir)
	ctx, stop := context.WithCancel(context.Background())

	server, err := inproc.Start(ctx, dir)
	check(err)
	f, err := fleet.Open(ctx, &fleet.Config{Conn: server.Conn})
	check(err)
	verifier, err := calls.NewWebhook(&calls.WebhookConfig{Secrets: []string{hookSecret}})
	check(err)
	h, err := calls.NewHandler(&calls.HandlerConfig{Webhook: verifier, Call: f.Offer})
	check(err)
	web := httptest.NewServer(h)
	defer web.Close()

	client, err := realtime.NewClient(&realtime.Config{APIKey: "any", BaseURL: srv.URL, Proxy: realtime.NoProxy})
	check(err)
	defer client.CloseIdleConnections()
	ended := make(chan error)
	worker := &fleet.Worker{
		Plan: func(_ context.Context, job *fleet.Job) (*calls.Plan, error) {
			return &calls.Plan{
				Session: &api.RealtimeSessionConfig{Model: new(api.ModelGPTRealtime2_1)},
				Run: func(ctx context.Context, call *calls.Call) error {
					seat, err := job.Once(ctx, "book", func(context.Context) ([]byte, error) { return []byte("12A"), nil })
					fmt.Printf("%s has seat %s, on worker %d\n", call.Header("From"), seat, job.Epoch())
					if err != nil {
						return err
					}
					return calls.ErrHangUp
				},
			}, nil
		},
		Ended: func(_ *fleet.Job, err error) { ended <- err },
	}
	worked := make(chan error)
	go func() { worked <- f.Work(ctx, calls.New(client), worker) }()

	_, err = srv.Ring(ctx, &realtimetest.Ringing{URL: web.URL, Secret: hookSecret, Client: http.DefaultClient, From: "+15550100", To: "desk"})
	check(err)
	fmt.Println("ended:", <-ended)
	stop()
	fmt.Println("worked:", <-worked)
	f.Close()
	server.Close()
	// Output:
	// +15550100 has seat 12A, on worker 1
	// ended: <nil>
	// worked: <nil>
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
