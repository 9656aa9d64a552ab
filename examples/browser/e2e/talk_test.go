package e2e

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/examples/browser/site"
	"github.com/voicelane/realtime-go/examples/demo/recordings"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

func sound(t *testing.T, name string) []byte {
	t.Helper()
	s, err := recordings.Read(name)
	require.NoError(t, err)
	return s
}

func TestSpokenConversation(t *testing.T) {
	s := open(t, setup{microphone: slices.Concat(
		realtimetest.Silence(1500*time.Millisecond), sound(t, "question"), realtimetest.Silence(20*time.Second),
	)})
	s.shoot("1-ready")
	release := s.hold()
	// Use only the keyboard.
	s.run(chromedp.Focus("#start", chromedp.ByQuery), chromedp.KeyEvent(kb.Enter))
	s.state("connecting")
	s.shoot("2-connecting")
	release()
	c := s.conn()
	s.state("listening")
	s.shoot("3-listening")
	s.state("thinking")
	s.shoot("4-thinking")
	s.state("speaking")
	s.shoot("5-speaking")
	s.see(`.user[data-final="true"]`, site.Question)
	s.see(`.model[data-final="true"]`, site.Answer)
	s.see(`.tool[data-final="true"]`, `weather({"city":"Lisbon","day":"Saturday"}) → {"sky":"sunny"`)
	s.state("listening")
	s.shoot("6-answered")
	assert.Equal(t, "connecting listening thinking speaking listening", strings.Join(s.states(), " "))
	s.run(chromedp.Click("#stop", chromedp.ByQuery))
	s.state("over")
	s.run(chromedp.WaitEnabled("#start", chromedp.ByQuery))
	s.shoot("12-over")

	assert.Equal(t, "subprotocol", c.Credential().Scheme)
	assert.True(t, strings.HasPrefix(c.Credential().Key, "ek_"))
	code, _, closed := c.Closed()
	assert.True(t, closed)
	assert.Equal(t, 1000, code)
}

func TestBargeIn(t *testing.T) {
	s := open(t, setup{microphone: slices.Concat(
		realtimetest.Silence(time.Second), sound(t, "question"),
		// Wait for the end of the turn, the function call and two seconds of the
		// answer.
		realtimetest.Silence(4*time.Second), sound(t, "interruption"), realtimetest.Silence(20*time.Second),
	)})
	s.run(chromedp.Click("#start", chromedp.ByQuery))
	c := s.conn()
	s.see(".cut", "interrupted after")
	s.shoot("7-interrupted")
	s.see(`.user[data-final="true"]`, site.Interruption)
	s.see(`.model[data-final="true"]`, site.Tomorrow)
	s.state("listening")
	assert.Equal(t, "connecting listening thinking speaking listening thinking speaking listening", strings.Join(s.states(), " "))

	var truncate api.ConversationItemTruncate
	require.NoError(t, json.Unmarshal(s.wait(c, realtimetest.Received, "conversation.item.truncate").Data, &truncate))
	length := len(sound(t, "answer")) / 48
	assert.Greater(t, truncate.AudioEndMS, 300)
	assert.Less(t, truncate.AudioEndMS, length-100)
	s.wait(c, realtimetest.Sent, "conversation.item.truncated")
	for _, e := range c.Log() {
		assert.NotEqual(t, "error", e.Type, "%s", e.Data)
	}
	// The page cannot have played more than the time that has elapsed.
	begun := s.wait(c, realtimetest.Sent, "response.output_audio.delta").At
	cut := s.wait(c, realtimetest.Received, "conversation.item.truncate").At
	assert.LessOrEqual(t, truncate.AudioEndMS, int((cut-begun).Milliseconds())+50)
}

func TestEscapeInterrupts(t *testing.T) {
	s := open(t, setup{microphone: slices.Concat(
		realtimetest.Silence(time.Second), sound(t, "question"), realtimetest.Silence(20*time.Second),
	)})
	s.run(chromedp.Click("#start", chromedp.ByQuery))
	c := s.conn()
	s.state("speaking")
	s.see(".model", "Saturday Lisbon")
	s.run(chromedp.KeyEvent(kb.Escape))
	s.state("listening")
	s.wait(c, realtimetest.Received, "response.cancel")
}

// grants makes the site return this secret.
func grants(secret string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/grant" {
				_, _ = w.Write([]byte(`{"secret":"` + secret + `","url":"http://` + r.Host + `/v1","model":"m","note":""}`))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func TestRefusedKey(t *testing.T) {
	s := open(t, setup{site: grants("ek_expired"), server: func(c *realtimetest.Config) {
		c.Credentials = func(c realtimetest.Credential) error {
			if c.Key == "ek_expired" && c.Scheme == "subprotocol" {
				return errors.New("the client secret has expired")
			}
			return nil
		}
	}})
	s.run(chromedp.Click("#start", chromedp.ByQuery))
	s.state("error")
	assert.Contains(t, s.text("#detail"), "the client secret has expired")
	assert.NotContains(t, s.text("body"), "ek_expired")
	s.shoot("8-refused")
	s.run(chromedp.WaitEnabled("#start", chromedp.ByQuery))
}

func TestLongLivedKey(t *testing.T) {
	s := open(t, setup{site: grants("sk-long-lived")})
	s.run(chromedp.Click("#start", chromedp.ByQuery))
	s.state("error")
	assert.Contains(t, s.text("#detail"), "CreateClientSecret")
	assert.NotContains(t, s.text("body"), "sk-long-lived")
	assert.Empty(t, s.srv.Conns(), "no connection was dialed")
}

func TestNoSecretFromTheServer(t *testing.T) {
	s := open(t, setup{server: func(c *realtimetest.Config) {
		c.Credentials = func(realtimetest.Credential) error { return errors.New("this API key has been revoked") }
	}})
	s.run(chromedp.Click("#start", chromedp.ByQuery))
	s.state("error")
	assert.Contains(t, s.text("#detail"), "revoked")
}

func TestDroppedConnectionIsRecovered(t *testing.T) {
	s := open(t, setup{microphone: slices.Concat(
		realtimetest.Silence(6*time.Second), sound(t, "question"), realtimetest.Silence(20*time.Second),
	)})
	s.run(chromedp.Click("#start", chromedp.ByQuery))
	first := s.conn()
	s.state("listening")
	s.wait(first, realtimetest.Received, "input_audio_buffer.append")
	release := s.hold()
	first.Drop()
	s.state("connecting")
	assert.Contains(t, s.text("#detail"), "connection was lost")
	s.shoot("9-lost")
	release()
	second := s.conn()
	s.see("#detail", "connection was restored")
	s.shoot("10-back")
	assert.NotEqual(t, first.Credential().Key, second.Credential().Key, "each connection must have its own secret")
	s.see(`.model[data-final="true"]`, site.Answer)
}

func TestSmallScreen(t *testing.T) {
	s := open(t, setup{})
	var wide bool
	s.run(chromedp.EmulateViewport(320, 560), chromedp.Evaluate("document.documentElement.scrollWidth > innerWidth", &wide))
	assert.False(t, wide, "the page is wider than a small screen")
	s.shoot("11-small")
}
