// Package proxy stands between clients of the Realtime API, in any language, and the API,
// and records each WebSocket connection.
//
//	p, err := proxy.New(&proxy.Options{
//		Upstream: "https://api.openai.com",
//		Open: func(c proxy.Call, o *recording.Options) (*recording.Writer, error) {
//			return recording.Create(filepath.Join("calls", c.ID+".jsonl"), o)
//		},
//	})
//	defer p.Close()
//	err = http.ListenAndServe("localhost:8080", p)
//
// Clients use the proxy's address in place of the API's, with their own credentials: those
// are passed on, and never recorded or logged. REST requests are passed on as they are.
// Messages, pings, pongs and close frames pass in both directions with their kinds, codes
// and reasons; a handshake that the service refuses is refused with its status and body.
package proxy
