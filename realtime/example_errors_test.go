package realtime_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// branch says what to do about an error, by its kind.
func branch(_ api.ServerEvent, err error) string {
	refused, ok := errors.AsType[*realtime.ServerError](err)
	switch {
	case err == nil:
		return "go on"
	case !ok:
		return "dial again" // The connection is at fault.
	case refused.IsRateLimit():
		return "wait"
	case refused.IsServerError():
		return "try again"
	case refused.IsInvalidRequest():
		return "fix the event"
	default:
		return "give up"
	}
}

// Kinds of errors call for different reactions. A connection that has ended is
// no error of the server.
func ExampleServerError() {
	refuse := func(kind string) realtimetest.Rule {
		return realtimetest.Rule{When: realtimetest.Said(kind), Do: []realtimetest.Step{realtimetest.Refuse{Type: kind, Message: "no"}}}
	}
	client, stop := against(realtimetest.Script{Rules: []realtimetest.Rule{
		refuse(realtime.ErrorTypeInvalidRequest), refuse(realtime.ErrorTypeServer), refuse(realtime.ErrorTypeRateLimit),
	}})
	defer stop()
	ctx := context.Background()
	for _, kind := range []string{realtime.ErrorTypeInvalidRequest, realtime.ErrorTypeServer, realtime.ErrorTypeRateLimit} {
		s, err := client.Connect(ctx, realtime.Model(api.ModelGPTRealtime2_1), nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		if err := s.SendText(ctx, kind); err != nil {
			fmt.Println(err)
		}
		fmt.Println(kind+":", branch(s.Request(ctx, &api.ResponseCreate{})))
		_ = s.Close()
		fmt.Println("after the end:", branch(s.Request(ctx, &api.ResponseCreate{})))
	}
	// Output:
	// invalid_request_error: fix the event
	// after the end: dial again
	// server_error: try again
	// after the end: dial again
	// rate_limit_error: wait
	// after the end: dial again
}

// An Azure deployment is dialed as a model is.
func ExampleClient_Connect_azure() {
	srv := realtimetest.NewServer(nil)
	defer srv.Close()
	client, err := realtime.NewClient(&realtime.Config{
		Azure:  &realtime.Azure{Endpoint: strings.TrimSuffix(srv.URL, "/v1"), Deployment: "voice"},
		APIKey: "az-example",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	s, err := client.Connect(ctx, realtime.Model(""), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	conn, err := srv.Accept(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(conn.Query().Get("model"), conn.Credential().Key)
	if err := s.SendText(ctx, "Good morning!"); err != nil {
		fmt.Println(err)
	}
	item, err := realtimetest.Await[*api.ConversationItemCreate](ctx, conn)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(item.EventType())
	// Output:
	// voice az-example
	// conversation.item.create
}
