// Command foreign uses a protocol that is unrelated to the Realtime API: lamp.yaml
// describes it in AsyncAPI, and package lampapi is generated from that.
//
//	go run ./examples/foreign
//
// In another module the directive below reads
//
//	//go:generate go run github.com/voicelane/realtime-go/cmd/eventgen@VERSION -spec lamp.yaml -out lampapi -package lampapi
//
// and the generated package only needs github.com/voicelane/realtime-go/wire. The flag
// -templates names a directory whose files replace the generator's templates of the
// same name. This example replaces the header.
//
// Command responses, in a folder below, reads the events of a streamed response.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/voicelane/realtime-go/examples/foreign/lampapi"
)

//go:generate go run ../../cmd/eventgen -spec lamp.yaml -out lampapi -package lampapi -client=false -templates templates

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "foreign:", err)
		os.Exit(1)
	}
}

// run sends commands to a lamp and prints its notices.
func run(log io.Writer) error {
	conn, far := net.Pipe()
	go serve(far)
	defer conn.Close()
	notices := bufio.NewScanner(conn)
	for _, command := range []lampapi.Command{
		&lampapi.Switch{On: true, Color: new(lampapi.ColorWarm)},
		&lampapi.Fade{To: 40, MS: 500},
		&lampapi.Fade{To: 400, MS: 500},
	} {
		if err := command.Validate(); err != nil {
			fmt.Fprintln(log, "not sent:", err)
			continue
		}
		if err := send(conn, command); err != nil {
			return err
		}
		if !notices.Scan() {
			return notices.Err()
		}
		notice, err := lampapi.DecodeNotice(notices.Bytes())
		if err != nil {
			return err
		}
		tell(log, notice)
	}
	return nil
}

func tell(log io.Writer, notice lampapi.Notice) {
	switch n := notice.(type) {
	case *lampapi.Switched:
		fmt.Fprintf(log, "%s: on is %v, %s\n", n.EventType(), n.On, *n.Color)
	case *lampapi.Warning:
		celsius, _ := n.Celsius.Get()
		fmt.Fprintf(log, "%s: %s at %v degrees\n", n.EventType(), n.Text, celsius)
	default: // A newer lamp may send notices that this program does not handle.
		fmt.Fprintf(log, "%s is ignored\n", n.EventType())
	}
}

// event is a command or a notice.
type event interface {
	AppendJSON(dst []byte) ([]byte, error)
}

func send(w io.Writer, e event) error {
	line, err := e.AppendJSON(nil)
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}
