package clientsecret_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/voicelane/realtime-go/clientsecret"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
)

// A server mounts the handler beside its pages. Here the API is the test server.
func Example() {
	srv := realtimetest.New(nil)
	defer srv.Close()
	client, err := realtime.NewClient(&realtime.Config{
		APIKey: "sk-stays-here", BaseURL: srv.URL, DialContext: srv.DialContext, Proxy: realtime.NoProxy,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.CloseIdleConnections()
	secrets, err := clientsecret.New(&clientsecret.Config{
		Client: client,
		Authorize: func(r *http.Request) (string, error) {
			cookie, err := r.Cookie("session")
			if err != nil || cookie.Value != "ann's" {
				return "", errors.New("not signed in")
			}
			return "ann", nil
		},
		Session: &api.RealtimeSessionConfig{
			Model:        new(api.ModelGPTRealtime2_1),
			Instructions: new("You are a guide to Lisbon. Be brief."),
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	site := http.NewServeMux()
	site.Handle("/secret", secrets)
	web := httptest.NewServer(site)
	defer web.Close()

	// What the page does: fetch("/secret", {method: "POST"}).
	for _, cookie := range []string{"", "session=ann's"} {
		req, err := http.NewRequest(http.MethodPost, web.URL+"/secret", nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		req.Header.Set("Cookie", cookie)
		res, err := web.Client().Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			fmt.Println(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			fmt.Println(res.StatusCode, string(body))
			continue
		}
		fmt.Println(res.StatusCode, strings.Contains(string(body), `{"value":"ek_`))
	}
	// Output:
	// 401 {"error":{"code":"unauthorized","message":"Sign in first."}}
	// 200 true
}
