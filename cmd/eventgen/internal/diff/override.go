package diff

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Overrides are the intended differences between our document and the upstream one.
type Overrides struct {
	Scope struct {
		Paths    []string `yaml:"paths"`    // Prefixes of the paths to compare.
		Webhooks []string `yaml:"webhooks"` // Prefixes of the names of webhooks to compare.
	} `yaml:"scope"`
	Differences []Difference `yaml:"differences"`

	file string
}

// Difference is an intended difference, with its reason. An asterisk in a pattern matches
// any text. An absent pattern matches everything.
type Difference struct {
	Change Kind     `yaml:"change"` // From our document to the upstream one.
	At     []string `yaml:"at"`     // Members of our schemas, such as ServerVAD.threshold.
	Root   string   `yaml:"root"`   // Root and Path are the place on the wire.
	Path   string   `yaml:"path"`
	Theirs *string  `yaml:"theirs"` // The upstream values, type or bound; empty for none.
	Reason string   `yaml:"reason"`

	line    int
	shared  bool           // It may match nothing.
	matches map[string]int // Counts by the entry of At, or by "" without At.
}

// UnmarshalYAML records the line for errors.
func (d *Difference) UnmarshalYAML(n *yaml.Node) error {
	type plain Difference
	d.line = n.Line
	return n.Decode((*plain)(d))
}

// ReadOverrides parses an override file. It returns an error for a difference without a
// reason.
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
			return nil, fmt.Errorf("%s:%d: a difference needs a change and a place", file, d.line)
		}
	}
	return o, nil
}

// Share adds differences that hold for other documents too, so that those that match
// nothing are no error.
func (o *Overrides) Share(other *Overrides) {
	for _, d := range other.Differences {
		d.shared = true
		o.Differences = append(o.Differences, d)
	}
}

// hasPrefix reports whether s starts with one of the prefixes, or there are none.
func hasPrefix(prefixes []string, s string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return len(prefixes) == 0
}

// has reports whether the difference matches the upstream value.
func (d *Difference) has(theirs string) bool {
	if d.Theirs == nil || *d.Theirs == "" {
		return d.Theirs == nil || theirs == ""
	}
	return match(*d.Theirs, theirs)
}

// at reports whether the difference matches one of the names, and counts the match.
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

// match reports whether s matches a pattern with asterisks.
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
