package trial

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
)

// simulated is a client for the REST API of a carrier that is made later.
func simulated(carrier func() *telephonytest.Carrier) *http.Client {
	return &http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		return carrier().Client().Transport.RoundTrip(r)
	})}
}

type transport func(r *http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestForgedRequestsAreRefused(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		x := newExchange(t, c, func(_ *telephony.Options, far *telephonytest.Config) { far.Forge = true })
		defer x.carrier.Close()
		_, err := x.carrier.Call(t.Context(), "+15550100", "+15550199")
		assertRefused(t, c, err)
		assert.Empty(t, x.lines)
	})
}

// TestForgedStreamsAreRefused lets the webhook be the carrier's, and the stream another's.
func TestForgedStreamsAreRefused(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		x := newExchange(t, c, func(_ *telephony.Options, far *telephonytest.Config) { far.ForgeStream = true })
		defer x.carrier.Close()
		_, err := x.carrier.Call(t.Context(), "+15550100", "+15550199")
		assertRefused(t, c, err)
		assert.Empty(t, x.lines)
	})
}

func assertRefused(t *testing.T, c carrier, err error) {
	t.Helper()
	if c.kind == telephonytest.AudioSocket {
		require.ErrorIs(t, err, telephonytest.ErrBusy) // The connection is closed.
		return
	}
	refused, ok := errors.AsType[*telephonytest.RefusedError](err)
	require.True(t, ok, "%v", err)
	assert.Equal(t, http.StatusForbidden, refused.Status)
}

func TestFullProcessIsBusy(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		x := newExchange(t, c, func(o *telephony.Options, _ *telephonytest.Config) { o.MaxCalls = 2 })
		defer x.carrier.Close()
		first, _ := x.call()
		x.call()
		_, err := x.carrier.Call(t.Context(), "+15550100", "+15550199")
		require.ErrorIs(t, err, telephonytest.ErrBusy)
		first.HangUp()
		<-first.Ended()
		time.Sleep(time.Second)
		x.call()
	})
}

func TestIncomingDecides(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		if c.kind == telephonytest.AudioSocket {
			t.Skip("has no webhook")
		}
		x := newExchange(t, c, func(o *telephony.Options, _ *telephonytest.Config) {
			o.Incoming = func(context.Context, *telephony.Incoming) (map[string]string, error) {
				return nil, errors.New("no")
			}
		})
		defer x.carrier.Close()
		_, err := x.carrier.Call(t.Context(), "+15550100", "+15550199")
		require.ErrorIs(t, err, telephonytest.ErrBusy)
	})
}

func TestShutdownDrains(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		x := newExchange(t, c, nil)
		defer x.carrier.Close()
		call, l := x.call()
		done := make(chan error, 1)
		go func() { done <- x.program.shutdown(t.Context()) }()
		time.Sleep(time.Minute)
		_, err := x.carrier.Call(t.Context(), "+15550100", "+15550199")
		require.ErrorIs(t, err, telephonytest.ErrBusy)
		require.NoError(t, l.Err())
		call.HangUp()
		require.NoError(t, <-done)
	})
}

func TestShutdownLosesPatience(t *testing.T) {
	each(t, func(t *testing.T, c carrier) { //nolint:thelper // It is the test.
		x := newExchange(t, c, nil)
		defer x.carrier.Close()
		call, l := x.call()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, x.program.shutdown(ctx), context.DeadlineExceeded)
		<-call.Ended()
		<-l.Ended()
	})
}
