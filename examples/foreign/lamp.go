package main

import (
	"bufio"
	"net"

	"github.com/voicelane/realtime-go/examples/foreign/lampapi"
)

// serve simulates a lamp. It executes commands until the connection ends.
func serve(conn net.Conn) {
	defer conn.Close()
	for commands := bufio.NewScanner(conn); commands.Scan(); {
		command, err := lampapi.DecodeCommand(commands.Bytes())
		if err != nil {
			return
		}
		var notice event
		switch c := command.(type) {
		case *lampapi.Switch:
			notice = &lampapi.Switched{On: c.On, Color: c.Color}
		default:
			notice = &lampapi.Warning{Text: "this lamp only switches", Celsius: lampapi.Value(41.5)}
		}
		if send(conn, notice) != nil {
			return
		}
	}
}
