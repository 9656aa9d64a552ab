// Command realtime talks, transcribes, translates, records and tests over the Realtime
// API from a terminal.
//
//	realtime talk                   # microphone and loudspeaker, or -text
//	realtime transcribe call.wav    # text, SRT, WebVTT or JSON
//	realtime probe URL              # what a server can and cannot
//
// docs/command.md shows each subcommand. Without a key, most of them talk to a test server
// in the process, and say so.
package main

import "os"

func main() { os.Exit(run(os.Args[1:])) }
