package caller

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/voicelane/realtime-go/caller/internal/journal"
	"github.com/voicelane/realtime-go/caller/internal/words"
	"github.com/voicelane/realtime-go/recording"
	"github.com/voicelane/realtime-go/view"
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
	return r.draw(data, strings.TrimSuffix(f.Name(), ".jsonl")+".html", o)
}

// draw writes the page of a recording, with a note for each failure.
func (r *Result) draw(data []byte, file string, o *Options) error {
	rec, err := recording.Read(bytes.NewReader(data))
	if err != nil {
		return err
	}
	options := &view.Options{Title: r.Scenario, Prices: o.Prices}
	for _, f := range r.Failures {
		title := f.Expectation
		if f.Step > 0 {
			title = strings.TrimSpace(fmt.Sprintf("step %d %s", f.Step, title))
		}
		options.Notes = append(options.Notes, view.Note{At: recording.MicrosOf(f.At), Severity: recording.Broken, Title: title, Text: f.Why})
	}
	page, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // Beside the recording.
	if err != nil {
		return err
	}
	if err := errors.Join(view.HTML(page, rec, options), page.Close()); err != nil {
		return err
	}
	r.Files = append(r.Files, file)
	return nil
}

// page returns the address of the page at the moment of a failure, "" without one.
func (r *Result) page(f Failure) string {
	for _, file := range r.Files {
		if strings.HasSuffix(file, ".html") {
			return fmt.Sprintf("%s#t=%.1f&z=5", file, f.At.Seconds())
		}
	}
	return ""
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
