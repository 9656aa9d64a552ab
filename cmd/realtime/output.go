package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
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

// show prints a value as JSON, or else a line.
func (o *output) show(value any, format string, args ...any) error {
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

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// seconds returns a time as JSON has it, in whole milliseconds.
func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }
