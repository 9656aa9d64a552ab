package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// output is where a command prints its results: lines for people, or JSON for programs.
// Remarks that are no result go to standard error.
type output struct {
	io.Writer
	json    bool
	remarks io.Writer
}

func outputOf(cmd *cobra.Command) *output {
	asJSON, err := cmd.Flags().GetBool("json")
	return &output{Writer: cmd.OutOrStdout(), json: err == nil && asJSON, remarks: cmd.ErrOrStderr()}
}

// print prints a value as JSON, or else a line.
func (o *output) print(value any, format string, args ...any) error {
	if !o.json {
		_, err := fmt.Fprintf(o, format+"\n", args...)
		return err
	}
	return o.value(value)
}

// value prints a value as one line of JSON.
func (o *output) value(value any) error {
	e := json.NewEncoder(o)
	e.SetEscapeHTML(false)
	return e.Encode(value)
}

// remark prints a line to standard error.
func (o *output) remark(format string, args ...any) {
	fmt.Fprintf(o.remarks, "realtime: "+format+"\n", args...)
}
