#!/bin/sh
# Makes the recordings in this directory: 24 kHz mono PCM16 WAV files, the format of
# the Realtime API. Requires espeak-ng and sox:
#
#	apt-get install espeak-ng sox
#
# The files are committed, so the script is rarely run. -D disables the dithering of
# sox, so that the output is reproducible.
set -eu
cd "$(dirname "$0")"

say() { # file, voice, words a minute, text
	espeak-ng -v "$2" -s "$3" --stdout "$4" |
		sox -D -t wav - -r 24000 -c 1 -b 16 -e signed-integer "$1" \
			silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse \
			norm -6 pad 0.05 0.1
}

say question.wav en-gb+f3 165 'What will the weather be like in Lisbon on Saturday?'
say interruption.wav en-gb+f3 170 'Wait, and tomorrow?'
say answer.wav en-us+m3 170 'On Saturday Lisbon will be sunny and warm, with a light breeze from the sea.'
say answer-tomorrow.wav en-us+m3 170 'Tomorrow it will rain until noon.'
