package e2e

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/examples/browser/site"
	"github.com/voicelane/realtime-go/realtimetest"
)

// problem waits until the conversation has stopped, and checks what the user reads.
func (s *stage) problem(what, advice string) {
	s.t.Helper()
	s.state("error")
	assert.Contains(s.t, s.text("#detail"), what)
	assert.Contains(s.t, s.text("#advice"), advice)
	assert.Equal(s.t, "Start talking", s.text("#toggle span"), "it can be tried again")
	assert.True(s.t, eval[bool](s.tab, `!document.getElementById("toggle").disabled`))
}

// answers makes the site answer requests for secrets by itself.
func answers(status int, body string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/secret" {
				w.WriteHeader(status)
				_, _ = w.Write([]byte(body))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func gives(secret string) func(http.Handler) http.Handler {
	return answers(http.StatusOK, `{"value":"`+secret+`","expires_at":1800000000}`)
}

// The page waits for the user's permission, and the user may change their mind.
func TestAllowTheMicrophone(t *testing.T) {
	s := open(t, setup{script: `
		const get = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
		navigator.mediaDevices.getUserMedia = (c) => new Promise((resolve) => { window.allow = () => resolve(get(c)) })
		navigator.permissions.query = async () => ({ state: "prompt" })`})
	s.click()
	s.state("asking")
	assert.Equal(t, "Allow the microphone", s.text("#name"))
	assert.Contains(t, s.text("#problem"), "Allow it there to begin.")
	assert.Empty(t, s.srv.Conns(), "nothing is paid for meanwhile")
	assert.True(t, eval[bool](s.tab, "document.getElementById('hints').hidden"), "nothing else is asked meanwhile")
	s.shoot("02-allow")
	s.click()
	s.state("over")
	s.run(chromedp.Evaluate("allow()", nil)) // Too late.
	s.click()
	s.state("asking")
	s.run(chromedp.Evaluate("allow()", nil))
	s.conn()
	s.state("listening")
	assert.Len(t, s.srv.Conns(), 1)
}

func TestARefusedMicrophone(t *testing.T) {
	s := open(t, setup{device: forbidden})
	s.run(chromedp.ActionFunc(func(ctx context.Context) error {
		ctx = cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser)
		return browser.SetPermission(&browser.PermissionDescriptor{Name: "microphone"}, browser.PermissionSettingDenied).Do(ctx)
	}))
	s.click()
	s.problem("The microphone is not allowed.", "in the browser by the icon beside the address")
	assert.Contains(t, s.text("#advice"), "write instead")
	s.shoot("10-microphone-refused")
	s.write("What is the weather like?")
	s.see(`.model[data-final="true"]`, "Lisbon")
}

func TestNoMicrophone(t *testing.T) {
	s := open(t, setup{device: missing})
	s.click()
	s.problem("There is no microphone.", "Connect one and start again.")
	s.shoot("11-no-microphone")
	assert.Empty(t, s.srv.Conns())
}

func TestRefusedKey(t *testing.T) {
	s := open(t, setup{site: gives("ek_expired"), server: func(c *realtimetest.Config) {
		c.Credentials = func(c realtimetest.Credential) error {
			if c.Key == "ek_expired" && c.Scheme == "subprotocol" {
				return errors.New("the client secret has expired")
			}
			return nil
		}
	}})
	s.click()
	s.problem("The service refused the conversation: the client secret has expired.", "Start again: the page then asks for a new secret.")
	assert.NotContains(t, s.text("body"), "ek_expired")
	s.shoot("14-service-refuses")
}

func TestLongLivedKey(t *testing.T) {
	s := open(t, setup{site: gives("sk-long-lived")})
	s.click()
	s.problem("CreateClientSecret", "")
	assert.NotContains(t, s.text("body"), "sk-long-lived")
	assert.Empty(t, s.srv.Conns(), "no connection was dialed")
}

func TestNoSecretFromTheServer(t *testing.T) {
	t.Run("the key is revoked", func(t *testing.T) {
		s := open(t, setup{server: func(c *realtimetest.Config) {
			c.Credentials = func(realtimetest.Credential) error { return errors.New("this API key has been revoked") }
		}})
		s.click()
		s.problem("The page's server gave no secret", "The server is not set up for conversations. Tell its operator.")
		assert.NotContains(t, s.text("body"), "revoked", "that is for the operator")
		s.shoot("12-no-secret")
	})
	t.Run("too many", func(t *testing.T) {
		s := open(t, setup{})
		for range 5 {
			s.click()
			s.conn()
			s.state("listening")
			s.click()
			s.state("over")
		}
		s.click()
		s.problem("The page's server gave no secret", "Too many conversations were started. Try again in")
	})
	t.Run("another server", func(t *testing.T) {
		s := open(t, setup{site: answers(http.StatusNotFound, "404 page not found")})
		s.click()
		s.problem("The page's server gave no secret", "Load the page again.")
	})
	t.Run("it is gone", func(t *testing.T) {
		s := open(t, setup{})
		s.web.CloseClientConnections()
		require.NoError(t, s.web.Listener.Close())
		s.click()
		s.problem("The page's server cannot be reached.", "Check that it still runs")
		s.shoot("13-server-gone")
	})
}

// The conversation is in writing: sound on its way to a server that closes can reset the
// connection, which a page cannot tell from a lost one.
func TestTheSessionEnds(t *testing.T) {
	s := open(t, setup{device: missing})
	s.write("And tomorrow?")
	c := s.conn()
	s.see(`.model[data-final="true"]`, site.Tomorrow)
	s.state("listening")
	c.Close(1000, "")
	s.problem("The service has ended the conversation.", "Start again to go on.")
	s.shoot("15-session-ended")
	s.write("And tomorrow?")
	s.conn()
	s.see(`.model[data-final="true"]`, site.Tomorrow)
}
