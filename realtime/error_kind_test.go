package realtime

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/socket"
)

// TestAPasswordIsScrubbed holds that a server which repeats a password as it is, and not as
// it travels, shows it in no error and no log.
func TestAPasswordIsScrubbed(t *testing.T) {
	t.Parallel()
	const password = "pa55:word-of-basic"
	travels := Basic("user", password).secret()
	for name, credential := range map[string]Credential{"in parts": Basic("user", password), "encoded": BasicEncoded(travels)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := script(t, func(p *peer) {
					said := "user with " + password + " as " + travels
					p.Send(`{"type":"error","event_id":"e","error":{"type":"invalid_request_error","code":"invalid_api_key","message":"no ` + said + `"}}`)
					p.Close(CloseUnauthorized, said)
				}, func(c *Config) { c.APIKey, c.Credentials = "", Static(credential) })
				_, err := c.Connect(t.Context(), Model("m"), nil)
				require.Error(t, err)
				var log strings.Builder
				slog.New(slog.NewJSONHandler(&log, nil)).Info("ended", "error", err)
				for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), log.String()} {
					assert.Contains(t, text, "user with")
					for _, secret := range []string{password, password[4:], travels} {
						assert.NotContains(t, text, secret)
					}
				}
			})
		})
	}
}

// TestWhatAServerErrorIs goes through all that the predicates look at, one at a time.
func TestWhatAServerErrorIs(t *testing.T) {
	t.Parallel()
	code := api.Value[string]
	for name, tc := range map[string]struct {
		detail                            api.Error
		closed                            *socket.CloseError
		invalid, fault, limit, credential bool
	}{
		"nothing":            {},
		"an invalid request": {detail: api.Error{Type: ErrorTypeInvalidRequest}, invalid: true},
		"a server error":     {detail: api.Error{Type: ErrorTypeServer}, fault: true},
		"a limit by type":    {detail: api.Error{Type: ErrorTypeRateLimit}, limit: true},
		"a limit by code":    {detail: api.Error{Code: code(CodeRateLimited)}, limit: true},
		"a quota":            {detail: api.Error{Code: code(CodeQuota)}, limit: true},
		"a key":              {detail: api.Error{Code: code(CodeInvalidKey)}, credential: true},
		"a key by its close": {closed: &socket.CloseError{Code: CloseUnauthorized}, credential: true},
		"another close":      {closed: &socket.CloseError{Code: CloseBadRequest}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &ServerError{Detail: tc.detail, Close: tc.closed}
			assert.Equal(t, []bool{tc.invalid, tc.fault, tc.limit, tc.credential}, []bool{e.IsInvalidRequest(), e.IsServerError(), e.IsRateLimit(), e.IsUnauthorized()})
		})
	}
}
