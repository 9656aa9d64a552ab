// Package voice carries sound between a session of the Realtime API and a listener, and
// knows what the listener has heard.
//
// A [Line] is where a conversation is heard: a telephone call, a sound device, a file.
// [Pipe] and [SimLine] are lines for programs and tests; carriers and devices implement
// the interface.
package voice
