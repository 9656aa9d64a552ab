package voice_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/voice"
)

// session returns a session with a server in process, which says that the sun shines.
func session(ctx context.Context) (*realtime.Session, func(), error) {
	srv := realtimetest.NewServer(&realtimetest.Config{Script: realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "How is the weather?"}},
		Rules: []realtimetest.Rule{{Do: []realtimetest.Step{
			realtimetest.Say{Text: "It is sunny.", Audio: realtimetest.Tone(500 * time.Millisecond)},
		}}},
	}})
	client, err := realtime.NewClient(&realtime.Config{APIKey: "sk-example", BaseURL: srv.URL})
	if err != nil {
		return nil, srv.Close, err
	}
	s, err := client.Connect(ctx, realtime.Model("gpt-realtime"), nil)
	if err != nil {
		return nil, srv.Close, err
	}
	_, err = s.Update(ctx, &api.RealtimeSessionConfig{Audio: &api.SessionAudio{Input: &api.AudioInput{
		Transcription: api.Value(api.AudioTranscription{Model: new(api.TranscriptionModelGPTTranscribe)}),
	}}})
	return s, srv.Close, err
}

// A program with a microphone and a loudspeaker of its own talks through a pipe. What its
// end has received counts as heard.
func ExampleNewBridge() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, stop, err := session(ctx)
	defer stop()
	if err != nil {
		fmt.Println(err)
		return
	}
	line, device := voice.Pipe(audio.PCM24k)
	bridge, err := voice.NewBridge(s, line, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	turns := bridge.Turns(ctx)
	ran := make(chan error, 1)
	go func() { ran <- bridge.Run(ctx) }()

	heard := make(chan int, 1)
	go func() { // The loudspeaker.
		n := 0
		for {
			in, err := device.Receive(ctx)
			if errors.Is(err, io.EOF) {
				heard <- n
				return
			}
			n += len(in.Audio)
		}
	}()
	for _, sound := range [][]byte{realtimetest.Tone(time.Second), realtimetest.Silence(time.Second)} { // The microphone.
		if err := device.Play(ctx, sound); err != nil {
			fmt.Println(err)
			return
		}
	}
	for turn, err := range turns {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("user:", turn.User)
		fmt.Println("model:", turn.Said)
		break
	}
	if err := device.HangUp(ctx); err != nil {
		fmt.Println(err)
	}
	fmt.Println(<-ran, audio.PCM24k.Duration(<-heard))
	// Output:
	// user: How is the weather?
	// model: It is sunny.
	// <nil> 500ms
}

// A recording talks to the model. Both sides become a stereo WAV on one clock.
func ExampleNewFileLine() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, stop, err := session(ctx)
	defer stop()
	if err != nil {
		fmt.Println(err)
		return
	}
	question := append(realtimetest.Tone(200*time.Millisecond), realtimetest.Silence(time.Second)...)
	var both bytes.Buffer // Files are opened with OpenWAV.
	line, err := voice.NewFileLine(audio.NewSource(bytes.NewReader(question), audio.PCM24k), &both, &voice.FileOptions{
		After: time.Second,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	bridge, err := voice.NewBridge(s, line, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	turns := bridge.Turns(ctx)
	fmt.Println(bridge.Run(ctx), line.Close())
	for turn, err := range turns {
		fmt.Println(turn.User, turn.Said, err)
	}
	conversation, err := audio.ReadWAV(&both, &audio.WAVOptions{Channel: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(conversation.Format())
	// Output:
	// <nil> <nil>
	// How is the weather? It is sunny. <nil>
	// pcm/24000
}

// A program stops the model: the conversation then holds what was heard.
func ExampleBridge_Interrupt() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, stop, err := session(ctx)
	defer stop()
	if err != nil {
		fmt.Println(err)
		return
	}
	line, device := voice.Pipe(audio.PCM24k)
	bridge, err := voice.NewBridge(s, line, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	ran := make(chan error, 1)
	go func() { ran <- bridge.Run(ctx) }()
	if err := s.Send(ctx, &api.ResponseCreate{}); err != nil {
		fmt.Println(err)
		return
	}
	for range 10 { // 200 ms are heard.
		if _, err := device.Receive(ctx); err != nil {
			fmt.Println(err)
			return
		}
	}
	heard, err := bridge.Interrupt(ctx)
	fmt.Println(heard.Sound, err)
	if err := device.HangUp(ctx); err != nil {
		fmt.Println(err)
	}
	fmt.Println(<-ran)
	// Output:
	// 200ms <nil>
	// <nil>
}
