package transcriptfile

import (
	"net/url"
	"time"
)

// File is a transcript.
type File struct {
	Query  url.Values
	Frames []Frame
	// Code is 0 if the server sent no close frame.
	Code   int
	Reason string
}

// Frame is one text frame.
type Frame struct {
	At         time.Duration
	FromClient bool
	Data       []byte
}

// fromServer is the reason of an end by the server.
const fromServer = "server"
