//go:build !js

package link

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/gorilla/websocket"

	"github.com/voicelane/realtime-go/internal/text"
)

// proxyRoute is a route through a proxy; nil is the direct one.
type proxyRoute struct {
	url *url.URL
}

// proxyFor returns the proxy for an address. Its errors show no password.
func proxyFor(u *url.URL, choose func(*http.Request) (*url.URL, error)) (*proxyRoute, error) {
	asked := *u
	asked.Scheme = map[string]string{"wss": "https", "ws": "http"}[u.Scheme]
	p, err := choose(&http.Request{Method: http.MethodGet, URL: &asked, Host: u.Host, Header: http.Header{}})
	if err != nil {
		// The text of such an error holds the proxy's URL.
		return nil, errors.New(text.Prefix + "the proxy's address cannot be read")
	}
	if p == nil {
		return nil, nil
	}
	switch p.Scheme {
	case "http", "https", "socks5", "socks5h":
		return &proxyRoute{url: p}, nil
	default:
		return nil, fmt.Errorf(text.Prefix+"proxy scheme %q is not http, https or socks5", p.Scheme)
	}
}

// attach makes the dialer connect through the proxy. SOCKS is gorilla's own; it
// has no https proxies, so that tunnels are made here.
func (p *proxyRoute) attach(d *websocket.Dialer, conf *tls.Config) {
	if p == nil {
		return
	}
	if p.url.Scheme == "socks5" || p.url.Scheme == "socks5h" {
		u := *p.url
		u.Scheme = "socks5"
		d.Proxy = http.ProxyURL(&u)
		return
	}
	direct := d.NetDialContext
	d.NetDialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := direct(ctx, network, p.address())
		if err != nil {
			return nil, err
		}
		t, err := p.tunnel(ctx, c, addr, conf)
		if err != nil {
			_ = c.Close()
			return nil, fmt.Errorf("proxy: %w", err)
		}
		return t, nil
	}
}

func (p *proxyRoute) address() string {
	if port := p.url.Port(); port != "" {
		return p.url.Host
	}
	port := "80"
	if p.url.Scheme == "https" {
		port = "443"
	}
	return net.JoinHostPort(p.url.Hostname(), port)
}

func (p *proxyRoute) tunnel(ctx context.Context, c net.Conn, addr string, conf *tls.Config) (net.Conn, error) {
	if deadline, ok := ctx.Deadline(); ok {
		if err := c.SetDeadline(deadline); err != nil {
			return nil, err
		}
	}
	if p.url.Scheme == "https" {
		if conf = conf.Clone(); conf == nil {
			conf = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		conf.ServerName = p.url.Hostname()
		conf.NextProtos = nil
		t := tls.Client(c, conf)
		if err := t.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		c = t
	}
	req := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}
	if user := p.url.User; user != nil {
		password, _ := user.Password()
		plain := user.Username() + ":" + password
		req.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(plain)))
	}
	if err := req.Write(c); err != nil {
		return nil, err
	}
	// The peer sends nothing after the proxy's answer until this side writes, so
	// that no bytes are lost with the reader's buffer.
	resp, err := http.ReadResponse(bufio.NewReaderSize(c, 512), req)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("refused to connect: status %d", resp.StatusCode)
	}
	return c, nil
}

// secrets returns the credential of the proxy, as it is and as it travels.
func (p *proxyRoute) secrets() *text.Secrets {
	if p == nil || p.url.User == nil {
		return nil
	}
	password, _ := p.url.User.Password()
	plain := p.url.User.Username() + ":" + password
	return text.NewSecrets(
		text.Secret{Text: password, Key: true},
		text.Secret{Text: base64.StdEncoding.EncodeToString([]byte(plain)), Key: true},
	)
}
