package realtimetest_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

// Any WebSocket client can use the server; this one writes JSON.
func ExampleNewServer() {
	srv := realtimetest.NewServer(&realtimetest.Config{
		Script: realtimetest.Script{Rules: []realtimetest.Rule{{
			When: realtimetest.Said("weather"),
			Do:   []realtimetest.Step{realtimetest.Call{Name: "forecast", Arguments: `{"city":"Lisbon"}`}},
		}}},
	})
	defer srv.Close()

	url := "ws" + strings.TrimPrefix(srv.URL, "http") + "/realtime?model=gpt-realtime"
	ws, _, err := websocket.DefaultDialer.Dial(url, http.Header{"Authorization": {"Bearer any-key"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer ws.Close()
	for _, frame := range []string{
		`{"type":"conversation.item.create","item":{"type":"message","role":"user",
			"content":[{"type":"input_text","text":"How is the weather in Lisbon?"}]}}`,
		`{"type":"response.create"}`,
	} {
		if err := ws.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
			fmt.Println(err)
			return
		}
	}
	for {
		_, data, err := ws.ReadMessage()
		if err != nil {
			fmt.Println(err)
			return
		}
		event, err := api.DecodeServerEvent(data)
		if err != nil {
			fmt.Println(err)
			return
		}
		switch event := event.(type) {
		case *api.ResponseFunctionCallArgumentsDone:
			fmt.Println(event.Name, event.Arguments)
		case *api.ResponseDone:
			fmt.Println(event.Response.Status)
			return
		default: // Deltas and others.
		}
	}
	// Output:
	// forecast {"city":"Lisbon"}
	// completed
}
