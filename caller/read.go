package caller

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/voicelane/realtime-go/caller/internal/journal"
	"github.com/voicelane/realtime-go/caller/internal/strict"
	"github.com/voicelane/realtime-go/realtimetest"
)

//go:embed scenario.schema.json
var schema []byte

// Schema returns the JSON schema of scenario files, with a description of every member.
// Editors use it for YAML as well.
func Schema() []byte { return bytes.Clone(schema) }

// Load reads a scenario from a file, with recordings beside it, and fails the test if
// there is an error.
func Load(tb testing.TB, file string) *Scenario {
	tb.Helper()
	f, err := os.Open(file) //nolint:gosec // The test chooses the file.
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }() // Opened for reading.
	s, err := Read(f, os.DirFS(filepath.Dir(file)))
	if err != nil {
		tb.Fatalf("%s: %v", file, err)
	}
	return s
}

// Read reads a scenario in YAML or JSON, as [Schema] describes it. Recordings, WAV files
// and scripts are opened in files, when a call begins. An error has the line and the
// column; members that the format does not have, and those that come twice, are errors.
func Read(r io.Reader, files fs.FS) (*Scenario, error) {
	n, err := strict.Parse(r)
	if err != nil {
		return nil, fmt.Errorf("caller: %w", err)
	}
	s := &Scenario{files: files}
	if err := s.read(n); err != nil {
		return nil, fmt.Errorf("caller: %w", err)
	}
	return s, nil
}

func (s *Scenario) read(n *strict.Node) error {
	err := strict.Mapping(n, "a scenario", strict.Fields{
		"$schema":  strict.Text(new(string)),
		"scenario": strict.Text(&s.Name),
		"voice":    s.Voice.read,
		"line":     s.Carrier.read,
		"tools":    s.readTools,
		"script":   s.readScript,
		"patience": strict.Duration(&s.Patience),
		"steps": func(n *strict.Node) error {
			return strict.List(n, "steps", func(n *strict.Node) error {
				step := Step{}
				if err := step.read(n); err != nil {
					return err
				}
				s.Steps = append(s.Steps, step)
				return nil
			})
		},
		"always": readExpectations(&s.Always),
		"limits": s.Limits.read,
	})
	if err != nil {
		return err
	}
	if s.Name == "" {
		return strict.Errorf(n, "a scenario needs a name: scenario: NAME")
	}
	if len(s.Steps) == 0 {
		return strict.Errorf(n, "a scenario needs steps")
	}
	return nil
}

func (v *Voice) read(n *strict.Node) error {
	name, value, err := strict.Single(n, "a voice")
	if err != nil {
		return err
	}
	switch {
	case name == "tone" && value == nil:
	case name == "espeak-ng" && value == nil:
		v.Espeak = "en"
	case name == "espeak-ng":
		return strict.Text(&v.Espeak)(value)
	case name == "recordings" && value != nil:
		return strict.Text(&v.Recordings)(value)
	default:
		return strict.Errorf(n, `a voice is tone, espeak-ng, { espeak-ng: LANGUAGE } or { recordings: DIRECTORY }, this is %q`, name)
	}
	return nil
}

func (c *Carrier) read(n *strict.Node) error {
	return strict.Mapping(n, "a line", strict.Fields{
		"carrier": strict.Text(&c.Name), "loss": strict.Share(&c.Loss),
	})
}

func (s *Scenario) readTools(n *strict.Node) error {
	s.Tools = map[string]Stub{}
	fields := strict.Fields{}
	for _, name := range strict.Keys(n) {
		fields[name] = func(n *strict.Node) error {
			var stub Stub
			var output string
			err := strict.Mapping(n, "a tool", strict.Fields{
				"delay": strict.Duration(&stub.Delay), "error": strict.Text(&stub.Error),
				"output": func(n *strict.Node) error { stub.Output = &output; return strict.Text(&output)(n) },
			})
			s.Tools[name] = stub
			return err
		}
	}
	return strict.Mapping(n, "tools", fields)
}

func (s *Scenario) readScript(n *strict.Node) error {
	data, err := strict.JSON(n)
	if err != nil {
		return err
	}
	s.Script, err = realtimetest.ReadScript(bytes.NewReader(data), s.files)
	if err != nil {
		return strict.Errorf(n, "%s", strings.TrimPrefix(err.Error(), "realtimetest: "))
	}
	return nil
}

// action is what a step can do: its name, a form that errors show, and its reader.
type action struct {
	name, form string
	read       func(*strict.Node) (Action, error)
}

func actions() []action {
	return []action{
		{"say", "say: WORDS", func(n *strict.Node) (Action, error) { var t string; err := strict.Text(&t)(n); return Say(t), err }},
		{"play", "play: FILE.wav` or `play: { file: FILE.wav, text: WORDS }", readPlay},
		{"noise", "noise: { kind: cough, for: 250ms }", readNoise},
		{"press", `press: "12#"`, readPress},
		{"wait", "wait: 1.5s", func(n *strict.Node) (Action, error) {
			var d time.Duration
			err := strict.Duration(&d)(n)
			return Wait(d), err
		}},
		{"drop", "drop:` or `drop: { code: 1011, refuse: 1 }", readDrop},
		{"hang_up", "hang_up:", readHangUp},
	}
}

// corrected adds to an error what to write instead.
func corrected(err error, form string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: write `%s`", err, form)
}

func (s *Step) read(n *strict.Node) error {
	fields := strict.Fields{"after": s.After.read, "expect": readExpectations(&s.Expect)}
	var known, did []string
	alone, value, err := strict.Single(n, "a step")
	for _, a := range actions() {
		if err == nil && value == nil && alone == a.name {
			return corrected(strict.Errorf(n, "a step is a mapping, this is %q", a.name), a.form)
		}
		known = append(known, a.name)
		fields[a.name] = func(n *strict.Node) (err error) {
			did = append(did, a.name)
			s.Do, err = a.read(n)
			return corrected(err, a.form)
		}
	}
	err = strict.Mapping(n, "a step", fields)
	if err == nil && len(did) != 1 {
		have := strings.Join(did, " and ")
		if have == "" {
			have = "none of them"
		}
		err = strict.Errorf(n, "a step does one of %s, this one has %s", strings.Join(known, ", "), have)
	}
	return err
}

func (a *After) read(n *strict.Node) error {
	name, value, err := strict.Single(n, "after")
	if err == nil && value == nil {
		err = errors.New("")
	}
	if err != nil {
		return strict.Errorf(n, "after is one of { heard: 1.5s }, { silence: 300ms } and { tool: NAME }")
	}
	fields := strict.Fields{
		"heard": strict.Duration(&a.Heard), "silence": strict.Duration(&a.Silence), "tool": strict.Text(&a.Tool),
	}
	if err := strict.Mapping(n, "after", fields); err != nil {
		return err
	}
	if *a == (After{}) {
		return strict.Errorf(value, "%s has to be more than 0", name)
	}
	return nil
}

func readPlay(n *strict.Node) (Action, error) {
	var p Play
	if len(strict.Keys(n)) == 0 {
		err := strict.Text(&p.File)(n)
		return p, err
	}
	err := strict.Mapping(n, "play", strict.Fields{"file": strict.Text(&p.File), "text": strict.Text(&p.Text)})
	if err == nil && p.File == "" {
		err = strict.Errorf(n, "play needs a file")
	}
	return p, err
}

func readNoise(n *strict.Node) (Action, error) {
	noise := Noise{Kind: "cough", For: 250 * time.Millisecond}
	err := strict.Mapping(n, "noise", strict.Fields{"kind": strict.Text(&noise.Kind), "for": strict.Duration(&noise.For)})
	if err == nil && noises[noise.Kind] == nil {
		err = strict.Errorf(n, `a noise is a "cough" or a "hiss", this is %q`, noise.Kind)
	}
	return noise, err
}

func readPress(n *strict.Node) (Action, error) {
	var keys string
	if err := strict.Text(&keys)(n); err != nil {
		return nil, err
	}
	if strings.Trim(keys, "0123456789*#ABCD") != "" {
		return nil, strict.Errorf(n, "keys are 0 to 9, *, # and A to D, this is %q", keys)
	}
	return Press(keys), nil
}

func readDrop(n *strict.Node) (Action, error) {
	d := Drop{Code: journal.Abnormal}
	if strict.Empty(n) {
		return d, nil
	}
	err := strict.Mapping(n, "drop", strict.Fields{"code": strict.Count(&d.Code), "refuse": strict.Count(&d.Refuse)})
	return d, err
}

func readHangUp(n *strict.Node) (Action, error) {
	if !strict.Empty(n) {
		return nil, strict.Errorf(n, "hang_up takes no value")
	}
	return HangUp{}, nil
}
