package main

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/openai/openai-go/v3/realtime"
	"github.com/segmentio/asm/base64"

	"github.com/voicelane/realtime-go/gen/api"
)

// peer is one way to do a case's work.
type peer struct {
	name string
	run  func() error
}

// group is work that peers are compared in.
type group struct {
	name  string
	title string
	note  string
	size  int // of the audio, or 0
	peers []peer
}

var (
	decodeSizes = []int{4096, 8192, 16384}
	encodeSizes = []int{160, 960, 4800}
)

func groups() []group {
	var out []group
	for _, size := range decodeSizes {
		out = append(out, audioGroup(size))
	}
	text, created, done := []byte(textFrame), []byte(sessionFrame), []byte(doneFrame)
	out = append(out, group{
		name: "decode-text-delta", title: "Decode a text delta",
		peers: append([]peer{
			{ours, decodeOurs(text)},
			{session, decodeSession(text, false)},
			{jxName, textJX(text)},
			{official, decodeOfficial[realtime.ResponseTextDeltaEvent](text)},
		}, byTags[plainText](text)...),
	}, group{
		name: "decode-session-created", title: "Decode `session.created`",
		note: fmt.Sprintf("%d bytes, two tools.", len(created)),
		peers: append([]peer{
			{ours, decodeOurs(created)},
			{session, decodeSession(created, false)},
			{official, decodeOfficial[realtime.SessionCreatedEvent](created)},
		}, byTags[plainCreated](created)...),
	}, group{
		name: "decode-response-done", title: "Decode `response.done`",
		note: fmt.Sprintf("%d bytes, a message and a function call.", len(done)),
		peers: append([]peer{
			{ours, decodeOurs(done)},
			{session, decodeSession(done, false)},
			{official, decodeOfficial[realtime.ResponseDoneEvent](done)},
		}, byTags[plainDone](done)...),
	})
	for _, size := range encodeSizes {
		out = append(out, group{
			name: "encode-append/" + strconv.Itoa(size), title: fmt.Sprintf("Encode an append of %d bytes", size),
			size: size, peers: encodePeers(pcm(size)),
		})
	}
	return out
}

func audioGroup(size int) group {
	frame := audioFrame(size)
	return group{
		name: "decode-audio-delta/" + strconv.Itoa(size), title: fmt.Sprintf("Decode an audio delta of %d bytes", size), size: size,
		peers: append([]peer{
			{floor, floorOf(frame, size)},
			{reused, decodeSession(frame, true)},
			{ours, decodeOurs(frame)},
			{jxName, audioJX(frame)},
			{official, audioOfficial(frame)},
		}, byTags[plainAudio](frame)...),
	}
}

// floorOf copies the frame and decodes its base64 text: what no client can do
// without.
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

// verify runs every peer once and looks at what it made of the audio.
func verify(all []group) error {
	for _, g := range all {
		for _, p := range g.peers {
			sink = nil
			if err := p.run(); err != nil {
				return fmt.Errorf("%s, %s: %w", g.name, p.name, err)
			}
			var got []byte
			switch x := sink.(type) {
			case *api.ResponseOutputAudioDelta:
				got = x.Delta
			case *plainAudio:
				got = x.Delta
			case *jxAudio:
				got = x.Audio
			case *officialAudio:
				got = x.Audio
			default:
				continue
			}
			if !bytes.Equal(got, pcm(g.size)) {
				return fmt.Errorf("%s, %s: %w", g.name, p.name, errWrong)
			}
		}
	}
	return nil
}
