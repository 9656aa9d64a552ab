// Package phonecall places one call to a program through a simulated carrier, with a
// simulated model, for the examples on telephone lines. Both sides are heard in a stereo WAV,
// and seen in a page.
package phonecall

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/voicelane/realtime-go/audio"
	"github.com/voicelane/realtime-go/examples/demo/recordings"
	"github.com/voicelane/realtime-go/realtime"
	"github.com/voicelane/realtime-go/realtimetest"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/recording/tap"
	"github.com/voicelane/realtime-go/telephony/telephonytest"
	"github.com/voicelane/realtime-go/view"
	"github.com/voicelane/realtime-go/voice"
)

// Recorder records the call. A nil Recorder records nothing.
type Recorder struct{ r *tap.Recorder }

// Session returns the options of the session.
func (r *Recorder) Session() *realtime.Options {
	if r == nil {
		return nil
	}
	return &realtime.Options{Taps: []*realtime.Tap{r.r.Session()}}
}

// Bridge returns the options of the bridge.
func (r *Recorder) Bridge() *voice.BridgeOptions {
	if r == nil {
		return nil
	}
	return &voice.BridgeOptions{Taps: []*voice.Tap{r.r.Line()}}
}

// Phone makes the handler of a number.
type Phone func(cfg *realtime.Config, url, token string, r *Recorder) (http.Handler, error)

const (
	url   = "https://voice.example.com/twilio"
	token = "a-token-for-the-simulation-alone"
)

// Simulate places a call: the caller asks, interrupts the answer, hears another one, and
// hangs up. It writes call.wav and call.html to a folder.
func Simulate(ctx context.Context, folder string, phone Phone, out io.Writer) (err error) {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	script, err := newScript()
	if err != nil {
		return err
	}
	name := filepath.Join(folder, "call.jsonl")
	for _, old := range []string{name, recording.SoundFile(name)} {
		_ = os.Remove(old) // There may be none.
	}
	w, err := recording.Create(name, &recording.Options{Keep: []recording.Keep{recording.KeepText, recording.KeepAudio}})
	if err != nil {
		return err
	}
	rec := &Recorder{tap.New(w)}
	service := realtimetest.NewServer(&realtimetest.Config{Script: script.model, Pace: 4})
	defer service.Close()
	h, err := phone(&realtime.Config{APIKey: "no-key-needed", BaseURL: service.URL, Proxy: realtime.NoProxy}, url, token, rec)
	if err != nil {
		return err
	}
	carrier := telephonytest.New(telephonytest.Twilio, &telephonytest.Config{Handler: h, URL: url, Secret: token})
	defer carrier.Close()
	call, err := carrier.Call(ctx, "+15550100", "+15550199")
	if err != nil {
		return err
	}
	err = script.speak(ctx, call, out)
	err = errors.Join(err, write(filepath.Join(folder, "call.wav"), call.WriteWAV))
	call.HangUp()
	<-call.Ended()
	carrier.Close()
	err = errors.Join(err, rec.r.Close())
	if err != nil {
		return err
	}
	return page(name, filepath.Join(folder, "call.html"), out)
}

// script is what both sides say.
type script struct {
	question, interruption []byte
	model                  realtimetest.Script
}

func newScript() (*script, error) {
	s := &script{}
	var answer, tomorrow []byte
	for name, sound := range map[string]*[]byte{
		"question": &s.question, "interruption": &s.interruption, "answer": &answer, "answer-tomorrow": &tomorrow,
	} {
		var err error
		if *sound, err = recordings.Read(name); err != nil {
			return nil, err
		}
	}
	s.model = realtimetest.Script{
		Heard: []realtimetest.Heard{{Text: "What will the weather be like in Lisbon on Saturday?"}, {Text: "Wait, and tomorrow?"}},
		Rules: []realtimetest.Rule{
			{When: realtimetest.Said("tomorrow"), Do: []realtimetest.Step{realtimetest.Say{Text: "Tomorrow it will rain until noon.", Audio: tomorrow}}},
			{When: realtimetest.Said("Saturday"), Do: []realtimetest.Step{
				realtimetest.Say{Text: "On Saturday Lisbon will be sunny and warm, with a light breeze from the sea.", Audio: answer},
			}},
			{Do: []realtimetest.Step{realtimetest.Say{Text: "Lisbon Travel, good morning."}}},
		},
	}
	return s, nil
}

// speak plays the caller.
func (s *script) speak(ctx context.Context, call *telephonytest.Call, out io.Writer) error {
	in, _ := call.Formats()
	say := func(sound []byte) error {
		k := audio.NewConverter(audio.PCM24k, in)
		return call.Speak(ctx, k.AppendRest(k.Append(nil, sound)))
	}
	steps := []func() error{
		func() error { return hear(ctx, call, 300*time.Millisecond, time.Second) },
		func() error { return say(s.question) },
		func() error { return hear(ctx, call, 1500*time.Millisecond, 0) },
		func() error { return say(s.interruption) },
		func() error { return hear(ctx, call, 500*time.Millisecond, time.Second) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	times := "once"
	if n := len(call.Clears()); n != 1 {
		times = fmt.Sprintf("%d times", n)
	}
	_, err := fmt.Fprintf(out, "The caller was heard, interrupted the answer %s, and heard %v of the agent.\n",
		times, audio.ULaw.Duration(len(call.Heard())).Round(100*time.Millisecond))
	return err
}

// hear waits until the caller has heard some more, and then that much silence.
func hear(ctx context.Context, call *telephonytest.Call, more, silence time.Duration) error {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	first, last, since := len(call.Heard()), 0, time.Now()
	for {
		select {
		case now := <-ticker.C:
			heard := len(call.Heard())
			if heard != last {
				last, since = heard, now
			}
			if audio.ULaw.Duration(heard-first) >= more && now.Sub(since) >= silence {
				return nil
			}
		case <-call.Ended():
			return telephonytest.ErrEnded
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// page shows the recording as a page.
func page(name, html string, out io.Writer) error {
	rec, err := recording.Open(name)
	if err != nil {
		return err
	}
	err = write(html, func(w io.Writer) error { return view.HTML(w, rec, nil) })
	if err == nil {
		_, err = fmt.Fprintf(out, "Listen to %s, and open %s in a browser.\n", filepath.Join(filepath.Dir(html), "call.wav"), html)
	}
	return err
}

func write(name string, to func(io.Writer) error) error {
	f, err := os.Create(name) //nolint:gosec // The program names the file.
	if err != nil {
		return err
	}
	return errors.Join(to(f), f.Close())
}
