package diff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// maxPlaces is the maximum number of places of a change in text.
const maxPlaces = 3

// headings are the sections of a report, worst first.
var headings = []struct {
	class  Class
	text   string
	plural string
}{
	{BreaksSenders, "Breaking for senders", "break senders"},
	{BreaksReceivers, "Breaking for receivers", "break receivers"},
	{Compatible, "Compatible", "are compatible"},
}

// Text returns the report as plain text.
func (r *Report) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s -> %s: %s\n", r.Old, r.New, r.summary())
	for _, h := range headings {
		groups := r.of(h.class)
		if len(groups) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s\n", h.text)
		for _, g := range groups {
			fmt.Fprintf(&b, "  %s\n", g.line())
			if g.Why != "" {
				fmt.Fprintf(&b, "      %s%s\n", g.Why, g.who())
			}
			if len(g.Go) > 0 {
				fmt.Fprintf(&b, "      Go: %s\n", strings.Join(g.Go, ", "))
			}
			if len(g.Places) > 1 || g.Places[0] != g.Subject {
				fmt.Fprintf(&b, "      at %s\n", g.places("\n         ", ""))
			}
		}
	}
	for _, n := range r.tail() {
		fmt.Fprintf(&b, "\n%s", n)
	}
	return strings.TrimSuffix(b.String(), "\n") + "\n"
}

// Markdown returns the report as Markdown, for a pull request or an issue.
func (r *Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## Drift of the wire: %s\n\n`%s` → `%s`\n", r.summary(), r.Old, r.New)
	for _, h := range headings {
		groups := r.of(h.class)
		if len(groups) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n### %s\n\n| Change | What | Go | Where |\n| --- | --- | --- | --- |\n", h.text)
		for _, g := range groups {
			what := "`" + g.Subject + "`"
			if d := g.detail(); d != "" {
				what += ": " + d
			}
			if g.Why != "" {
				what += " (" + g.Why + g.who() + ")"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", g.Kind, cell(what), code(g.Go), cell(g.places("<br>", "`")))
		}
	}
	for _, n := range r.tail() {
		fmt.Fprintf(&b, "\n%s\n", n)
	}
	return b.String()
}

// JSON returns the report as JSON. It lists every place.
func (r *Report) JSON() ([]byte, error) {
	type change struct {
		Change  Kind     `json:"change"`
		Class   string   `json:"class"`
		Breaks  Breaks   `json:"breaks"`
		Why     string   `json:"why,omitempty"`
		Subject string   `json:"subject"`
		Old     string   `json:"old,omitempty"`
		New     string   `json:"new,omitempty"`
		Go      []string `json:"go"`
		Places  []string `json:"places"`
	}
	out := struct {
		Old      string   `json:"old"`
		New      string   `json:"new"`
		Worst    string   `json:"worst"`
		Accepted int      `json:"accepted_places"`
		Prose    *int     `json:"prose_places"`
		Changes  []change `json:"changes"`
		Unused   []string `json:"unused_overrides,omitempty"`
		Notes    []string `json:"notes,omitempty"`
	}{Old: r.Old, New: r.New, Worst: r.Worst().String(), Accepted: r.Accepted, Changes: []change{}, Unused: r.Unused, Notes: r.Notes}
	if r.Prose >= 0 {
		out.Prose = &r.Prose
	}
	for _, g := range r.Groups {
		out.Changes = append(out.Changes, change{
			g.Kind, g.Class().String(), g.Breaks, g.Why, g.Subject, g.Old, g.New,
			append([]string{}, g.Go...), g.Places,
		})
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // A label such as <server_vad> stays readable.
	enc.SetIndent("", "  ")
	err := enc.Encode(out)
	return b.Bytes(), err
}

// of returns the groups of a class.
func (r *Report) of(class Class) []Group {
	var groups []Group
	for _, g := range r.Groups {
		if g.Class() == class {
			groups = append(groups, g)
		}
	}
	return groups
}

// summary returns the numbers of changes by class.
func (r *Report) summary() string {
	if len(r.Groups) == 0 {
		return "no change"
	}
	var parts []string
	for _, h := range headings {
		if n := len(r.of(h.class)); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, h.plural))
		}
	}
	return fmt.Sprintf("%s (%s)", count(len(r.Groups), "change"), strings.Join(parts, ", "))
}

// tail returns the lines about places that are not listed, errors and notes.
func (r *Report) tail() []string {
	var lines []string
	if r.Accepted > 0 {
		lines = append(lines, "Not listed: "+count(r.Accepted, "place")+" where the documents differ intentionally.")
	}
	if r.Prose > 0 {
		lines = append(lines, "Not listed: "+count(r.Prose, "place")+" where only the prose changed.")
	}
	for _, u := range r.Unused {
		lines = append(lines, "Error: "+u)
	}
	for _, n := range r.Notes {
		lines = append(lines, "Note: "+n)
	}
	return lines
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// line returns a group's change in one line.
func (g Group) line() string {
	text := string(g.Kind) + ": " + g.Subject
	if d := g.detail(); d != "" {
		text += ": " + d
	}
	return text
}

// detail returns the old and the new value.
func (g Group) detail() string {
	switch {
	case g.Old == "":
		return g.New
	case g.New == "":
		return g.Old
	}
	return g.Old + " → " + g.New
}

// who returns whose code breaks besides that of the heading.
func (g Group) who() string {
	if g.Breaks.Senders && g.Breaks.Receivers {
		return "; receivers break too"
	}
	return ""
}

// places returns the first places.
func (g Group) places(sep, quote string) string {
	places := slices.Clone(g.Places)
	more := ""
	if len(places) > maxPlaces {
		more = fmt.Sprintf("%sand %d more", sep, len(places)-maxPlaces)
		places = places[:maxPlaces]
	}
	for i := range places {
		places[i] = quote + places[i] + quote
	}
	return strings.Join(places, sep) + more
}

func code(ids []string) string {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = "`" + id + "`"
	}
	return strings.Join(quoted, ", ")
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
