// Package phone measures the processor time of telephone lines. The lines and the carrier
// that calls them are separate processes, connected over the loopback interface.
//
// The files, from the bottom up: kinds.go, the carriers; lines.go, the process of the lines;
// messages.go, seize.go and caller.go, the process of the carrier; turn.go; phone.go.
package phone

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"net"
	"net/http"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/telephony"
	"github.com/voicelane/realtime-go/telephony/audiosocket"
	"github.com/voicelane/realtime-go/telephony/plivo"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/telephony/telnyx"
	"github.com/voicelane/realtime-go/telephony/twilio"
	"github.com/voicelane/realtime-go/telephony/vonage"
	"github.com/voicelane/realtime-go/voice"
)

// frame is the length of sound that is counted, whatever a carrier's messages have.
const frame = 20 * time.Millisecond

const secret = "a_secret_of_at_least_32_bytes_0001"

// kind is a carrier.
type kind struct {
	name   string
	kind   telephonytest.Kind
	format audio.Format
	piece  time.Duration // of the caller's sound in a message
	first  int32         // writes of the simulation up to the start of the stream
	secret string
	open   func(o telephony.Options, url string) (http.Handler, error) // nil: AudioSocket
}

var kinds = []kind{
	{"Twilio", telephonytest.Twilio, audio.ULaw, frame, 3, secret, openTwilio(twilio.Twilio)},
	{"SignalWire", telephonytest.SignalWire, audio.ULaw, frame, 3, secret, openTwilio(twilio.SignalWire)},
	{"Telnyx", telephonytest.Telnyx, audio.ULaw, frame, 3, secret, openTelnyx},
	{"Plivo", telephonytest.Plivo, audio.ULaw, frame, 2, secret, openPlivo},
	{"Vonage", telephonytest.Vonage, audio.PCM24k, frame, 2, secret, openVonage},
	{"Exotel", telephonytest.Exotel, audio.PCM8k, 100 * time.Millisecond, 3, "user:" + secret, openTwilio(twilio.Exotel)},
	{"AudioSocket", telephonytest.AudioSocket, audio.PCM8k, frame, 1, "", nil},
}

// find returns the carrier of a name, or nil.
func find(name string) *kind {
	for i := range kinds {
		if kinds[i].name == name {
			return &kinds[i]
		}
	}
	return nil
}

func openTwilio(d twilio.Dialect) func(telephony.Options, string) (http.Handler, error) {
	return func(o telephony.Options, url string) (http.Handler, error) {
		c := &twilio.Config{Options: o, URL: url, AuthToken: secret, Dialect: d}
		if d == twilio.Exotel {
			c.User, c.Password = "user", secret
		}
		return twilio.New(c)
	}
}

func openTelnyx(o telephony.Options, url string) (http.Handler, error) {
	private := ed25519.NewKeyFromSeed([]byte(secret)[:ed25519.SeedSize])
	public := base64.StdEncoding.EncodeToString(private[ed25519.SeedSize:])
	return telnyx.New(&telnyx.Config{Options: o, URL: url, PublicKey: public})
}

func openPlivo(o telephony.Options, url string) (http.Handler, error) {
	return plivo.New(&plivo.Config{Options: o, URL: url, AuthToken: secret, AuthID: "MA0001"})
}

func openVonage(o telephony.Options, url string) (http.Handler, error) {
	return vonage.New(&vonage.Config{Options: o, URL: url, SignatureSecret: secret})
}

// listen serves a carrier's package on the loopback interface, and returns its address.
func (k *kind) listen(o telephony.Options) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	address := l.Addr().String()
	if k.open == nil {
		s, err := audiosocket.New(&audiosocket.Config{Options: o, Admit: func(context.Context, string) (voice.Info, error) { return voice.Info{}, nil }})
		if err != nil {
			return "", err
		}
		go func() { _ = s.Serve(l) }() // It ends with the process.
		return address, nil
	}
	h, err := k.open(o, "http://"+address+"/calls")
	if err != nil {
		return "", err
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go func() { _ = srv.Serve(l) }() // It ends with the process.
	return address, nil
}
