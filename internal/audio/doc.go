// Package audio provides what tests and examples of voice over the Realtime API need:
// PCM16 samples and bytes, G.711, durations, tones and WAV files.
//
// All audio is mono, as in the API. [Resample] is for test signals; its quality is too
// low for listening.
package audio
