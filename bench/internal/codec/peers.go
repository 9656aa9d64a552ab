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

var errWrong = errors.New("decoded to something else")

// sink keeps what was decoded from being optimized away.
var sink any

// The peers' names, as the tables have them.
const (
	ours     = "realtime-go"
	reused   = "realtime-go, re-used"
	session  = "realtime-go, a session's decoder"
	floor    = "floor"
	client   = "community client"
	std      = "encoding/json, two passes, unions left raw"
	stdOne   = "encoding/json, told the type"
	jxName   = "go-faster/jx, hand-written"
	goccyOne = "goccy/go-json, told the type"
	goccyTwo = "goccy/go-json, two passes"
	v2Name   = "go-json-experiment, told the type"
	official = "openai-go, told the type"
)

// twoPasses decodes the way of a client on a library with struct tags: once for
// the type, which decides on T, and once more.
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

// onePass decodes into a type that is known beforehand, which flatters: a client
// has to find it first.
func onePass[T any](unmarshal func([]byte, any) error, frame []byte) func() error {
	return func() error {
		x := new(T)
		sink = x
		return unmarshal(frame, x)
	}
}

// byTags lists the peers that decode by struct tags.
func byTags[T any](frame []byte) []stat.Peer {
	return []stat.Peer{
		{Name: std, Run: twoPasses[T](stdjson.Unmarshal, frame)},
		{Name: stdOne, Run: onePass[T](stdjson.Unmarshal, frame)},
		{Name: goccyOne, Run: onePass[T](func(data []byte, x any) error { return goccy.Unmarshal(data, x) }, frame)},
		{Name: goccyTwo, Run: twoPasses[T](func(data []byte, x any) error { return goccy.Unmarshal(data, x) }, frame)},
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

// decodeJX reads the members of a delta; value reads the delta itself.
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

// officialAudio holds the vendor's event, whose delta is text, and its bytes.
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

// decodeCommunity decodes as the community's client does, whose user is left to
// decode the audio.
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
