package transcribe_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/transcribe"
)

// The two recordings stand for speech.
var (
	morning = audio.PCM24k.AppendTone(nil, 440, time.Second, 0.5)
	evening = audio.PCM24k.AppendTone(nil, 700, time.Second, 0.5)
)

// reception returns a server that recognizes two recordings, and a client for it.
func reception() (*realtimetest.Server, *realtime.Client, error) {
	srv := realtimetest.NewServer(&realtimetest.Config{Script: realtimetest.Script{Heard: []realtimetest.Heard{
		{Text: "Good morning.", Recording: morning, Language: "en"},
		{Text: "Until tomorrow.", Recording: evening, Language: "en"},
	}}})
	client, err := realtime.NewClient(&realtime.Config{APIKey: "sk-example", BaseURL: srv.URL})
	return srv, client, err
}

func ExampleStream() {
	srv, client, err := reception()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	microphone := bytes.NewReader(morning)
	for segment, err := range transcribe.Stream(ctx, client, microphone, nil) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(segment.Start, segment.End, segment.Text, segment.Languages)
	}
	// Output:
	// 0s 1s Good morning. [en]
}

// Several WAV files, two at the same time.
func ExampleFiles() {
	srv, client, err := reception()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	dir, err := os.MkdirTemp("", "transcribe")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	var sources []transcribe.Source
	for i, recording := range [][]byte{morning, evening, morning} {
		var file bytes.Buffer
		name := filepath.Join(dir, fmt.Sprintf("call-%d.wav", i+1))
		if err := realtimetest.WriteWAV(&file, recording); err != nil {
			fmt.Println(err)
			return
		}
		if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
			fmt.Println(err)
			return
		}
		sources = append(sources, transcribe.WAVFile(name))
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for t := range transcribe.Files(ctx, client, sources, &transcribe.Options{Sessions: 2}) {
		fmt.Println(filepath.Base(t.Name), t.Text(), t.Err)
	}
	// Output:
	// call-1.wav Good morning. <nil>
	// call-2.wav Until tomorrow. <nil>
	// call-3.wav Good morning. <nil>
}
