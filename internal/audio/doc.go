// Package audio holds the little arithmetic that voice over the Realtime API
// needs: PCM16 samples and bytes, G.711, durations, tones and WAV files.
//
// Everything is mono, as the API is. Nothing here is a codec or a converter of
// quality: [Resample] is meant for test sound, not for listening.
package audio
