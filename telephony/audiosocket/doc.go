// Package audiosocket turns the calls of an Asterisk into lines, over AudioSocket.
//
// A [Server] takes the connections of a listener. In the dialplan
//
//	exten => 100,1,Answer()
//	 same => n,AudioSocket(${UUID},127.0.0.1:9092)
//
// or, at another rate, Dial(AudioSocket/127.0.0.1:9092/${UUID}/c(slin24)). The protocol has
// neither encryption nor credentials: listen on the loopback interface or a private
// network, and let [Config.Admit] take the ids that the program has made, each once.
//
// Asterisk plays what it is sent at once and has no marks, so that sound is sent as fast as
// it is heard, silence in between. What was heard follows from that: [voice.ByClock].
package audiosocket

// The files, from the bottom up: conn.go, the transport; stream.go; audiosocket.go.
