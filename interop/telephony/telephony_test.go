package telephony

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/plivo"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/telephony/twilio"
	"github.com/voicelane/realtime-go/telephony/vonage"
)

const (
	address = "https://voice.example.com/calls"
	secret  = "a_secret_of_at_least_32_bytes_0001"
)

// question is what judge.mjs is asked.
type question struct {
	Ask    string            `json:"ask"`
	Secret string            `json:"secret,omitempty"`
	Key    string            `json:"key,omitempty"`
	Method string            `json:"method,omitempty"`
	URL    string            `json:"url,omitempty"`
	Body   string            `json:"body"`
	Header map[string]string `json:"header,omitempty"`
}

func installed(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("node_modules"); err != nil {
		t.Skip("npm has not installed the carriers' packages: make interop")
	}
}

// judge asks the carriers' own packages.
func judge(t *testing.T, questions ...question) []any {
	t.Helper()
	in, err := json.Marshal(questions)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "node", "judge.mjs")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	var answers []any
	require.NoError(t, json.Unmarshal(out, &answers))
	require.Len(t, answers, len(questions))
	return answers
}

// TestTheirPackagesAcceptOurCarriers gives the webhooks of the simulated carriers to the
// carriers' own packages.
func TestTheirPackagesAcceptOurCarriers(t *testing.T) {
	installed(t)
	public, ok := ed25519.NewKeyFromSeed([]byte(secret)[:ed25519.SeedSize]).Public().(ed25519.PublicKey)
	require.True(t, ok)
	var questions []question
	for kind, headers := range map[telephonytest.Kind][]string{
		telephonytest.Twilio: {"X-Twilio-Signature"}, telephonytest.Plivo: {"X-Plivo-Signature-V3", "X-Plivo-Signature-V3-Nonce"},
		telephonytest.Telnyx: {"Telnyx-Signature-Ed25519", "Telnyx-Timestamp"}, telephonytest.Vonage: {"Authorization"},
	} {
		q := question{Ask: kind.String(), Secret: secret, Key: base64.StdEncoding.EncodeToString(public), Method: http.MethodPost, URL: address, Header: map[string]string{}}
		carrier := telephonytest.New(kind, &telephonytest.Config{URL: address, Secret: secret, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			assert.NoError(t, err)
			q.Body = string(body)
			for _, name := range headers {
				q.Header[name] = r.Header.Get(name)
			}
			w.WriteHeader(http.StatusTeapot)
		})})
		_, err := carrier.Call(t.Context(), "+15550100", "+15550199")
		_, refused := errors.AsType[*telephonytest.RefusedError](err)
		assert.True(t, refused)
		carrier.Close()
		bad := q
		bad.Secret, bad.Key = "another", base64.StdEncoding.EncodeToString(make([]byte, 32))
		questions = append(questions, q, bad)
	}
	for i, answer := range judge(t, questions...) {
		q := questions[i]
		switch {
		case i%2 == 1:
			assert.NotEqual(t, true, answer, "%s accepts a forged request", q.Ask)
		case q.Ask == "telnyx" && answer != true:
			// The package verifies first, and then reads the body of a JSON webhook.
			assert.Contains(t, answer, "JSON", "telnyx refuses a signature")
		default:
			assert.Equal(t, true, answer, "%s refuses a request", q.Ask)
		}
	}
}

func hold(ctx context.Context, l *telephony.Line) error {
	select {
	case <-l.Ended():
	case <-ctx.Done():
	}
	return nil
}

// answer gives a request to a handler and returns the status and the document.
func answer(t *testing.T, h http.Handler, body, kind string, header map[string]string) (status int, text string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
	r.Header.Set("Content-Type", kind)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

const formType = "application/x-www-form-urlencoded"

// TestOurHandlersAcceptTheirSignatures signs webhooks with the carriers' packages, and has
// the answers of our handlers built by them.
func TestOurHandlersAcceptTheirSignatures(t *testing.T) {
	installed(t)
	o := telephony.Options{Call: hold, Incoming: func(context.Context, *telephony.Incoming) (map[string]string, error) {
		return map[string]string{"agent": "front"}, nil
	}}
	form := url.Values{"CallSid": {"CA1"}, "CallUUID": {"u1"}, "From": {"+15550100"}, "To": {"+15550199"}}.Encode()
	call := `{"uuid":"u1","from":"15550100","to":"15550199"}`
	signatures := judge(t,
		question{Ask: "sign twilio", Secret: secret, URL: address, Body: form},
		question{Ask: "sign vonage", Secret: secret, Body: call},
	)
	h, err := twilio.New(&twilio.Config{Options: o, URL: address, AuthToken: secret})
	require.NoError(t, err)
	signature, ok := signatures[0].(string)
	require.True(t, ok)
	status, text := answer(t, h, form, formType, map[string]string{"X-Twilio-Signature": signature})
	require.Equal(t, http.StatusOK, status)
	stream, given := twiml(t, text)
	theirs := judge(t, question{Ask: "twiml twilio", URL: stream, Header: given})
	assert.ElementsMatch(t, tokens(t, theirs[0]), tokens(t, text))
	status, _ = answer(t, h, form+"&x=1", formType, map[string]string{"X-Twilio-Signature": signature})
	assert.Equal(t, http.StatusForbidden, status)

	v, err := vonage.New(&vonage.Config{Options: o, URL: address, SignatureSecret: secret, ApplicationID: "app-1"})
	require.NoError(t, err)
	token, ok := signatures[1].(string)
	require.True(t, ok)
	status, text = answer(t, v, call, "application/json", map[string]string{"Authorization": "Bearer " + token})
	require.Equal(t, http.StatusOK, status)
	assert.Contains(t, text, `"type":"websocket"`)
	status, _ = answer(t, v, call+" ", "application/json", map[string]string{"Authorization": "Bearer " + token})
	assert.Equal(t, http.StatusForbidden, status)
}

// TestPlivoDocuments compares our document with that of the carrier's package.
func TestPlivoDocuments(t *testing.T) {
	installed(t)
	var stream struct {
		Stream struct {
			Headers string `xml:"extraHeaders,attr"`
			URL     string `xml:",chardata"`
		}
	}
	h, err := plivo.New(&plivo.Config{Options: telephony.Options{Call: hold, Incoming: func(context.Context, *telephony.Incoming) (map[string]string, error) {
		return map[string]string{"agent": "front"}, nil
	}}, URL: address, AuthToken: secret})
	require.NoError(t, err)
	var text bytes.Buffer
	carrier := telephonytest.New(telephonytest.Plivo, &telephonytest.Config{URL: address, Secret: secret, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			text.Write(rec.Body.Bytes())
			_, _ = w.Write(rec.Body.Bytes())
			return
		}
		h.ServeHTTP(w, r)
	})})
	defer carrier.Close()
	_, err = carrier.Call(t.Context(), "+15550100", "+15550199")
	require.NoError(t, err)
	require.NoError(t, xml.Unmarshal(text.Bytes(), &stream))
	theirs := judge(t, question{Ask: "xml plivo", URL: stream.Stream.URL, Body: stream.Stream.Headers})
	assert.ElementsMatch(t, tokens(t, theirs[0]), tokens(t, text.String()))
}

// twiml returns the address and the parameters of a document.
func twiml(t *testing.T, text string) (address string, parameters map[string]string) {
	t.Helper()
	var document struct {
		Stream struct {
			URL        string `xml:"url,attr"`
			Parameters []struct {
				Name  string `xml:"name,attr"`
				Value string `xml:"value,attr"`
			} `xml:"Parameter"`
		} `xml:"Connect>Stream"`
	}
	require.NoError(t, xml.Unmarshal([]byte(text), &document))
	parameters = map[string]string{}
	for _, p := range document.Stream.Parameters {
		parameters[p.Name] = p.Value
	}
	return document.Stream.URL, parameters
}

// tokens returns the elements and texts of a document.
func tokens(t *testing.T, text any) []string {
	t.Helper()
	s, ok := text.(string)
	require.True(t, ok)
	d := xml.NewDecoder(strings.NewReader(s))
	var list []string
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return list
		}
		require.NoError(t, err)
		switch x := token.(type) {
		case xml.StartElement:
			list = append(list, x.Name.Local)
			for _, a := range x.Attr {
				list = append(list, x.Name.Local+" "+a.Name.Local+"="+a.Value)
			}
		case xml.CharData:
			if text := strings.TrimSpace(string(x)); text != "" {
				list = append(list, text)
			}
		}
	}
}

// TestVendorsAgentOnOurCarrier runs an agent on the vendor's Twilio transport, behind the
// carrier's own package, against the simulated carrier and the simulated model.
func TestVendorsAgentOnOurCarrier(t *testing.T) {
	installed(t)
	service := realtimetest.NewServer(&realtimetest.Config{Pace: 4, Script: realtimetest.Script{
		Rules: []realtimetest.Rule{{Do: []realtimetest.Step{realtimetest.Say{Text: "A long answer.", Audio: realtimetest.Tone(6 * time.Second)}}}},
	}})
	defer service.Close()
	cmd := exec.CommandContext(t.Context(), "node", "agent.mjs")
	cmd.Env = append(
		os.Environ(), "AUTH_TOKEN="+secret, "PUBLIC_URL="+address, "OPENAI_AGENTS_DISABLE_TRACING=1",
		"REALTIME_URL="+strings.Replace(service.URL, "http", "ws", 1)+"/realtime?model=gpt-realtime",
	)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	port, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)

	carrier := telephonytest.New(telephonytest.Twilio, &telephonytest.Config{URL: address, Secret: secret, Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:"+strings.TrimSpace(port))
	}})
	defer carrier.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	call, err := carrier.Call(ctx, "+15550100", "+15550199")
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"agent": "front"}, call.Parameters())
	in, sounds := call.Formats()
	conn, err := service.Accept(ctx)
	require.NoError(t, err)
	_, err = realtimetest.Await(ctx, conn, func(e *api.SessionUpdate) bool { return true })
	require.NoError(t, err)
	voice := in.AppendTone(nil, 300, time.Second, 0.6)
	require.NoError(t, call.Speak(ctx, voice))
	require.Eventually(t, func() bool { return len(call.Heard()) > sounds.Bytes(1500*time.Millisecond) }, 20*time.Second, 20*time.Millisecond)
	require.NoError(t, call.Speak(ctx, voice))
	truncate, err := realtimetest.Await[*api.ConversationItemTruncate](ctx, conn)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return len(call.Clears()) > 0 }, 5*time.Second, 20*time.Millisecond)
	heard := sounds.Duration(len(call.Heard())).Milliseconds()
	assert.Greater(t, truncate.AudioEndMS, 500, "the vendor's agent has our marks")
	assert.LessOrEqual(t, int64(truncate.AudioEndMS), heard+100, "the vendor's agent overstates by 50 ms at most")
	assert.Empty(t, call.Faults())
	wrong := telephonytest.New(telephonytest.Twilio, &telephonytest.Config{URL: address, Secret: secret, ForgeStream: true, Dial: func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:"+strings.TrimSpace(port))
	}})
	defer wrong.Close()
	_, err = wrong.Call(ctx, "+15550100", "+15550199")
	_, refused := errors.AsType[*telephonytest.RefusedError](err)
	assert.True(t, refused, "%v", err)
}
