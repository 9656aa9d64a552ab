package trial

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/audiosocket"
	"github.com/voicelane/realtime-go/telephony/plivo"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/telephony/telnyx"
	"github.com/voicelane/realtime-go/telephony/vonage"
	"github.com/voicelane/realtime-go/voice"
)

type opener func(t *testing.T, o telephony.Options, far *telephonytest.Config) program

func openTelnyx(codec telnyx.Codec, rate int) opener {
	return func(t *testing.T, o telephony.Options, far *telephonytest.Config) program {
		t.Helper()
		public, ok := ed25519.NewKeyFromSeed([]byte(secret)[:ed25519.SeedSize]).Public().(ed25519.PublicKey)
		require.True(t, ok)
		h, err := telnyx.New(&telnyx.Config{
			Options: o, URL: address, PublicKey: base64.StdEncoding.EncodeToString(public), APIKey: "key", Codec: codec, SampleRate: rate,
		})
		require.NoError(t, err)
		far.Handler, far.Secret = h, secret
		return program{shutdown: h.Shutdown}
	}
}

func openPlivo(f audio.Format) opener {
	return func(t *testing.T, o telephony.Options, far *telephonytest.Config) program {
		t.Helper()
		h, err := plivo.New(&plivo.Config{Options: o, URL: address, AuthToken: secret, AuthID: "MA0001", Format: f})
		require.NoError(t, err)
		far.Handler, far.Secret = h, secret
		return program{shutdown: h.Shutdown}
	}
}

// vonageKey is made once: it takes a while.
var vonageKey = sync.OnceValue(func() []byte {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil
	}
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
})

func openVonage(rate int) opener {
	return func(t *testing.T, o telephony.Options, far *telephonytest.Config) program {
		t.Helper()
		h, err := vonage.New(&vonage.Config{
			Options: o, URL: address, SignatureSecret: secret, ApplicationID: "app-1", PrivateKey: vonageKey(), SampleRate: rate,
		})
		require.NoError(t, err)
		far.Handler, far.Secret = h, secret
		return program{shutdown: h.Shutdown}
	}
}

func openAudioSocket(f audio.Format) opener {
	return func(t *testing.T, o telephony.Options, _ *telephonytest.Config) program {
		t.Helper()
		s, err := audiosocket.New(&audiosocket.Config{Options: o, Format: f, Admit: func(_ context.Context, id string) (voice.Info, error) {
			if !strings.HasPrefix(id, "7d00aabb-") {
				return voice.Info{}, errors.New("unknown")
			}
			return voice.Info{}, nil
		}})
		require.NoError(t, err)
		return program{shutdown: s.Shutdown, listen: s.Serve}
	}
}

func init() { //nolint:gochecknoinits // It completes the list of the other file.
	carriers = append(
		carriers,
		carrier{
			name: "telnyx", kind: telephonytest.Telnyx, far: telephonytest.Config{In: audio.ALaw}, open: openTelnyx(telnyx.PCMU, 0),
			stamped: true, press: true, transfer: true,
		},
		carrier{
			name: "plivo", kind: telephonytest.Plivo, open: openPlivo(audio.ULaw), stamped: true, press: true, transfer: true,
		},
		carrier{
			name: "plivo wide", kind: telephonytest.Plivo, far: telephonytest.Config{In: audio.PCM16k, Out: audio.PCM16k},
			open: openPlivo(audio.PCM16k), stamped: true, press: true, transfer: true, tolerance: resampled,
		},
		carrier{name: "vonage", kind: telephonytest.Vonage, open: openVonage(24000), press: true, transfer: true},
		carrier{
			name: "audiosocket", kind: telephonytest.AudioSocket, open: openAudioSocket(audio.PCM8k), tolerance: resampled,
		},
	)
}
