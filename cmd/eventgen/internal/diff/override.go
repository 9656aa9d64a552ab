package diff

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Overrides tell where our document differs from the upstream one on purpose.
type Overrides struct {
	Scope struct {
		Paths    []string `yaml:"paths"`    // prefixes of the operations that concern us
		Webhooks []string `yaml:"webhooks"` // prefixes of the webhooks' names in either document
	} `yaml:"scope"`
	Differences []Difference `yaml:"differences"`

	file string
}

// Difference is what the upstream document has otherwise than ours, and why. In
// each pattern an asterisk stands for any text; an absent one takes everything.
type Difference struct {
	Change Kind     `yaml:"change"` // from ours to theirs
	At     []string `yaml:"at"`     // members of our schemas, such as ServerVAD.threshold
	Root   string   `yaml:"root"`   // or the place on the wire
	Path   string   `yaml:"path"`
	Theirs *string  `yaml:"theirs"` // what they have: values, type, bound; empty for none
	Reason string   `yaml:"reason"`

	line    int
	matches map[string]int // by the entry of At; "" without them
}

// UnmarshalYAML keeps the line, to name it in errors.
func (d *Difference) UnmarshalYAML(n *yaml.Node) error {
	type plain Difference
	d.line = n.Line
	return n.Decode((*plain)(d))
}

// ReadOverrides parses an override file. Each difference has a reason.
func ReadOverrides(file string, data []byte) (*Overrides, error) {
	o := &Overrides{file: file}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(o); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, d := range o.Differences {
		switch {
		case strings.TrimSpace(d.Reason) == "":
			return nil, fmt.Errorf("%s:%d: a difference needs a reason", file, d.line)
		case d.Change == "" || d.Root == "" && d.Path == "" && d.At == nil:
			return nil, fmt.Errorf("%s:%d: a difference names a change, and what it is at", file, d.line)
		}
	}
	return o, nil
}

func (o *Overrides) inPaths(path string) bool { return hasPrefix(o.Scope.Paths, path) }

func (o *Overrides) inWebhooks(name string) bool { return hasPrefix(o.Scope.Webhooks, name) }

func hasPrefix(prefixes []string, s string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return len(prefixes) == 0
}

// has reports whether the difference is about what they have.
func (d *Difference) has(theirs string) bool {
	if d.Theirs == nil || *d.Theirs == "" {
		return d.Theirs == nil || theirs == ""
	}
	return match(*d.Theirs, theirs)
}

// at reports whether the difference is about one of the names, and counts it.
func (d *Difference) at(names []string) bool {
	if d.At == nil {
		d.matches[""]++
		return true
	}
	found := false
	for _, pattern := range d.At {
		if slices.ContainsFunc(names, func(n string) bool { return match(pattern, n) }) {
			d.matches[pattern]++
			found = true
		}
	}
	return found
}

// match reports whether s fits a pattern with asterisks.
func match(pattern, s string) bool {
	if pattern == "" {
		return true
	}
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(s, parts[0])
	if !ok {
		return false
	}
	if len(parts) == 1 {
		return rest == ""
	}
	for _, p := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, p)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}
