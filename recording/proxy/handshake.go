package proxy

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/internal/address"
	"github.com/voicelane/realtime-go/internal/header"
	"github.com/voicelane/realtime-go/internal/text"
	"github.com/voicelane/realtime-go/recording"
)

// ofTheHop are the headers that belong to one connection.
var ofTheHop = []string{
	"Connection", "Upgrade", "Host", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding",
	"Content-Length", "Sec-Websocket-Key", "Sec-Websocket-Version", "Sec-Websocket-Extensions", "Sec-Websocket-Protocol", "Sec-Websocket-Accept",
}

// passed returns the headers that are passed on.
func passed(h http.Header) http.Header {
	h = h.Clone()
	for _, name := range ofTheHop {
		h.Del(name)
	}
	return h
}

// connect passes on one WebSocket connection.
func (p *Proxy) connect(w http.ResponseWriter, r *http.Request) {
	dialer := *p.o.Dialer
	dialer.Subprotocols = websocket.Subprotocols(r)
	began := time.Now()
	service, res, err := dialer.DialContext(r.Context(), p.target(r.URL), passed(r.Header)) //nolint:bodyclose // refuse closes it; after an upgrade there is none.
	took := time.Since(began)
	if err != nil {
		p.refuse(w, r, res)
		return
	}
	defer p.hold(service.NetConn())()
	up := websocket.Upgrader{
		CheckOrigin: func(*http.Request) bool { return true }, // The service has checked it.
		Error: func(w http.ResponseWriter, _ *http.Request, status int, _ error) {
			http.Error(w, http.StatusText(status), status)
		},
	}
	if chosen := service.Subprotocol(); chosen != "" {
		up.Subprotocols = []string{chosen}
	}
	client, err := up.Upgrade(w, r, passed(res.Header))
	if err != nil {
		return // Upgrade has answered.
	}
	defer p.hold(client.NetConn())()
	rec := p.open(r)
	if rec != nil {
		rec.Add(1, &recording.Dial{Took: recording.MicrosOf(took), Attempt: 1, Status: res.StatusCode})
	}
	end := p.pump(client, service, rec)
	p.o.Log.InfoContext(r.Context(), "a connection has ended", "by", end.Why, "code", end.Code)
	if rec != nil {
		if err := rec.Close(&end); err != nil {
			p.o.Log.ErrorContext(r.Context(), "a recording could not be written", "error", err)
		}
	}
}

// target returns the address to dial.
func (p *Proxy) target(u *url.URL) string {
	t := *p.upstream
	t.Scheme = "ws" + strings.TrimPrefix(t.Scheme, "http")
	t.Path = strings.TrimSuffix(t.Path, "/") + u.Path
	t.RawPath, t.RawQuery, t.Fragment = "", u.RawQuery, ""
	return t.String()
}

// refuse answers a handshake as the service did.
func (p *Proxy) refuse(w http.ResponseWriter, r *http.Request, res *http.Response) {
	if res == nil {
		p.failed(w, r, nil)
		return
	}
	defer func() { _ = res.Body.Close() }()
	maps.Copy(w.Header(), passed(res.Header))
	status := res.StatusCode
	if status < http.StatusBadRequest {
		status = http.StatusBadGateway // It accepted something that is no WebSocket.
	}
	w.WriteHeader(status)
	_, _ = io.Copy(w, res.Body) // The client may have left.
}

// open returns the writer of a recording, nil for none.
func (p *Proxy) open(r *http.Request) *recording.Writer {
	if p.o.Open == nil {
		return nil
	}
	var o recording.Options
	if p.o.Recording != nil {
		o = *p.o.Recording
	}
	c := newCall(r)
	if o.By == "" {
		o.By = "realtime-go proxy"
	}
	o.Session = &c.Session
	own, secrets := o.Scrub, credentials(r)
	o.Scrub = func(s string) string {
		if own != nil {
			s = own(s)
		}
		return secrets.Scrub(s)
	}
	rec, err := p.o.Open(c, &o)
	if err != nil {
		p.o.Log.ErrorContext(r.Context(), "a recording could not be opened", "error", err)
		return nil
	}
	return rec
}

// credentials returns what a recording may not hold, of a handshake.
func credentials(r *http.Request) *text.Secrets {
	list := address.Secrets(r.URL.Query(), address.HarmlessQuery)
	for _, name := range []string{"Authorization", "Api-Key", "X-Api-Key", "Cookie", "Proxy-Authorization"} {
		for _, v := range r.Header.Values(name) {
			list = append(list, text.Secret{Text: v, Key: true})
			if _, token, ok := strings.Cut(v, " "); ok {
				list = append(list, text.Secret{Text: strings.TrimSpace(token), Key: true})
			}
		}
	}
	for _, name := range websocket.Subprotocols(r) {
		if _, key, ok := strings.Cut(name, "."); ok {
			list = append(list, text.Secret{Text: key, Key: true})
		}
	}
	rest := passed(r.Header)
	list = slices.Concat(list, address.Secrets(rest, func(name string) bool {
		return header.Harmless(name) || !strings.Contains(strings.ToLower(name), "key") && !strings.Contains(strings.ToLower(name), "token") && !strings.Contains(strings.ToLower(name), "secret")
	}))
	return text.NewSecrets(list...)
}
