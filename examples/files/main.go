// Command files sends an audio file to a model and writes the spoken answer to another
// file. Both are 24 kHz mono PCM16 without a header.
//
//	go run ./examples/files -in question.pcm -out answer.pcm
//
// needs neither key nor network: it talks to an in-process server. With LIVE=1 and
// OPENAI_API_KEY set it talks to the API. Without -in it sends a recorded question.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/voicelane/realtime-go/examples/demo/recordings"
	"github.com/voicelane/realtime-go/examples/internal/offline"
	"github.com/voicelane/realtime-go/gen/api"
	"github.com/voicelane/realtime-go/realtime"
)

func main() {
	in := flag.String("in", "", "file with the question; default: a recording")
	out := flag.String("out", "answer.pcm", "file for the answer")
	flag.Parse()
	offline.Main("files", nil, func(ctx context.Context, cfg *realtime.Config) error { return run(ctx, cfg, *in, *out, os.Stdout) })
}

func run(ctx context.Context, cfg *realtime.Config, in, out string, log io.Writer) (err error) {
	client, err := realtime.NewClient(cfg)
	if err != nil {
		return err
	}
	question, err := recordings.Read("question")
	if in != "" {
		question, err = os.ReadFile(in) //nolint:gosec // The user chooses the name.
	}
	if err != nil {
		return err
	}
	answer, err := os.Create(out) //nolint:gosec // The user chooses the name.
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, answer.Close()) }()
	return ask(ctx, client, bytes.NewReader(question), answer, log)
}

// ask sends a question and writes the audio of the answer.
func ask(ctx context.Context, client *realtime.Client, question io.Reader, answer, log io.Writer) (err error) {
	s, err := client.Connect(ctx, realtime.Model(api.ModelGPTRealtime2_1), nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	s.Discard() // All calls below receive the answers to their own requests.

	// The end of the file ends the question, so turn detection is off.
	_, err = s.Update(ctx, &api.RealtimeSessionConfig{
		Audio: &api.SessionAudio{
			Input:  &api.AudioInput{TurnDetection: api.Null{}},
			Output: &api.AudioOutput{Voice: api.VoiceMarin},
		},
	})
	if err != nil {
		return err
	}
	sent, err := s.AppendAudioFrom(ctx, question)
	if err != nil {
		return err
	}
	// A commit makes the audio a message. It requests no answer.
	if err := s.Send(ctx, &api.InputAudioBufferCommit{}); err != nil {
		return err
	}
	response, err := s.Respond(ctx, &api.ResponseCreate{})
	if err != nil {
		return err
	}
	received, err := io.Copy(answer, response.Audio(ctx))
	if err != nil {
		return err
	}
	whole, err := response.Answer(ctx)
	if err != nil {
		return err
	}
	if err := whole.Err(); err != nil {
		return err // Failed or cancelled: the file has part of the answer.
	}
	_, err = fmt.Fprintf(log, "sent %d bytes, received %d: %s\n", sent, received, whole.Transcript)
	return err
}
