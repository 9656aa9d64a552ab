package telephonytest

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// announceTelnyx sends the webhook of a TeXML application.
func (c *webhook) announceTelnyx(ctx context.Context, call *scene) (*destination, error) {
	form := url.Values{"CallSid": {call.id}, "From": {call.from}, "To": {call.to}, "CallStatus": {"ringing"}}
	body, err := c.post(ctx, form, func(r *http.Request) {
		stamp := strconv.FormatInt(time.Now().Unix(), 10)
		seed := []byte(c.c.Secret)[:ed25519.SeedSize]
		if c.c.Forge {
			seed = slices.Clone(seed)
			seed[0]++
		}
		signature := ed25519.Sign(ed25519.NewKeyFromSeed(seed), []byte(stamp+"|"+form.Encode()))
		r.Header.Set("Telnyx-Timestamp", stamp)
		r.Header.Set("Telnyx-Signature-Ed25519", base64.StdEncoding.EncodeToString(signature))
	})
	if err != nil {
		return nil, err
	}
	var answer struct {
		Start struct {
			Stream *struct {
				URL        string `xml:"url,attr"`
				Mode       string `xml:"bidirectionalMode,attr"`
				Parameters []struct {
					Name  string `xml:"name,attr"`
					Value string `xml:"value,attr"`
				} `xml:"Parameter"`
			}
		}
	}
	if err := xml.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("telephonytest: the answer is not XML: %w", err)
	}
	s := answer.Start.Stream
	switch {
	case s == nil:
		return nil, ErrBusy
	case s.Mode != "rtp":
		return nil, errors.New("telephonytest: in this mode the program's sound must be MP3")
	}
	parameters := map[string]string{}
	for _, p := range s.Parameters {
		parameters[p.Name] = p.Value
	}
	return &destination{address: c.forgeToken(s.URL), parameters: parameters}, nil
}

// forgeToken replaces the token of a stream's address, if the stream is to be forged.
func (c *webhook) forgeToken(address string) string {
	u, err := url.Parse(address)
	if err != nil || !c.c.ForgeStream {
		return address
	}
	q := u.Query()
	q.Set("call", "another")
	u.RawQuery = q.Encode()
	return u.String()
}

// plivoSignature is the signature (V3) over a POST to an address without a query.
func plivoSignature(secret, address, nonce string, form url.Values) string {
	var parts []string
	for name := range form {
		parts = append(parts, name+form.Get(name))
	}
	slices.Sort(parts)
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(address + "?" + strings.Join(parts, "") + "." + nonce))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// announcePlivo sends the webhook of an application.
func (c *webhook) announcePlivo(ctx context.Context, call *scene) (*destination, error) {
	form := url.Values{"CallUUID": {call.id}, "From": {strings.TrimPrefix(call.from, "+")}, "To": {strings.TrimPrefix(call.to, "+")}, "Event": {"StartApp"}}
	body, err := c.post(ctx, form, func(r *http.Request) {
		nonce := "nonce-" + call.id
		r.Header.Set("X-Plivo-Signature-V3-Nonce", nonce)
		r.Header.Set("X-Plivo-Signature-V3", "AAAA,"+plivoSignature(c.c.secret(), c.c.URL, nonce, form))
	})
	if err != nil {
		return nil, err
	}
	var answer struct {
		Stream *struct {
			Bidirectional string `xml:"bidirectional,attr"`
			KeepAlive     string `xml:"keepCallAlive,attr"`
			ContentType   string `xml:"contentType,attr"`
			Headers       string `xml:"extraHeaders,attr"`
			URL           string `xml:",chardata"`
		}
	}
	if err := xml.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("telephonytest: the answer is not XML: %w", err)
	}
	s := answer.Stream
	switch {
	case s == nil:
		return nil, ErrBusy
	case s.Bidirectional != "true" || s.KeepAlive != "true":
		return nil, errors.New("telephonytest: the stream has one direction, or the call ends at once")
	}
	parameters := map[string]string{}
	for pair := range strings.SplitSeq(s.Headers, ",") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			parameters[name] = value
		}
	}
	return &destination{address: c.forgeToken(strings.TrimSpace(s.URL)), parameters: parameters, subprotocols: []string{"audio.plivo.com"}}, nil
}
