// Package audio holds what a voice program needs to handle sound: formats and G.711,
// levels, gain and mixing ([Format]), WAV files ([ReadWAV], [WAVWriter]), conversion
// between formats and rates ([Converter], [Convert]), frames of one length ([Framer]) and
// pacing ([Pacer]). It imports the standard library only and builds for js/wasm.
//
// A [Format] names an encoding and a sample rate; the sound itself is a []byte of whole
// samples, as it travels in events and over telephone lines. Sound is mono.
//
// Methods whose names begin with Append add to the end of a slice and return it, like
// the built-in append; they do not allocate if the slice has room.
package audio
