package calls_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/realtimetest"
)

// FuzzVerify looks for headers that pass although they were not signed with the secret,
// and for headers that cause a panic.
func FuzzVerify(f *testing.F) {
	f.Add("msg_1", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", []byte("{}"))
	f.Add("", "-1", "v1, v1,,= \x00", []byte(nil))
	f.Fuzz(func(t *testing.T, id, stamp, signature string, body []byte) {
		h := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {signature}}
		require.Error(t, calls.Verify(hookSecret, h, body))

		// A signed message passes with any id and body, but not with another secret.
		if id == "" {
			return
		}
		good := realtimetest.SignWebhook(hookSecret, id, time.Now(), body)
		good.Add("Webhook-Signature", signature)
		require.NoError(t, calls.Verify(hookSecret, good, body))
		require.ErrorIs(t, calls.Verify("another", good, body), calls.ErrSignature)
	})
}
