package codec

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/openai/openai-go/v3/realtime"
	"github.com/segmentio/asm/base64"

	"github.com/voicelane/realtime-go/bench/internal/frames"
	"github.com/voicelane/realtime-go/bench/internal/stat"
	"github.com/voicelane/realtime-go/gen/api"
)

// group is a task that peers are compared in.
type group struct {
	name  string
	title string
	note  string
	size  int // of the audio in bytes, or 0
	peers []stat.Peer
	kind  kind
}

type kind int

const (
	audioDelta kind = iota
	textDelta
	sessionCreated
	responseDone
	audioAppend
)

var (
	decodeSizes = []int{4096, 8192, 16384}
	encodeSizes = []int{160, 960, 4800}
)

func groups(node *nodeCodec) []group {
	var out []group
	for _, size := range decodeSizes {
		out = append(out, audioGroup(size, node))
	}
	out = append(out, textGroup(node), createdGroup(node), doneGroup(node))
	for _, size := range encodeSizes {
		out = append(out, group{
			name: "encode-append/" + strconv.Itoa(size), title: fmt.Sprintf("Encode an append of %d bytes", size),
			size: size, peers: append(encodePeers(frames.PCM(size)), node.peers("encode", frames.PCM(size))...), kind: audioAppend,
		})
	}
	return out
}

func audioGroup(size int, node *nodeCodec) group {
	frame := frames.AudioDelta(size)
	peers := []stat.Peer{
		{Name: floor, Run: floorOf(frame, size)},
		{Name: reused, Run: decodeSession(frame, true)},
		{Name: ours, Run: decodeOurs(frame)},
		{Name: jxName, Run: audioJX(frame)},
		{Name: official, Run: audioOfficial(frame)},
		{Name: client, Run: audioCommunity(frame)},
	}
	return group{
		name: "decode-audio-delta/" + strconv.Itoa(size), title: fmt.Sprintf("Decode an audio delta of %d bytes", size), size: size,
		peers: append(append(peers, byTags[plainAudio](frame)...), node.peers("audio", frame)...), kind: audioDelta,
	}
}

func textGroup(node *nodeCodec) group {
	frame := []byte(frames.TextDelta)
	peers := append([]stat.Peer{
		{Name: session, Run: decodeSession(frame, false)},
		{Name: ours, Run: decodeOurs(frame)},
		{Name: jxName, Run: textJX(frame)},
		{Name: official, Run: decodeOfficial[realtime.ResponseTextDeltaEvent](frame)},
		{Name: client, Run: decodeCommunity(frame)},
	}, byTags[plainText](frame)...)
	return group{name: "decode-text-delta", title: "Decode a text delta", peers: append(peers, node.peers("decode", frame)...), kind: textDelta}
}

func createdGroup(node *nodeCodec) group {
	frame := []byte(frames.SessionCreated)
	peers := append([]stat.Peer{
		{Name: session, Run: decodeSession(frame, false)},
		{Name: ours, Run: decodeOurs(frame)},
		{Name: official, Run: decodeOfficial[realtime.SessionCreatedEvent](frame)},
		{Name: client, Run: decodeCommunity(frame)},
	}, byTags[plainCreated](frame)...)
	return group{
		name: "decode-session-created", title: "Decode `session.created`", note: fmt.Sprintf("%d bytes, two tools.", len(frame)),
		peers: append(peers, node.peers("decode", frame)...), kind: sessionCreated,
	}
}

func doneGroup(node *nodeCodec) group {
	frame := []byte(frames.ResponseDone)
	peers := append([]stat.Peer{
		{Name: session, Run: decodeSession(frame, false)},
		{Name: ours, Run: decodeOurs(frame)},
		{Name: official, Run: decodeOfficial[realtime.ResponseDoneEvent](frame)},
		{Name: client, Run: decodeCommunity(frame)},
	}, byTags[plainDone](frame)...)
	return group{
		name: "decode-response-done", title: "Decode `response.done`", note: fmt.Sprintf("%d bytes, a message and a function call.", len(frame)),
		peers: append(peers, node.peers("decode", frame)...), kind: responseDone,
	}
}

// floorOf returns the least work of any client: copying the frame and decoding its
// base64 text.
func floorOf(frame []byte, size int) func() error {
	scratch, out := make([]byte, len(frame)), make([]byte, size+8)
	start := bytes.Index(frame, []byte(`"delta":"`)) + len(`"delta":"`)
	text := frame[start : len(frame)-2]
	return func() error {
		copy(scratch, frame)
		_, err := base64.StdEncoding.Decode(out, text)
		return err
	}
}

// verify runs every peer once and checks the audio that it decoded.
func verify(all []group) error {
	for _, g := range all {
		for _, p := range g.peers {
			if p.Run == nil {
				continue
			}
			sink = nil
			if err := p.Run(); err != nil {
				return fmt.Errorf("%s, %s: %w", g.name, p.Name, err)
			}
			if got, ok := audioOf(sink); ok && !bytes.Equal(got, frames.PCM(g.size)) {
				return fmt.Errorf("%s, %s: %w", g.name, p.Name, errWrong)
			}
		}
	}
	return nil
}

// audioOf returns the audio of a decoded event.
func audioOf(decoded any) ([]byte, bool) {
	switch x := decoded.(type) {
	case *api.ResponseOutputAudioDelta:
		return x.Delta, true
	case *plainAudio:
		return x.Delta, true
	case *jxAudio:
		return x.Audio, true
	case *officialAudio:
		return x.Audio, true
	case *communityAudio:
		return x.Audio, true
	default:
		return nil, false
	}
}
