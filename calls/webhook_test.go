package calls_test

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtimetest"
)

const (
	hookID   = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	hookBody = `{"test": 2432232314}`
)

// signed returns the headers of a valid webhook.
func signed(at time.Time) http.Header {
	return realtimetest.SignWebhook(hookSecret, hookID, at, []byte(hookBody))
}

// TestWebhookVector verifies the test vector that the scheme's reference has published,
// at its time of signing.
func TestWebhookVector(t *testing.T) {
	t.Parallel()
	const stamp, signature = 1614265330, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	h := http.Header{}
	h.Set("webhook-id", hookID)
	h.Set("webhook-timestamp", strconv.Itoa(stamp))
	h.Set("webhook-signature", signature)
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Unix(stamp, 0)))
		require.NoError(t, calls.Verify(hookSecret, h, []byte(hookBody)))
		raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(hookSecret, "whsec_"))
		require.NoError(t, err)
		require.NoError(t, calls.Verify(string(raw), h, []byte(hookBody)), "a secret without prefix stands for itself")
		require.ErrorIs(t, calls.Verify(hookSecret, h, []byte(`{"test":2432232314}`)), calls.ErrSignature)
	})
}

// TestWebhookRefuses has the cases of the reference's own tests, and more.
func TestWebhookRefuses(t *testing.T) {
	t.Parallel()
	set := func(name, value string) func(http.Header) {
		return func(h http.Header) { h.Set(name, value) }
	}
	good := func(h http.Header) string { return h.Get("Webhook-Signature") }
	other := "v1," + base64.StdEncoding.EncodeToString(make([]byte, 32))
	tests := map[string]struct {
		change func(http.Header)
		want   error
	}{
		"good": {func(http.Header) {}, nil},
		"names of a plain map": {func(h http.Header) {
			for _, name := range []string{"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"} {
				h[strings.ToLower(name)] = h[name]
				delete(h, name)
			}
		}, nil},
		"two ids in two cases":  {func(h http.Header) { h["webhook-id"] = []string{"msg_2"} }, calls.ErrRepeatedHeader},
		"lower case headers":    {func(h http.Header) { h.Set("webhook-id", hookID) }, nil},
		"no id":                 {func(h http.Header) { h.Del("Webhook-Id") }, calls.ErrNoWebhookID},
		"empty id":              {set("Webhook-Id", ""), calls.ErrNoWebhookID},
		"no timestamp":          {func(h http.Header) { h.Del("Webhook-Timestamp") }, calls.ErrNoTimestamp},
		"no signature":          {func(h http.Header) { h.Del("Webhook-Signature") }, calls.ErrNoSignature},
		"two ids":               {func(h http.Header) { h.Add("Webhook-Id", "msg_2") }, calls.ErrRepeatedHeader},
		"two timestamps":        {func(h http.Header) { h.Add("Webhook-Timestamp", "1") }, calls.ErrRepeatedHeader},
		"word for a timestamp":  {set("Webhook-Timestamp", "now"), calls.ErrTimestamp},
		"sign in a timestamp":   {func(h http.Header) { h.Set("Webhook-Timestamp", "+"+h.Get("Webhook-Timestamp")) }, calls.ErrTimestamp},
		"space in a timestamp":  {func(h http.Header) { h.Set("Webhook-Timestamp", " "+h.Get("Webhook-Timestamp")) }, calls.ErrTimestamp},
		"huge timestamp":        {set("Webhook-Timestamp", "99999999999999999999"), calls.ErrTimestamp},
		"far future":            {set("Webhook-Timestamp", "9223372036854775807"), calls.ErrTooNew},
		"zero timestamp":        {set("Webhook-Timestamp", "0"), calls.ErrTooOld},
		"another signature":     {set("Webhook-Signature", other), calls.ErrSignature},
		"signature of other id": {set("Webhook-Id", "msg_2"), calls.ErrSignature},
		"signature cut short":   {func(h http.Header) { h.Set("Webhook-Signature", good(h)[:40]) }, calls.ErrSignatureFormat},
		"signature of no kind":  {func(h http.Header) { h.Set("Webhook-Signature", good(h)[3:]) }, calls.ErrSignatureFormat},
		"kind alone":            {set("Webhook-Signature", "v1,"), calls.ErrSignature},
		"another kind":          {func(h http.Header) { h.Set("Webhook-Signature", "v1a"+good(h)[2:]) }, calls.ErrSignatureFormat},
		"capital kind":          {func(h http.Header) { h.Set("Webhook-Signature", "V1"+good(h)[2:]) }, calls.ErrSignatureFormat},
		"more behind it":        {func(h http.Header) { h.Set("Webhook-Signature", good(h)+",x") }, calls.ErrSignatureFormat},
		"loose base64":          {func(h http.Header) { h.Set("Webhook-Signature", strings.TrimRight(good(h), "=")) }, calls.ErrSignatureFormat},
		"several signatures": {func(h http.Header) {
			h.Set("Webhook-Signature", "v1,broken "+other+" v2,x "+good(h)+" "+other)
		}, nil},
		"several header lines": {func(h http.Header) { h["Webhook-Signature"] = []string{other, good(h)} }, nil},
		"several, none matching": {func(h http.Header) {
			h.Set("Webhook-Signature", other+" v2,x "+other)
		}, calls.ErrSignature},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := signed(time.Now())
			test.change(h)
			require.ErrorIs(t, calls.Verify(hookSecret, h, []byte(hookBody)), test.want)
		})
	}
}

func TestWebhookTolerance(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		strict, err := calls.NewWebhook(&calls.WebhookConfig{Secrets: []string{hookSecret}, Tolerance: 10 * time.Second})
		require.NoError(t, err)
		wide, err := calls.NewWebhook(&calls.WebhookConfig{Secrets: []string{hookSecret}})
		require.NoError(t, err)
		for off, want := range map[time.Duration][2]error{
			0:                  {nil, nil},
			-10 * time.Second:  {nil, nil},
			-11 * time.Second:  {calls.ErrTooOld, nil},
			10 * time.Second:   {nil, nil},
			11 * time.Second:   {calls.ErrTooNew, nil},
			-300 * time.Second: {calls.ErrTooOld, nil},
			-301 * time.Second: {calls.ErrTooOld, calls.ErrTooOld},
			300 * time.Second:  {calls.ErrTooNew, nil},
			301 * time.Second:  {calls.ErrTooNew, calls.ErrTooNew},
		} {
			h := signed(time.Now().Add(off))
			require.ErrorIs(t, strict.Verify(h, []byte(hookBody)), want[0], off)
			require.ErrorIs(t, wide.Verify(h, []byte(hookBody)), want[1], off)
		}
	})
}

func TestWebhookSecrets(t *testing.T) {
	encode := func(n int) string { return "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for name, secret := range map[string]string{
		"empty": "", "prefix alone": "whsec_", "short": encode(23), "loose": strings.TrimRight(encode(25), "="),
		"no base64": "whsec_!!!!", "line end inside": encode(24)[:20] + "\n" + encode(24)[20:], "blank": " \n", "trailing bits": encode(25)[:len(encode(25))-3] + "B==",
	} {
		_, err := calls.NewWebhook(&calls.WebhookConfig{Secrets: []string{secret}})
		require.ErrorIs(t, err, calls.ErrSecret, name)
		require.ErrorIs(t, calls.Verify(secret, nil, nil), calls.ErrSecret, name)
	}
	for _, secret := range []string{encode(24), encode(64), "any text", "x"} {
		_, err := calls.NewWebhook(&calls.WebhookConfig{Secrets: []string{secret}})
		require.NoError(t, err, secret)
	}
	for _, secret := range []string{hookSecret + "\n", " " + hookSecret, hookSecret + "\r\n"} {
		require.NoError(t, calls.Verify(secret, signed(time.Now()), []byte(hookBody)), "white space around %q", secret)
	}
	for _, w := range []*calls.Webhook{nil, {}} {
		require.ErrorIs(t, w.Verify(signed(time.Now()), []byte(hookBody)), calls.ErrSecret, "no secret")
	}
	// During a rotation both secrets are valid.
	w, err := calls.NewWebhook(&calls.WebhookConfig{Secrets: []string{"new", hookSecret}})
	require.NoError(t, err)
	require.NoError(t, w.Verify(signed(time.Now()), []byte(hookBody)))
	require.NoError(t, w.Verify(realtimetest.SignWebhook("new", "1", time.Now(), nil), nil))
	assert.NotContains(t, fmt.Sprintf("%v %+v %#v", w, w, *w), "MfKQ")
	cfg := calls.WebhookConfig{Secrets: []string{hookSecret}}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", cfg, "p", &cfg, "in", struct{ C calls.WebhookConfig }{cfg})
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", cfg, "p", &cfg, "in", struct{ C calls.WebhookConfig }{cfg})
	assert.NotContains(t, log.String()+fmt.Sprintf("%v %+v %#v %q %x", cfg, &cfg, cfg, cfg, cfg), "MfKQ")

	t.Setenv("OPENAI_WEBHOOK_SECRET", "")
	_, err = calls.NewWebhook(nil)
	require.ErrorIs(t, err, calls.ErrSecret)
	t.Setenv("OPENAI_WEBHOOK_SECRET", hookSecret)
	w, err = calls.NewWebhook(nil)
	require.NoError(t, err)
	require.NoError(t, w.Verify(signed(time.Now()), []byte(hookBody)))
}

func TestWebhookParse(t *testing.T) {
	t.Parallel()
	w, err := calls.NewWebhook(&calls.WebhookConfig{Secrets: []string{hookSecret}})
	require.NoError(t, err)
	parse := func(body string) (api.WebhookEvent, error) {
		return w.Parse(realtimetest.SignWebhook(hookSecret, "1", time.Now(), []byte(body)), []byte(body))
	}
	e, err := parse(`{"id":"evt_1","type":"realtime.call.incoming","created_at":1,"data":{"call_id":"rtc_1",
		"sip_headers":[{"name":"From","value":"a"},{"name":"from","value":"b"}],"sip_media_security":"srtp"}}`)
	require.NoError(t, err)
	in, ok := e.(*api.RealtimeCallIncoming)
	require.True(t, ok)
	assert.Equal(t, "rtc_1", in.Data.CallID)
	assert.Equal(t, "a", calls.Header(in, "FROM"))
	assert.Empty(t, calls.Header(in, "To"))

	const later = `{"type":"live.transport.incoming","data":{"session_id":"live_1"}}`
	e, err = parse(later)
	require.NoError(t, err)
	unknown, ok := e.(*api.UnknownWebhookEvent)
	require.True(t, ok)
	assert.JSONEq(t, later, string(unknown.Raw))

	_, err = parse(`[]`)
	require.Error(t, err)
	_, err = w.Parse(signed(time.Now()), []byte(`{}`))
	require.ErrorIs(t, err, calls.ErrSignature)
}
