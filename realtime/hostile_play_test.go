package realtime

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
)

// answering returns a client whose requests and handshakes get one answer.
func (h *hostile) answering(answer string) *Client {
	var wg sync.WaitGroup
	h.Cleanup(wg.Wait)
	c, err := NewClient(func() *Config {
		c := &Config{BaseURL: "http://127.0.0.1/v1", Proxy: NoProxy, Retries: 1, DialContext: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			wg.Go(func() {
				defer far.Close()
				if _, err := http.ReadRequest(bufio.NewReader(far)); err == nil {
					_, _ = io.WriteString(far, answer)
				}
			})
			return near, nil
		}}
		h.config(c)
		return c
	}())
	require.NoError(h, err)
	h.Cleanup(c.CloseIdleConnections)
	return c
}

// answers are HTTP answers with the key in them, by place.
func httpAnswers() map[string]func(e echo) string {
	status := func(code int, header, body string) string {
		return fmt.Sprintf("HTTP/1.1 %d No\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n%s", code, header, len(body), body)
	}
	body := func(format string) func(e echo) string {
		return func(e echo) string {
			return status(401, "Content-Type: application/json\r\n", strings.ReplaceAll(format, "%s", e.inJSON))
		}
	}
	return map[string]func(e echo) string{
		"text":         func(e echo) string { return status(401, "", e.plain) },
		"page":         func(e echo) string { return status(502, "", "<p>"+e.plain+"</p>") },
		"message":      body(`{"error":{"message":"key %s is bad"}}`),
		"type":         body(`{"error":{"message":"m","type":"%s"}}`),
		"code":         body(`{"error":{"message":"m","code":"%s"}}`),
		"param":        body(`{"error":{"message":"m","param":"%s"}}`),
		"text error":   body(`{"error":"%s"}`),
		"list":         body(`{"error":["%s","%s"]}`),
		"beside":       body(`{"detail":"%s"}`),
		"other JSON":   body(`{"a":{"b":"%s"}}`),
		"broken JSON":  body(`{"error":{"message":"%s`),
		"member name":  body(`{"error":{"%s":1}}`),
		"request id":   func(e echo) string { return status(400, "X-Request-Id: "+e.plain+"\r\n", "no") },
		"Azure's id":   func(e echo) string { return status(400, "Apim-Request-Id: "+e.plain+"\r\n", "no") },
		"redirect":     func(e echo) string { return status(302, "Location: https://x.example/"+e.plain+"\r\n", e.plain) },
		"status text":  func(e echo) string { return "HTTP/1.1 401 " + e.plain + "\r\nContent-Length: 0\r\n\r\n" },
		"no status":    func(e echo) string { return "HTTP/1.1 " + e.plain + "\r\n\r\n" },
		"no HTTP":      func(e echo) string { return e.plain + "\r\n\r\n" },
		"bad header":   func(e echo) string { return "HTTP/1.1 401 No\r\n" + e.plain + "\r\n\r\n" },
		"bad length":   func(e echo) string { return "HTTP/1.1 401 No\r\nContent-Length: " + e.plain + "\r\n\r\n" },
		"bad encoding": func(e echo) string { return "HTTP/1.1 401 No\r\nTransfer-Encoding: " + e.plain + "\r\n\r\n" },
		"Retry-After":  func(e echo) string { return status(429, "Retry-After: "+e.plain+"\r\n", e.plain) },
		"no upgrade":   func(e echo) string { return "HTTP/1.1 101 S\r\nUpgrade: " + e.plain + "\r\n\r\n" },
		"wrong accept": func(e echo) string {
			return "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + e.plain + "\r\n\r\n"
		},
	}
}

func handshakePositions() map[string]position {
	list := map[string]position{}
	for name, answer := range httpAnswers() {
		list["handshake/"+name] = func(h *hostile) []any {
			_, err := h.answering(answer(h.echo)).Connect(h.Context(), Model("m"), nil)
			return []any{err}
		}
	}
	return list
}

// requestPositions are those of REST requests, whose successes can be wrong as well.
func requestPositions() map[string]position {
	answers := httpAnswers()
	success := func(header, body string) string {
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nConnection: close\r\n%sContent-Length: %d\r\n\r\n%s", header, len(body), body)
	}
	answers["content type"] = func(e echo) string { return success("Content-Type: "+e.plain+"\r\n", "{}") }
	answers["odd content type"] = func(e echo) string {
		return success("Content-Type: text/x; a=\""+e.plain+"\"\r\nX-Request-Id: "+e.plain+"\r\n", e.plain)
	}
	answers["broken success"] = func(e echo) string {
		return success("Content-Type: application/json\r\nX-Request-Id: "+e.plain+"\r\n", `{"value":"`+e.plain)
	}
	answers["success without a secret"] = func(e echo) string {
		return success("Content-Type: application/json\r\nX-Request-Id: "+e.plain+"\r\n", `{"session":{"type":"`+e.inJSON+`"}}`)
	}
	list := map[string]position{}
	for name, answer := range answers {
		list["request/"+name] = func(h *hostile) []any {
			_, err := h.answering(answer(h.echo)).CreateClientSecret(h.Context(), nil, nil)
			return []any{err}
		}
	}
	return list
}

// errorFrames are error events with the key in them.
func errorFrames() map[string]string {
	return map[string]string{
		"message":  `{"type":"error","event_id":"s","error":{"type":"invalid_request_error","message":"key %s is bad"%id}}`,
		"code":     `{"type":"error","event_id":"s","error":{"type":"t","message":"m","code":"%s"%id}}`,
		"type":     `{"type":"error","event_id":"s","error":{"type":"%s","message":"m"%id}}`,
		"param":    `{"type":"error","event_id":"s","error":{"type":"t","message":"m","param":"%s"%id}}`,
		"its id":   `{"type":"error","event_id":"%s","error":{"type":"t","message":"m"%id}}`,
		"text":     `{"type":"error","event_id":"s","error":"%s"}`,
		"beside":   `{"type":"error","event_id":"s","message":"%s","error":{"type":"t"%id}}`,
		"unknown":  `{"type":"error","event_id":"s","new":"%s","error":{"type":"t","message":"m","new":{"%s":["%s"]}%id}}`,
		"event id": `{"type":"error","event_id":"s","error":{"type":"t","message":"m","event_id":"%s"}}`,
	}
}

// frame fills in a frame: the key, and the id of the event that it answers.
func (h *hostile) frame(format, id string) string {
	if id != "" {
		id = `,"event_id":"` + id + `"`
	}
	return strings.NewReplacer("%s", h.echo.inJSON, "%id", id).Replace(format)
}

// refusalPositions are errors instead of a session.
func refusalPositions() map[string]position {
	list := map[string]position{}
	for name, format := range errorFrames() {
		list["refusal/"+name] = func(h *hostile) []any {
			c := h.client(func(p *peer) {
				p.Send(h.frame(format, ""))
				p.Close(CloseUnauthorized, short(h.echo.plain))
			})
			_, err := c.Connect(h.Context(), Model("m"), nil)
			return []any{err}
		}
		list["translation refusal/"+name] = func(h *hostile) []any {
			c := h.client(func(p *peer) { p.Send(h.frame(format, "")); p.Close(CloseUnauthorized, short(h.echo.plain)) })
			_, err := c.ConnectTranslation(h.Context(), "m", nil)
			return []any{err}
		}
	}
	return list
}

// sessionPositions are errors and failures within a session.
func sessionPositions() map[string]position {
	list := map[string]position{}
	for name, format := range errorFrames() {
		list["event/"+name] = func(h *hostile) []any { return h.inSession(format) }
		list["answer/"+name] = func(h *hostile) []any {
			s := connect(h.T, h.client(func(p *peer) {
				p.Created()
				id := textAt(p.Expect("session.update"), "event_id")
				p.Send(h.frame(format, id))
				p.Close(1000, "")
			}), nil)
			s.Discard()
			_, err := s.Request(h.Context(), &api.SessionUpdate{Session: &api.RealtimeSessionConfig{}})
			return []any{err}
		}
	}
	for name, format := range map[string]string{
		"malformed, type":   `{"type":"%s","event_id":`,
		"malformed, member": `{"type":"x","%s":{"%s":[1,`,
		"malformed":         `%s`,
		"unknown event":     `{"type":"%s"}`,
		"transcription":     `{"type":"conversation.item.input_audio_transcription.failed","event_id":"s","item_id":"i","content_index":0,"error":{"message":"%s","code":"%s"}}`,
	} {
		list["event/"+name] = func(h *hostile) []any { return h.inSession(format) }
	}
	for name, response := range map[string]string{
		"failed":     `"id":"r1","status":"failed","status_details":{"type":"failed","error":{"type":"%s","code":"%s","message":"%s"}}`,
		"incomplete": `"id":"r1","status":"incomplete","status_details":{"type":"incomplete","reason":"%s"}`,
		"status":     `"id":"r1","status":"%s"`,
	} {
		list["response/"+name] = func(h *hostile) []any {
			done := h.frame(`{"type":"response.done","event_id":"s","response":{`+response+`}}`, "")
			s := connect(h.T, h.client(func(p *peer) {
				p.Created()
				p.Send(created("r1", tagOf(p.Expect("response.create"))))
				p.Send(done)
				p.Drain()
			}), nil)
			s.Discard()
			r, err := s.Respond(h.Context(), nil)
			require.NoError(h, err)
			a, err := r.Answer(h.Context())
			if err == nil {
				err = a.Err()
			}
			require.NoError(h, s.Close())
			return []any{err}
		}
	}
	return list
}

// inSession sends a frame to a session, and returns what its receiver, a mux with a
// handler that panics, and the taps see.
func (h *hostile) inSession(format string) []any {
	var seen []any
	play := func(p *peer) { p.Created(); p.Send(h.frame(format, "")); p.Close(1000, "") }
	tap := &Tap{Received: func(e Event, malformed error, message []byte) {
		switch e := e.(type) {
		case *api.ErrorEvent:
			seen = append(seen, NewServerError(e), string(message))
		case nil:
			seen = append(seen, malformed)
		}
	}}
	s := connect(h.T, h.client(play), &Options{Taps: []*Tap{tap}})
	for e, err := range s.Events(h.Context()) {
		if err != nil {
			seen = append(seen, err)
		}
		switch e := e.(type) {
		case *api.ErrorEvent:
			seen = append(seen, e, *e, NewServerError(e))
		case *api.ConversationItemInputAudioTranscriptionFailed:
			seen = append(seen, e.Error, *e)
		default:
		}
	}
	m := NewMux()
	m.HandleAll(func(context.Context, *Session, api.ServerEvent) error { panic("a handler") })
	m.OnError(func(_ context.Context, _ *Session, err error) error {
		p, ok := errors.AsType[*PanicError](err)
		if ok {
			p.Stack = nil
		}
		seen = append(seen, err)
		return nil
	})
	if err := m.Run(h.Context(), connect(h.T, h.client(play), nil)); err != nil {
		seen = append(seen, err)
	}
	return seen
}

// short cuts a text as a server has to for a close frame.
func short(s string) string {
	return s[:min(len(s), 123)]
}

func closePositions() map[string]position {
	list := map[string]position{}
	for _, code := range []int{1001, 1008, 1011, CloseUnauthorized, CloseBadRequest} {
		list[fmt.Sprint("close/", code)] = func(h *hostile) []any {
			s := connect(h.T, h.client(func(p *peer) { p.Created(); p.Close(code, short(h.echo.plain)) }), nil)
			next[*api.SessionCreated](h.T, s)
			_, err := s.Recv(h.Context())
			<-s.Done()
			return []any{err, s.Err(), s.CloseStatus(), s.SendText(h.Context(), "x"), s}
		}
	}
	list["close/in a message"] = func(h *hostile) []any {
		s := connect(h.T, h.client(func(p *peer) {
			p.Created()
			// The first part of a message, and a close frame instead of the next.
			_, _ = p.WS.NetConn().Write([]byte{0x01, 1, '{'})
			p.Close(1011, short(h.echo.plain))
		}), nil)
		next[*api.SessionCreated](h.T, s)
		_, err := s.Recv(h.Context())
		return []any{err, s.CloseStatus()}
	}
	list["close/with events unsent"] = func(h *hostile) []any {
		s := connect(h.T, h.client(func(p *peer) { p.Created(); p.Close(1011, short(h.echo.plain)) }), nil)
		<-s.Done()
		_, err := s.Request(h.Context(), &api.InputAudioBufferClear{})
		return []any{err, s.Flush(h.Context()) == nil}
	}
	list["close/raw session"] = func(h *hostile) []any {
		c := h.client(func(p *peer) { p.Close(1011, short(h.echo.plain)) })
		s, err := c.ConnectRaw(h.Context(), Model("m"), nil)
		require.NoError(h, err)
		_, err = s.Recv(h.Context())
		return []any{err, s.Err(), s}
	}
	list["close/translation"] = func(h *hostile) []any {
		c := h.client(func(p *peer) { p.Send(translationCreated); p.Close(1011, short(h.echo.plain)) })
		s, err := c.ConnectTranslation(h.Context(), "m", nil)
		require.NoError(h, err)
		<-s.Done()
		return []any{s.Finish(h.Context()), s.Err()}
	}
	return list
}

// redialPositions are what a session that reconnects says of its outages.
func redialPositions() map[string]position {
	outage := func(h *hostile, play func(p *peer)) []any {
		s := connect(h.T, h.client(play), &Options{Reconnect: &Reconnect{Attempts: 3}})
		require.NoError(h, s.SendText(h.Context(), "hello"))
		var seen []any
		for e, err := range s.Events(h.Context()) {
			switch e := e.(type) {
			case *Reconnecting:
				seen = append(seen, e.Cause, *e)
			case *Reconnected:
				seen = append(seen, e.Cause, *e, e.Lost)
				go func() { _ = s.Close() }()
			default:
			}
			if err != nil {
				seen = append(seen, err)
			}
		}
		return seen
	}
	item := `{"type":"conversation.item.added","event_id":"s","previous_item_id":null,"item":{"id":"i1","type":"message","role":"user","content":[{"type":"input_text","text":"hello"}]}}`
	first := func(h *hostile, p *peer) {
		p.Created()
		p.Expect("conversation.item.create")
		p.Send(item)
		p.Close(1011, short(h.echo.plain))
	}
	list := map[string]position{
		"redial/cause": func(h *hostile) []any {
			return outage(h, func(p *peer) {
				if p.N == 1 {
					first(h, p)
					return
				}
				p.Created()
				p.Drain()
			})
		},
		"redial/an item is refused": func(h *hostile) []any {
			return outage(h, func(p *peer) {
				if p.N == 1 {
					first(h, p)
					return
				}
				p.Created()
				id := textAt(p.Expect("conversation.item.create"), "event_id")
				p.Send(h.frame(`{"type":"error","event_id":"s","error":{"type":"t","message":"%s","code":"%s"%id}}`, id))
				p.Drain()
			})
		},
	}
	for name, format := range errorFrames() {
		list["redial/refusal, "+name] = func(h *hostile) []any {
			return outage(h, func(p *peer) {
				if p.N == 1 {
					first(h, p)
					return
				}
				p.Send(h.frame(strings.ReplaceAll(format, `"t"`, `"server_error"`), ""))
				p.Close(1011, short(h.echo.plain))
			})
		}
	}
	return list
}

// transportPositions are errors of what lies between, which the server may fill.
func transportPositions() map[string]position {
	dial := func(change func(h *hostile, c *Config)) position {
		return func(h *hostile) []any {
			c := h.client(func(p *peer) { p.Close(1011, "") }, func(c *Config) { change(h, c) })
			_, dial := c.Connect(h.Context(), Model("m"), nil)
			_, request := c.CreateClientSecret(h.Context(), nil, nil)
			return []any{dial, request}
		}
	}
	return map[string]position{
		"transport/dial": dial(func(h *hostile, c *Config) {
			c.DialContext = func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Err: errors.New(h.echo.plain)}
			}
		}),
		"transport/its fields": dial(func(h *hostile, c *Config) {
			c.DialContext = func(context.Context, string, string) (net.Conn, error) {
				return nil, errors.Join(io.EOF, &websocket.CloseError{Code: 1011, Text: h.echo.plain})
			}
		}),
		"transport/round trip": func(h *hostile) []any {
			c := h.client(nil, func(c *Config) {
				c.HTTPClient = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
					return nil, fmt.Errorf("%s: %w", h.echo.plain, io.ErrUnexpectedEOF)
				})}
			})
			_, err := c.CreateClientSecret(h.Context(), nil, &RequestOptions{Retries: 2, IdempotencyKey: "k"})
			require.ErrorIs(h, err, io.ErrUnexpectedEOF)
			return []any{err}
		},
		"transport/credential": dial(func(h *hostile, c *Config) {
			calls := 0
			c.Credentials = func(context.Context) (Credential, error) {
				if calls++; calls > 1 {
					return Credential{}, errors.New("the vault answers " + h.echo.plain)
				}
				return Key(hostileKey), nil
			}
		}),
		"session/request id": func(h *hostile) []any {
			accepted := "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Request-Id: " + h.echo.plain + "\r\nSec-WebSocket-Accept: "
			c := h.answering("")
			c.set.dialer.Connect = h.upgrading(accepted)
			s, err := c.ConnectRaw(h.Context(), Model("m"), nil)
			require.NoError(h, err)
			defer s.Close()
			return []any{s.RequestID(), s}
		},
	}
}

// upgrading returns a dial to a server that opens a WebSocket with such an answer and
// closes.
func (h *hostile) upgrading(answer string) func(context.Context, string, string) (net.Conn, error) {
	var wg sync.WaitGroup
	h.Cleanup(wg.Wait)
	return func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		wg.Go(func() {
			defer far.Close()
			r, err := http.ReadRequest(bufio.NewReader(far))
			if err != nil {
				return
			}
			sum := sha1.Sum([]byte(r.Header.Get("Sec-Websocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
			_, _ = io.WriteString(far, answer+base64.StdEncoding.EncodeToString(sum[:])+"\r\n\r\n")
			_, _ = io.Copy(io.Discard, far)
		})
		return near, nil
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
