package telephonytest

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // The carrier signs with it.
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// ErrBusy is returned by [Carrier.Call] when the program answers that it is busy.
var ErrBusy = errors.New("telephonytest: the program is busy")

// destination is where a call's stream leads.
type destination struct {
	address      string
	header       http.Header
	parameters   map[string]string
	subprotocols []string
}

// webhook announces calls to the program.
type webhook struct {
	kind Kind
	c    *Config
	web  *http.Client
}

// announce sends the webhook of a call, and reads the answer.
func (c *webhook) announce(ctx context.Context, call *scene) (*destination, error) {
	switch c.kind {
	case Exotel:
		return c.announceExotel(ctx)
	case Twilio, SignalWire:
		return c.announceTwilio(ctx, call)
	case Telnyx:
		return c.announceTelnyx(ctx, call)
	case Plivo:
		return c.announcePlivo(ctx, call)
	case Vonage:
		return c.announceVonage(ctx, call)
	default:
		return nil, fmt.Errorf("telephonytest: %v has no webhook", c.kind)
	}
}

// post sends a form, with a signature in a header.
func (c *webhook) post(ctx context.Context, form url.Values, sign func(r *http.Request)) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.c.URL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.ask(r, sign)
}

// ask sends a webhook and returns the answer.
func (c *webhook) ask(r *http.Request, sign func(r *http.Request)) ([]byte, error) {
	if sign != nil {
		sign(r)
	}
	resp, err := c.web.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, &RefusedError{Op: "webhook", Status: resp.StatusCode}
	}
	return body, nil
}

// twilioSignature is the signature over an address and a form.
func twilioSignature(secret, address string, form url.Values) string {
	var names []string
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	h := hmac.New(sha1.New, []byte(secret))
	h.Write([]byte(address))
	for _, name := range names {
		h.Write([]byte(name + form.Get(name)))
	}
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func (c *webhook) announceTwilio(ctx context.Context, call *scene) (*destination, error) {
	form := url.Values{"CallSid": {call.id}, "AccountSid": {"AC0001"}, "From": {call.from}, "To": {call.to}, "CallStatus": {"ringing"}, "Direction": {"inbound"}}
	header := "X-Twilio-Signature"
	if c.kind == SignalWire {
		header = "X-SignalWire-Signature"
	}
	body, err := c.post(ctx, form, func(r *http.Request) { r.Header.Set(header, twilioSignature(c.c.secret(), c.c.URL, form)) })
	if err != nil {
		return nil, err
	}
	var answer struct {
		Reject *struct {
			Reason string `xml:"reason,attr"`
		}
		Connect struct {
			Stream *struct {
				URL        string `xml:"url,attr"`
				Bearer     string `xml:"authBearerToken,attr"`
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
	s := answer.Connect.Stream
	if s == nil {
		return nil, ErrBusy
	}
	d := &destination{address: s.URL, header: http.Header{}, parameters: map[string]string{}}
	for _, p := range s.Parameters {
		if len(p.Name)+len(p.Value) >= 500 {
			return nil, errors.New("telephonytest: a parameter is too long")
		}
		d.parameters[p.Name] = p.Value
	}
	if c.kind == SignalWire {
		d.header.Set("Authorization", "Bearer "+s.Bearer)
		if c.c.ForgeStream {
			d.header.Set("Authorization", "Bearer forged")
		}
		return d, nil
	}
	d.header.Set("X-Twilio-Signature", twilioSignature(c.c.streamSecret(), s.URL, nil))
	return d, nil
}

// announceExotel asks for the address of the stream, with the user and password of the
// secret.
func (c *webhook) announceExotel(ctx context.Context) (*destination, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.c.URL, http.NoBody)
	if err != nil {
		return nil, err
	}
	user, password, _ := strings.Cut(c.c.secret(), ":")
	body, err := c.ask(r, func(r *http.Request) { r.SetBasicAuth(user, password) })
	if refused, ok := errors.AsType[*RefusedError](err); ok && refused.Status == http.StatusServiceUnavailable {
		return nil, ErrBusy
	}
	if err != nil {
		return nil, err
	}
	var answer struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("telephonytest: the answer is not JSON: %w", err)
	}
	u, err := url.Parse(answer.URL)
	if err != nil {
		return nil, err
	}
	parameters := map[string]string{}
	if c.c.ForgeStream {
		u.RawQuery = url.Values{"token": {"forged"}}.Encode()
	}
	for name := range u.Query() {
		if name != "sample-rate" && name != "token" {
			parameters[name] = u.Query().Get(name)
		}
	}
	return &destination{address: u.String(), parameters: parameters}, nil
}
