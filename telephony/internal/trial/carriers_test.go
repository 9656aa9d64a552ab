package trial

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/telephony/twilio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const address = "https://voice.example.com/calls"

// carrier is one carrier, or one dialect or format of it.
type carrier struct {
	name string
	kind telephonytest.Kind
	far  telephonytest.Config
	open func(t *testing.T, o telephony.Options, far *telephonytest.Config) program
	// press is set where a program can send digits, and transfer where it can transfer.
	press, transfer bool
	// stamped is set where pieces of sound have times, so that gaps are seen.
	stamped bool
	// tolerance is by how much the same sound may differ in length after resampling.
	tolerance time.Duration
	// coarse is how much more than 60 ms may be understated, where frames are long.
	coarse time.Duration
}

// program is what a carrier's package made.
type program struct {
	shutdown func(ctx context.Context) error
	listen   func(net.Listener) error // nil: it is a handler
}

// start lets a program listen that is no handler, until the carrier is closed.
func (p program) start(c *telephonytest.Carrier) {
	if p.listen != nil {
		go func() { _ = p.listen(c.Listener()) }()
	}
}

// resampled is the tolerance of sound that was converted between rates.
const resampled = 4 * time.Millisecond

const secret = "a_secret_of_at_least_32_bytes_0001"

func openTwilio(d twilio.Dialect, codec string) func(*testing.T, telephony.Options, *telephonytest.Config) program {
	return func(t *testing.T, o telephony.Options, far *telephonytest.Config) program {
		t.Helper()
		c := &twilio.Config{Options: o, URL: address, AuthToken: secret, Dialect: d, Codec: codec, AccountSID: "AC0001"}
		far.Secret = secret
		if d == twilio.Exotel {
			c.User, c.Password = "user", secret
			far.Secret = "user:" + secret
		}
		h, err := twilio.New(c)
		require.NoError(t, err)
		far.Handler = h
		return program{shutdown: h.Shutdown}
	}
}

// carriers are all of them.
var carriers = []carrier{
	{name: "twilio", kind: telephonytest.Twilio, stamped: true, transfer: true, open: openTwilio(twilio.Twilio, "")},
	{name: "signalwire", kind: telephonytest.SignalWire, stamped: true, press: true, transfer: true, open: openTwilio(twilio.SignalWire, "")},
	{
		name: "signalwire wide", kind: telephonytest.SignalWire, far: telephonytest.Config{In: audio.PCM24k, Out: audio.PCM24k},
		stamped: true, press: true, transfer: true, open: openTwilio(twilio.SignalWire, "L16@24000h"),
	},
	{
		name: "exotel", kind: telephonytest.Exotel, far: telephonytest.Config{In: audio.PCM16k, Out: audio.PCM16k},
		stamped: true, open: openTwilio(twilio.Exotel, ""), tolerance: resampled, coarse: 120 * time.Millisecond,
	},
}
