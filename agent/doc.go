// Package agent holds what a program that speaks and acts needs above a session.
//
// [Tools] runs the functions that the model calls and asks the model to go on.
// [Playback] counts what a listener has heard, for the moment of an interruption.
// Both stand on the exported API of package realtime alone.
package agent
