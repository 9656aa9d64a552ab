package render

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	responseType  = regexp.MustCompile(`^type ((\w+)HTTPResponse\w*) struct \{$`)
	responseField = regexp.MustCompile(`^\t(\w+) +\S`)
)

// withResponses completes the operations' response types: oapi-codegen leaves out their
// comments, and prints a response with its body and headers.
func withResponses(src string) string {
	var out []string
	inside, last := "", ""
	var members []string // Typed bodies.
	for line := range strings.SplitSeq(src, "\n") {
		typ, field := responseType.FindStringSubmatch(line), responseField.FindStringSubmatch(line)
		commented := strings.HasPrefix(strings.TrimSpace(last), "//")
		switch {
		case typ != nil:
			inside, members = typ[1], nil
			if !commented {
				out = append(out, "// "+typ[1]+" is the response to "+typ[2]+", with its body read.")
			}
		case line == "}":
			if strings.HasSuffix(inside, "HTTPResponse") {
				line += printing(inside, members)
			}
			inside = ""
		case inside != "" && field != nil:
			if !commented {
				out = append(out, "\t"+fieldComment(field[1]))
			}
			// What a failure says may repeat a key in any member.
			if strings.HasPrefix(field[1], "JSON") && field[1] != "JSONDefault" {
				members = append(members, field[1])
			}
		}
		out, last = append(out, line), line
	}
	return strings.Replace(strings.Join(out, "\n"), "\t\"io\"\n", "\t\"io\"\n\t\"log/slog\"\n", 1)
}

func fieldComment(name string) string {
	switch name {
	case "Body":
		return "// Body is the response's body."
	case "HTTPResponse":
		return "// HTTPResponse is the response. Its body has been read and closed."
	}
	return "// " + name + " is the header of that name."
}

// printing returns the methods that keep the secrets of a response out of output and logs.
func printing(name string, members []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `

// Format prints the status and the length of the body, for every verb.
func (r %[1]s) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "%[1]s{%%d, %%d bytes}", r.StatusCode(), len(r.Body))
}

// LogValue returns the response for a log: its status, the length of its body, and the
// answer, if it is one of JSON, without its secrets.
func (r %[1]s) LogValue() slog.Value {
	attrs := []slog.Attr{slog.Int("status", r.StatusCode()), slog.Int("bytes", len(r.Body))}
`, name)
	for _, m := range members {
		fmt.Fprintf(&b, "\tif r.%[1]s != nil {\n\t\tattrs = append(attrs, slog.Any(%[2]q, r.%[1]s))\n\t}\n", m, strings.ToLower(m))
	}
	b.WriteString("\treturn slog.GroupValue(attrs...)\n}")
	return b.String()
}
