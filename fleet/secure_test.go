package fleet_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/calls"
	"github.com/voicelane/realtime-go/fleet"
	"github.com/voicelane/realtime-go/fleet/internal/natstest"
)

// Two deployments share a server that wants TLS and a password, each with its own calls.
func TestTwoDeploymentsOnASecureServer(t *testing.T) {
	t.Parallel()
	certified, trust := certificate(t)
	n := natstest.Secure(t, certified, "fleet", "s3cret")
	for _, name := range []string{"blue", "green"} {
		f := open(t, &fleet.Config{
			URL: "tls://" + n.Addr(), Options: []nats.Option{nats.Secure(trust), nats.UserInfo("fleet", "s3cret")}, Name: name,
		})
		srv, client := service(t, nil)
		r := newRuns()
		work(t, f, client, &fleet.Worker{ID: name, Plan: r.plan(name)})
		call := ring(t, srv, hook(t, f).URL)
		x := next(t, r.calls)
		assert.Equal(t, call.ID(), x.job.ID())
		load, err := f.Load(t.Context())
		require.NoError(t, err)
		assert.Len(t, load.Workers, 1, "the workers of the other deployment do not count")
		x.end <- calls.ErrHangUp
		_, err = call.Ended(t.Context())
		require.NoError(t, err)
	}
}

func TestErrorsOfOpenHideThePassword(t *testing.T) {
	t.Parallel()
	certified, trust := certificate(t)
	n := natstest.Secure(t, certified, "fleet", "s3cret")
	for name, url := range map[string]string{
		"refused":    "tls://fleet:s3cret-not@" + n.Addr(),
		"no trust":   "tls://fleet:s3cret@" + n.Addr(),
		"no address": "tls://fleet:s3cret@127.0.0.1:1",
		"no URL":     "tls://fleet:s3cret@127.0.0.1:port",
		"no escape":  "tls://fleet:s3cret%zz@127.0.0.1:4222",
		"slash":      "tls://fleet:s3cret/more@127.0.0.1:4222",
		"hash":       "tls://fleet:s3cret#more@127.0.0.1:1",
		"space":      "tls://fleet:s3cret@ho st:4222",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var o []nats.Option
			if name == "refused" {
				o = append(o, nats.Secure(trust))
			}
			_, err := fleet.Open(t.Context(), &fleet.Config{URL: url, Options: o})
			require.Error(t, err)
			assert.NotContains(t, err.Error(), "s3cret")
			t.Log(err)
		})
	}
}

// certificate returns the configuration of a server at 127.0.0.1, and one that trusts it.
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	trust := x509.NewCertPool()
	trust.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12}, &tls.Config{RootCAs: trust, MinVersion: tls.VersionTLS12}
}
