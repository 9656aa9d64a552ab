package realtimetest_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/realtimetest"
)

// Clients come and leave while the server closes. Without a log the list of
// connections shrinks as they leave.
func TestCloseWhileClientsLeave(t *testing.T) {
	t.Parallel()
	times := 20
	if testing.Short() {
		times = 4
	}
	for _, discard := range []bool{false, true} {
		for range times {
			srv := realtimetest.New(&realtimetest.Config{DiscardLog: discard})
			var clients, served sync.WaitGroup
			const count = 20
			served.Add(count)
			for range count {
				clients.Go(func() { comeAndGo(srv, sync.OnceFunc(served.Done)) })
			}
			served.Wait()
			srv.Close()
			clients.Wait()
		}
	}
}

// comeAndGo opens sessions and leaves them until the server is closed. It calls served
// after each.
func comeAndGo(srv *realtimetest.Server, served func()) {
	defer served()
	d := websocket.Dialer{NetDialContext: srv.DialContext}
	for {
		ws, _, err := d.Dial(strings.Replace(srv.URL, "http", "ws", 1)+"/realtime?model=m", bearer("k"))
		if err != nil {
			return
		}
		_, _, _ = ws.ReadMessage()
		_ = ws.Close()
		served()
	}
}
