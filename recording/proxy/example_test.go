package proxy_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/proxy"
)

// A client in any language uses the proxy's address in place of the API's. Here it is one in
// Go, before the test server.
func Example() {
	service := realtimetest.NewServer(nil)
	defer service.Close()
	var file bytes.Buffer
	p, err := proxy.New(&proxy.Options{
		Upstream: strings.TrimSuffix(service.URL, "/v1"),
		Open: func(_ proxy.Call, o *recording.Options) (*recording.Writer, error) {
			return recording.NewWriter(&file, o), nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	front := httptest.NewServer(p)
	client, err := realtime.NewClient(&realtime.Config{APIKey: "sk-mine", BaseURL: front.URL + "/v1", Proxy: realtime.NoProxy})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := client.Connect(context.Background(), realtime.Model("gpt-realtime"), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Close())
	front.Close()
	p.Close()
	rec, err := recording.Read(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rec.Header.By, rec.Header.Session.Model)
	for _, l := range rec.Lines {
		if f, ok := l.Body.(*recording.Frame); ok {
			fmt.Println(f.Direction, f.Type)
		}
	}
	// Output:
	// <nil>
	// realtime-go proxy gpt-realtime
	// in session.created
}
