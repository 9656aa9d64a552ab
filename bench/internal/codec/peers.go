package codec

import (
	"encoding/base64"
	stdjson "encoding/json"
	"errors"

	"github.com/go-faster/jx"
	v2 "github.com/go-json-experiment/json"
	goccy "github.com/goccy/go-json"
	"github.com/openai/openai-go/v3/realtime"

	"github.com/voicelane/realtime-go/bench/internal/community"
	"github.com/voicelane/realtime-go/bench/internal/stat"
	"github.com/voicelane/realtime-go/gen/api"
)

var errWrong = errors.New("decoded to a different value")

// sink keeps the compiler from optimizing decoding away.
var sink any

// Names of the peers in tables.
const (
	ours     = "realtime-go"
	reused   = "realtime-go, reused"
	session  = "realtime-go, a session's decoder"
	floor    = "floor"
	client   = "community client"
	std      = "encoding/json, two passes, unions left raw"
	stdOne   = "encoding/json, type known in advance"
	jxName   = "go-faster/jx, hand-written"
	goccyOne = "goccy/go-json, type known in advance"
	goccyTwo = "goccy/go-json, two passes"
	v2Name   = "go-json-experiment, type known in advance"
	official = "openai-go, type known in advance"
)

// twoPasses decodes as a client with a struct-tag library does: once for the type,
// which selects T, and once for the event.
func twoPasses[T any](unmarshal func([]byte, any) error, frame []byte) func() error {
	return func() error {
		var h head
		if err := unmarshal(frame, &h); err != nil {
			return err
		}
		if h.Type == "" {
			return errWrong
		}
		x := new(T)
		sink = x
		return unmarshal(frame, x)
	}
}

// onePass decodes to a type that is known in advance. This favors the peer: a client
// must find the type first.
func onePass[T any](unmarshal func([]byte, any) error, frame []byte) func() error {
	return func() error {
		x := new(T)
		sink = x
		return unmarshal(frame, x)
	}
}

// byTags returns the peers that decode by struct tags.
func byTags[T any](frame []byte) []stat.Peer {
	return []stat.Peer{
		{Name: std, Run: twoPasses[T](stdjson.Unmarshal, frame)},
		{Name: stdOne, Run: onePass[T](stdjson.Unmarshal, frame)},
		{Name: goccyOne, Run: onePass[T](goccy.Unmarshal, frame)},
		{Name: goccyTwo, Run: twoPasses[T](goccy.Unmarshal, frame)},
		{Name: v2Name, Run: onePass[T](func(data []byte, x any) error { return v2.Unmarshal(data, x) }, frame)},
	}
}

func decodeOurs(frame []byte) func() error {
	return func() error {
		x, err := api.DecodeServerEvent(frame)
		sink = x
		return err
	}
}

func decodeSession(frame []byte, reuse bool) func() error {
	d := &api.ServerEventDecoder{Reuse: reuse}
	return func() error {
		x, err := d.Decode(frame)
		sink = x
		return err
	}
}

// decodeJX decodes the members of a delta event. The function value decodes the member
// "delta".
func decodeJX(d *jx.Decoder, x *plainText, value func(*jx.Decoder) error) error {
	return d.ObjBytes(func(d *jx.Decoder, key []byte) (err error) {
		switch string(key) {
		case "type":
			x.Type, err = d.Str()
		case "event_id":
			x.EventID, err = d.Str()
		case "response_id":
			x.ResponseID, err = d.Str()
		case "item_id":
			x.ItemID, err = d.Str()
		case "output_index":
			x.OutputIndex, err = d.Int()
		case "content_index":
			x.ContentIndex, err = d.Int()
		case "delta":
			err = value(d)
		default:
			err = d.Skip()
		}
		return err
	})
}

func textJX(frame []byte) func() error {
	return func() error {
		d := jx.DecodeBytes(frame)
		x := new(plainText)
		sink = x
		return decodeJX(d, x, func(d *jx.Decoder) (err error) {
			x.Delta, err = d.Str()
			return err
		})
	}
}

type jxAudio struct {
	plainText
	Audio []byte
}

func audioJX(frame []byte) func() error {
	return func() error {
		d := jx.DecodeBytes(frame)
		x := new(jxAudio)
		sink = x
		return decodeJX(d, &x.plainText, func(d *jx.Decoder) (err error) {
			x.Audio, err = d.Base64()
			return err
		})
	}
}

// officialAudio is the vendor's event, which has the delta as text, and the decoded
// delta.
type officialAudio struct {
	realtime.ResponseAudioDeltaEvent
	Audio []byte
}

func audioOfficial(frame []byte) func() error {
	return func() error {
		x := new(officialAudio)
		sink = x
		err := x.UnmarshalJSON(frame)
		if err == nil {
			x.Audio, err = base64.StdEncoding.DecodeString(x.Delta)
		}
		return err
	}
}

func decodeOfficial[T any, P interface {
	*T
	stdjson.Unmarshaler
}](frame []byte,
) func() error {
	return func() error {
		x := P(new(T))
		sink = x
		return x.UnmarshalJSON(frame)
	}
}

// decodeCommunity decodes as the community client does, which leaves base64 decoding to
// its user.
func decodeCommunity(frame []byte) func() error {
	return func() error {
		x, err := community.Decode(frame)
		sink = x
		return err
	}
}

type communityAudio struct {
	*community.AudioDelta

	Audio []byte
}

func audioCommunity(frame []byte) func() error {
	return func() error {
		x, err := community.Decode(frame)
		if err != nil {
			return err
		}
		e, ok := x.(*community.AudioDelta)
		if !ok {
			return errWrong
		}
		audio, err := base64.StdEncoding.DecodeString(e.Delta)
		sink = &communityAudio{e, audio}
		return err
	}
}
