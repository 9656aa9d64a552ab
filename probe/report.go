package probe

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Outcome is what a check found out.
type Outcome string

const (
	// Can means that the server does what the check is about.
	Can Outcome = "can"
	// Cannot means that it refuses, does something else, or does not answer in time.
	Cannot Outcome = "cannot"
	// Unknown means that the check could not be made; Detail is the reason.
	Unknown Outcome = "unknown"
)

// Result is the outcome of one check.
type Result struct {
	// Name identifies the check, such as "update/answered". The part before the slash is
	// its group.
	Name string `json:"name"`
	// About is what the check is about, in a few words.
	About   string  `json:"about"`
	Outcome Outcome `json:"outcome"`
	// Detail is the reason of Cannot and Unknown, with the server's own code or the names
	// of the events that arrived instead; it holds no content and no credential.
	Detail string `json:"detail,omitempty"`
	// Took is how long the check took.
	Took time.Duration `json:"took"`
}

// Report is what a server can and cannot.
type Report struct {
	// Server is the address, without a query.
	Server string `json:"server"`
	// Model is the model that the session has by its own account; "" if it names none.
	Model   string   `json:"model,omitempty"`
	Results []Result `json:"results"`

	required []string
}

// Result returns the result of a check. The second result is false if there is none of
// that name.
func (r *Report) Result(name string) (Result, bool) {
	for _, one := range r.Results {
		if one.Name == name {
			return one, true
		}
	}
	return Result{}, false
}

// ExitStatus returns 0 if the server can do all that is required, else 1; see
// Options.Require. A program exits with 2 if [Run] fails.
func (r *Report) ExitStatus() int {
	for _, one := range r.Results {
		required := slices.ContainsFunc(r.required, func(name string) bool { return matches(one.Name, name) })
		if required && one.Outcome != Can || r.required == nil && one.Outcome == Cannot {
			return 1
		}
	}
	return 0
}

// Markdown returns the report as a table for each group of checks.
func (r *Report) Markdown() string {
	var b strings.Builder
	title := r.Server
	if r.Model != "" {
		title += ", " + r.Model
	}
	fmt.Fprintf(&b, "# %s\n\n", cell(title))
	counts := map[Outcome]int{}
	for _, one := range r.Results {
		counts[one.Outcome]++
	}
	fmt.Fprintf(&b, "Can %d, cannot %d, unknown %d.\n", counts[Can], counts[Cannot], counts[Unknown])
	group := ""
	for _, one := range r.Results {
		if g, _, _ := strings.Cut(one.Name, "/"); g != group {
			group = g
			fmt.Fprintf(&b, "\n## %s\n\n| check | outcome | about | detail |\n| --- | --- | --- | --- |\n", group)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", one.Name, one.Outcome, cell(one.About), cell(one.Detail))
	}
	return b.String()
}

// cell makes a text safe inside of a table.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ", "<", "&lt;").Replace(s)
}
