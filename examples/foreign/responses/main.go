// Command responses reads the events of a streamed response. Package responsesapi is
// generated from responses.yaml, which describes those events in OpenAPI.
//
//	go run ./examples/foreign/responses
//
// The stream is a recording in stream.txt, in the form of server-sent events. A program
// would read the body of an HTTP response instead.
//
// The vendor's whole document works as well, unchanged, with the unions that a program
// needs:
//
//	eventgen -spec openapi.yaml -unions ResponseStreamEvent -out responsesapi -package responsesapi -client=false
package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/voicelane/realtime-go/examples/foreign/responses/responsesapi"
)

//go:generate go run ../../../cmd/eventgen -spec responses.yaml -out responsesapi -package responsesapi -client=false -strict

//go:embed stream.txt
var recording []byte

func main() {
	if err := run(bytes.NewReader(recording), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "responses:", err)
		os.Exit(1)
	}
}

// run prints the events of a stream.
func run(stream io.Reader, out io.Writer) error {
	for event, err := range events(stream) {
		if err != nil {
			return err
		}
		switch e := event.(type) {
		case *responsesapi.ResponseOutputTextDelta:
			fmt.Fprint(out, e.Delta)
		case *responsesapi.ResponseOutputTextDone:
			fmt.Fprintln(out)
		case *responsesapi.ResponseOutputItemDone:
			if call, ok := e.Item.(*responsesapi.FunctionCall); ok {
				fmt.Fprintf(out, "call %s: %s(%s)\n", call.CallID, call.Name, call.Arguments)
			}
		case *responsesapi.ResponseCompleted:
			if usage, ok := e.Response.Usage.Get(); ok {
				fmt.Fprintf(out, "%d tokens in, %d out\n", usage.InputTokens, usage.OutputTokens)
			}
			return nil
		case *responsesapi.ResponseIncomplete:
			details, _ := e.Response.IncompleteDetails.Get()
			return fmt.Errorf("the response ended early: %s", details.Reason)
		case *responsesapi.ResponseFailed:
			failure, _ := e.Response.Error.Get()
			return fmt.Errorf("the response failed: %s: %s", failure.Code, failure.Message)
		case *responsesapi.ErrorEvent:
			return errors.New(e.Message)
		case *responsesapi.UnknownResponseEvent:
			fmt.Fprintf(out, "(%s is newer than this program)\n", e.Type)
		default: // Nothing to print.
		}
	}
	return io.ErrUnexpectedEOF
}

// events yields the events of a stream of server-sent events.
func events(stream io.Reader) iter.Seq2[responsesapi.ResponseEvent, error] {
	return func(yield func(responsesapi.ResponseEvent, error) bool) {
		lines := bufio.NewScanner(stream)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
			if !ok {
				continue // The name of the event, which the data repeats, or a blank line.
			}
			event, err := responsesapi.DecodeResponseEvent(data)
			if !yield(event, err) || err != nil {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(nil, err)
		}
	}
}
