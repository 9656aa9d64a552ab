package twilio

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/voice"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	_ voice.Line     = (*telephony.Line)(nil)
	_ voice.Player   = (*telephony.Line)(nil)
	_ voice.Hanger   = (*telephony.Line)(nil)
	_ voice.Keypad   = (*telephony.Line)(nil)
	_ voice.Informer = (*telephony.Line)(nil)
)

const address = "https://voice.example.com/twilio"

// phone is a handler and the carrier in front of it.
func phone(t *testing.T, kind telephonytest.Kind, c *Config, far *telephonytest.Config) (*Handler, *telephonytest.Carrier) {
	t.Helper()
	c.URL = address
	if c.AuthToken == "" {
		c.AuthToken = "tw_token_0001"
	}
	h, err := New(c)
	require.NoError(t, err)
	if far == nil {
		far = &telephonytest.Config{}
	}
	far.Handler, far.URL = h, address
	if far.Secret == "" {
		far.Secret = c.AuthToken
	}
	carrier := telephonytest.New(kind, far)
	t.Cleanup(carrier.Close)
	return h, carrier
}

// echo plays back what the caller says.
func echo(ctx context.Context, l *telephony.Line) error {
	for {
		in, err := l.Receive(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := l.Play(ctx, in.Audio); err != nil && !errors.Is(err, voice.ErrLineEnded) {
			return err
		}
	}
}

func TestCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lines := make(chan *telephony.Line, 1)
		_, carrier := phone(t, telephonytest.Twilio, &Config{Options: telephony.Options{
			Call: func(ctx context.Context, l *telephony.Line) error { lines <- l; return echo(ctx, l) },
			Incoming: func(context.Context, *telephony.Incoming) (map[string]string, error) {
				return map[string]string{"agent": `front "desk" & <bar>`}, nil
			},
		}}, nil)
		call, err := carrier.Call(t.Context(), "+15550100", "+15550199")
		require.NoError(t, err)
		l := <-lines
		in, out := l.Formats()
		assert.Equal(t, []audio.Format{audio.ULaw, audio.ULaw}, []audio.Format{in, out})
		assert.Equal(t, voice.Info{
			Carrier: "twilio", CallID: call.ID(), StreamID: "MZ0001", From: "+15550100", To: "+15550199",
			Parameters: map[string]string{"agent": `front "desk" & <bar>`},
		}, l.Info())
		tone := audio.ULaw.AppendTone(nil, 440, time.Second, 0.5)
		require.NoError(t, call.Speak(t.Context(), tone))
		time.Sleep(10 * time.Minute)
		heard := call.Heard()
		assert.Contains(t, string(heard), string(tone))
		assert.Empty(t, call.Faults())
		assert.InDelta(t, len(heard), l.Played(), float64(audio.ULaw.Bytes(60*time.Millisecond)))
		call.HangUp()
		<-call.Ended()
		<-l.Ended()
		assert.NoError(t, l.Err())
		carrier.Close()
	})
}
