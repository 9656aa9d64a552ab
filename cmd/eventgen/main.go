// Command eventgen generates a Go package from an AsyncAPI 3 or OpenAPI 3.1 document
// whose messages carry their name in a type member: structs with a fast codec, sealed
// unions, open enumerations, functions that say what answers what, and a REST client.
//
//	eventgen -spec spec/asyncapi.yaml -out gen/api -package api
//
// Two more commands follow an upstream document as it moves:
//
//	eventgen diff OLD NEW        says what changes on the wire, and whom it breaks
//	eventgen import UPSTREAM     brings what is new into the spec
//
// # Protocols
//
// An AsyncAPI document holds its schemas itself, or refers to those of OpenAPI
// documents by names relative to it: ./openapi.yaml#/components/schemas/Item. One
// of these may describe REST operations.
//
//   - Each operation becomes a union of events, named after its key without the
//     action: receiveServerEvent gives ServerEvent. Operations of one direction of a
//     channel that share a trait become one union, named after the trait. The
//     description of the operation or of the trait is the Go comment.
//   - reply.messages lists the events that answer an operation's messages, in the
//     order in which they come; the last one ends the exchange. It gives the function
//     ServerEventReplies or the like.
//   - correlationId is the member of a sent message that holds its own id, and the
//     member of a received message that holds the id of the message that it refuses:
//     $message.payload#/error/event_id. A reply with a correlationId refuses, and has
//     no place in the order. It gives HasClientEventID and ServerEventCause.
//   - x-subject is the member that holds the id of what a message is about:
//     $message.payload#/item/id. A reply answers the request with the same subject; a
//     request without one is answered in turn. A location leads through required
//     objects to a text, or to a text that all variants of a union have. It gives
//     ClientEventSubject, and WithItemID where the text is that of a union.
//   - readOnly in a schema marks a member, or a whole variant, that the server alone
//     writes. It gives WritableItem for a union that messages are about.
//
// It is an error if a location leads nowhere; if a request has a subject and a reply of
// it has none; if a request has replies, requires a member whose name ends in _id, and
// has no subject; if the messages of a union have their correlationId at different
// places; and if a reply is of another channel, stands twice, or is received by no
// operation.
//
// # Keywords
//
// The document's own keywords for the generator:
//
//   - x-event-union: true marks a union of events.
//     AsyncAPI needs neither this nor the next one.
//   - x-event-direction: send or receive says which way its events go, seen from
//     the program that uses the package; diff wants to know.
//   - x-event-aliases lists older wire names of an event.
//   - x-known-values lists the known values of an open string.
//   - x-go-name and x-go-prefix rename a type or member, and the constants of
//     a type.
//   - x-go-constructors holds example values with holes, which become functions.
//   - x-go-package-doc, in info, is added to the comment of the package.
//   - x-go-unshared, in info, lists the members whose text is another in every
//     message, such as an event's id: decoders do not look for it among texts that
//     come again.
//   - x-require-one-of names optional members of which one must be there.
//
// A constant member tells the objects of a union apart. In an anyOf one of them may
// lack it: objects without the member are decoded into that one.
//
// Every other JSON Schema keyword that shapes values is either handled or an
// error with file, line and JSON pointer.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/voicelane/realtime-go/internal/specdoc"
	"github.com/voicelane/realtime-go/templates"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if status, ok := errors.AsType[statusError](err); ok {
			os.Exit(int(status))
		}
		fmt.Fprintln(os.Stderr, "eventgen:", err)
		os.Exit(1)
	}
}

// statusError ends the program with a status and no message.
type statusError int

func (s statusError) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

func run(args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "diff":
			return runDiff(args[1:], stdout, stderr)
		case "import":
			return runImport(args[1:], stdout, stderr)
		}
	}
	flags := flag.NewFlagSet("eventgen", flag.ContinueOnError)
	flags.SetOutput(stderr)
	spec := flags.String("spec", "spec/asyncapi.yaml", "OpenAPI 3.1 or AsyncAPI 3 `file`; the files that it refers to are read, too")
	out := flags.String("out", "gen/api", "`folder` of the package; generated files in it are replaced")
	name := flags.String("package", "api", "`name` of the package")
	unions := flags.String("unions", "", "comma-separated `names` of the event unions; only what they reach is generated\n(default: those marked x-event-union, and everything else)")
	client := flags.Bool("client", true, "generate the REST client")
	tmpl := flags.String("templates", "", "`folder` of templates that replace those of the generator, file by file")
	check := flags.Bool("check", false, "write nothing; name the files that differ and fail if there are any")
	if err := flags.Parse(args); err != nil {
		return err
	}
	doc, err := specdoc.Read(filepath.ToSlash(*spec), os.ReadFile)
	if err != nil {
		return err
	}
	cfg := Config{Spec: doc, Package: *name, Client: *client}
	if *tmpl != "" {
		cfg.Templates = overlay{os.DirFS(*tmpl), templates.FS}
	}
	if *unions != "" {
		cfg.Unions = strings.Split(*unions, ",")
	}
	files, err := Generate(cfg)
	if err != nil {
		return err
	}
	if *check {
		return Check(*out, files, stdout)
	}
	return Write(*out, files)
}
