package caller

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/caller/internal/journal"
	"github.com/voicelane/realtime-go/caller/internal/words"
	"github.com/voicelane/realtime-go/recording"
)

// save writes the recording of a call that failed, with its notes.
func (r *Result) save(c *Call, o *Options) {
	if !r.Failed() {
		c.journal.Forget()
		return
	}
	data, err := r.record(c)
	if err == nil {
		err = r.write(data, o)
	}
	if err != nil {
		r.Skipped = append(r.Skipped, "recording: "+err.Error())
	}
}

// record returns the recording of the call.
func (r *Result) record(c *Call) ([]byte, error) {
	var steps []string
	for i, s := range c.scenario.Steps {
		steps = append(steps, fmt.Sprintf("step %d: %s", i+1, describe(s.Do)))
	}
	var notes []journal.Line
	for _, f := range r.Failures {
		notes = append(notes, journal.Line{At: f.At, Body: &recording.Note{Text: "failed: " + f.String()}})
	}
	return c.journal.Record(steps, notes)
}

// write writes the files of the call.
func (r *Result) write(data []byte, o *Options) error {
	dir := o.Dir
	if dir == "" {
		dir = filepath.Join(os.TempDir(), "realtime-caller")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	name := strings.Join(words.Of(r.Scenario), "-")
	f, err := os.CreateTemp(dir, name+"-*.jsonl")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	r.Files = append(r.Files, f.Name())
	return nil
}

// describe describes an action in a few words.
func describe(a Action) string {
	switch a := a.(type) {
	case Say:
		return "say " + string(a)
	case Play:
		return "play " + a.File
	case Noise:
		return a.Kind
	case Press:
		return "press " + string(a)
	case Wait:
		return "wait " + time.Duration(a).String()
	case Drop:
		return "drop the connection"
	}
	return "hang up"
}
