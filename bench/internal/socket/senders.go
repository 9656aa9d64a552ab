package socket

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/bench/internal/community"
	"github.com/voicelane/realtime-go/bench/internal/contender"
	"github.com/voicelane/realtime-go/bench/internal/server"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

// Names of the senders.
const (
	bare   = "bare socket, prepared frame"
	ours   = "realtime-go"
	client = "community client"
	vendor = "openai-go"
)

// sender is a client with a session over a conn.
type sender struct {
	name string
	conn *conn
	send func(audio []byte) error
	end  func() error
}

type dial = func(ctx context.Context, network, addr string) (net.Conn, error)

// open connects a client and mutes its connection.
func open(ctx context.Context, name, base string, conf *tls.Config) (*sender, error) {
	s := &sender{name: name}
	var d net.Dialer
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := d.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		s.conn = newConn(c)
		return s.conn, nil
	}
	var err error
	switch name {
	case ours:
		err = s.ours(ctx, base, conf, dial)
	case client:
		err = s.community(ctx, base, conf, dial)
	case vendor:
		err = s.openai(ctx, base, conf, dial)
	default:
		err = s.bare(ctx, base, conf, dial)
	}
	if err != nil {
		return nil, err
	}
	s.conn.mute()
	return s, nil
}

func (s *sender) ours(ctx context.Context, base string, conf *tls.Config, dial dial) error {
	c, err := realtime.NewClient(&realtime.Config{APIKey: "key", BaseURL: base, TLS: conf, DialContext: dial, Proxy: realtime.NoProxy})
	if err != nil {
		return err
	}
	// A muted peer answers no pings.
	session, err := c.Connect(ctx, realtime.Model("gpt-realtime"), &realtime.Options{PingInterval: -1})
	if err != nil {
		return err
	}
	session.Discard()
	e := &api.InputAudioBufferAppend{}
	s.send = func(audio []byte) error {
		e.Audio = audio
		return session.Send(ctx, e)
	}
	s.end = func() error {
		// The muted peer receives no close frame.
		_ = s.conn.Close()
		<-session.Done()
		return nil
	}
	return nil
}

func (s *sender) community(ctx context.Context, base string, conf *tls.Config, dial dial) error {
	hc := &http.Client{Transport: &http.Transport{TLSClientConfig: conf, DialContext: dial}}
	c, err := community.Dial(ctx, hc, server.WebSocket(base))
	if err != nil {
		return err
	}
	if _, err := c.Read(ctx); err != nil {
		return err
	}
	s.send = func(audio []byte) error {
		return c.Send(ctx, community.AudioAppend{Audio: base64.StdEncoding.EncodeToString(audio)})
	}
	s.end = s.conn.Close
	return nil
}

func (s *sender) openai(ctx context.Context, base string, conf *tls.Config, dial dial) error {
	hc := &http.Client{Transport: &http.Transport{TLSClientConfig: conf, DialContext: dial}}
	c, err := contender.DialOpenAI(ctx, hc, base)
	if err != nil {
		return err
	}
	s.send = func(audio []byte) error { return c.Send(ctx, contender.OpenAIAppend(audio)) }
	s.end = s.conn.Close
	return nil
}

func (s *sender) bare(ctx context.Context, base string, conf *tls.Config, dial dial) error {
	d := contender.Dialer(conf, strings.HasPrefix(base, "https:"))
	d.NetDialContext = dial
	ws, resp, err := d.DialContext(ctx, server.WebSocket(base), http.Header{"Authorization": {"Bearer key"}})
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if _, _, err := ws.NextReader(); err != nil {
		return err
	}
	var frame []byte
	made := 0
	s.send = func(audio []byte) error {
		if made != len(audio) {
			made = len(audio)
			frame, err = (&api.InputAudioBufferAppend{EventID: new("event_1"), Audio: audio}).AppendJSON(nil)
			if err != nil {
				return err
			}
		}
		return ws.WriteMessage(websocket.TextMessage, frame)
	}
	s.end = s.conn.Close
	return nil
}

var errShort = errors.New("socket: less was written than the audio takes")
